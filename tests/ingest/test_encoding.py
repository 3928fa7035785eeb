"""Content encodings: what was compressed comes back, what is damaged or too large is refused."""

from __future__ import annotations

import contextlib
import gzip
import zlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.ingest.encoding import decompress
from pilotage.model.problem import PilotageError


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeeze.compress(data) + squeeze.flush()


COMPRESS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    "snappy": lambda data: pa.compress(data, codec="snappy", asbytes=True),
}


@pytest.mark.parametrize("encoding", COMPRESS)
@given(data=st.binary(max_size=2000))
def test_round_trip(encoding: str, data: bytes) -> None:
    assert decompress(COMPRESS[encoding](data), encoding, 2000) == data


@given(data=st.binary(max_size=2000))
def test_deflate_without_its_wrapper(data: bytes) -> None:
    assert decompress(raw_deflate(data), "deflate", 2000) == data


@pytest.mark.parametrize("encoding", COMPRESS)
def test_a_bomb_is_refused(encoding: str) -> None:
    with pytest.raises(PilotageError) as failure:
        decompress(COMPRESS[encoding](bytes(1_000_001)), encoding, 1_000_000)
    assert failure.value.problem.code == "request-too-large"


@pytest.mark.parametrize("encoding", COMPRESS)
@given(data=st.binary(min_size=1, max_size=200))
def test_cut_off_bodies_are_refused(encoding: str, data: bytes) -> None:
    with pytest.raises(PilotageError) as failure:
        decompress(COMPRESS[encoding](data)[:-1], encoding, 1000)
    assert failure.value.problem.code == "undecodable"


@pytest.mark.parametrize("encoding", COMPRESS)
@given(data=st.binary(max_size=200))
def test_noise_is_refused_or_small(encoding: str, data: bytes) -> None:
    with contextlib.suppress(PilotageError):
        assert len(decompress(data, encoding, 1000)) <= 1000


def test_snappy_that_promises_too_much() -> None:
    with pytest.raises(PilotageError) as failure:
        decompress(b"\x80\x80\x80\x10" + b"\x00a", "snappy", 64 << 20)
    assert failure.value.problem.code == "undecodable"


def test_unknown_encodings_are_named() -> None:
    with pytest.raises(PilotageError, match="brotli"):
        decompress(b"x", "brotli", 10)
