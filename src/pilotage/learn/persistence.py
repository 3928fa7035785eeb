"""A pipeline as bytes and back: a format number, then msgpack with arrays as raw little-endian numbers."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np

from pilotage.learn.automl import Member
from pilotage.learn.judgement import Detection
from pilotage.learn.pipeline import Pipeline
from pilotage.learn.season import Profile
from pilotage.learn.series import Transform
from pilotage.model.problem import fail

FORMAT = 2


def _write(value: object) -> object:
    if isinstance(value, np.ndarray):
        # Most arrays are numbers of single precision kept wide (profiles): four bytes where that loses nothing.
        narrow = value.astype("<f4")
        same = np.array_equal(narrow.astype("<f8"), value, equal_nan=True)
        rows = bytes([value.shape[0]]) if value.ndim == 2 else b"\0"
        return (b"f" if same else b"d") + rows + (narrow if same else value.astype("<f8")).tobytes()
    raise TypeError(type(value).__name__)


def _read(kind: type, value: object) -> object:
    if isinstance(value, bytes) and getattr(kind, "__origin__", kind) is np.ndarray:
        numbers = np.frombuffer(value, dtype="<f4" if value[:1] == b"f" else "<f8", offset=2).astype(np.float64)
        return numbers.reshape(value[1], -1) if value[1] else numbers
    raise TypeError(kind.__name__)


class _Member(msgspec.Struct, frozen=True):
    name: str
    settings: np.ndarray
    state: np.ndarray
    weight: float
    noise: float


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    detection: Detection
    transform: Transform
    profile: Profile
    members: list[_Member]
    zero: bool
    tails: np.ndarray
    hours: np.ndarray
    still_tail: np.ndarray
    still_state: np.ndarray
    log_rates: np.ndarray
    ring: np.ndarray
    warning_ring: np.ndarray
    doubt: float
    direction: int
    state: str
    reason: str
    loss: float | None
    trained_at: int
    cpu_seconds: float
    next_slice: int
    observed: int


_SAME = [f.name for f in dataclasses.fields(Pipeline) if f.name not in ("members", "loss")]
_ENCODER = msgspec.msgpack.Encoder(enc_hook=_write)
_DECODER = msgspec.msgpack.Decoder(_Document, dec_hook=_read)


def pack(pipeline: Pipeline) -> bytes:
    """The whole state."""
    document = _Document(
        members=[_Member(m.name, m.settings, m.state, m.weight, m.noise) for m in pipeline.members],
        loss=pipeline.loss if np.isfinite(pipeline.loss) else None,
        **{name: getattr(pipeline, name) for name in _SAME},
    )
    return FORMAT.to_bytes(2, "big") + _ENCODER.encode(document)


def unpack(data: bytes) -> Pipeline:
    """What `pack` gave. Raises code `detector-format`."""
    if len(data) < 3 or int.from_bytes(data[:2], "big") != FORMAT:
        raise fail(
            "detector-format",
            f"a detector's state of format {int.from_bytes(data[:2], 'big')}, this version reads {FORMAT}",
            hint="train it anew",
        )
    try:
        document = _DECODER.decode(data[2:])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise fail("detector-format", f"a detector's state cannot be read: {error}", hint="train it anew") from error
    return Pipeline(
        members=[Member(m.name, m.settings, m.state, m.weight, m.noise) for m in document.members],
        loss=document.loss if document.loss is not None else float("nan"),
        **{name: getattr(document, name) for name in _SAME},
    )
