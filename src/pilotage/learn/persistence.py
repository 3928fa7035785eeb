"""A pipeline as bytes and back: a format number, then msgpack with arrays as raw little-endian numbers."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np

from pilotage.learn.automl import Member
from pilotage.learn.calibration import Tail
from pilotage.learn.detection import Detection
from pilotage.learn.pipeline import Pipeline
from pilotage.learn.series import Transform
from pilotage.model.problem import fail

FORMAT = 1


def _write(value: object) -> object:
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value, dtype="<f8").tobytes()
    raise TypeError(type(value).__name__)


def _read(kind: type, value: object) -> object:
    if kind is np.ndarray and isinstance(value, bytes):
        return np.frombuffer(value, dtype="<f8").copy()
    raise TypeError(kind.__name__)


class _Tail(msgspec.Struct, frozen=True):
    statistic: np.ndarray
    score: np.ndarray


class _Member(msgspec.Struct, frozen=True):
    name: str
    settings: np.ndarray
    state: np.ndarray
    weight: float
    noise: float


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    format: int
    detection: Detection
    transform: Transform
    members: list[_Member]
    above: _Tail
    below: _Tail
    zero: bool
    hours: np.ndarray
    memory: np.ndarray
    recollection: np.ndarray
    log_rates: np.ndarray
    ring: np.ndarray
    warning_ring: np.ndarray
    limit: float
    warning: float
    direction: int
    state: str
    reason: str
    loss: float | None
    trained_at: int
    cpu_seconds: float
    next_slice: int
    observed: int


_SAME = [f.name for f in dataclasses.fields(Pipeline) if f.name not in ("members", "above", "below", "loss")]
_ENCODER = msgspec.msgpack.Encoder(enc_hook=_write)
_DECODER = msgspec.msgpack.Decoder(_Document, dec_hook=_read)


def pack(pipeline: Pipeline) -> bytes:
    """The whole state."""
    document = _Document(
        format=FORMAT,
        members=[_Member(m.name, m.settings, m.state, m.weight, m.noise) for m in pipeline.members],
        above=_Tail(pipeline.above.statistic, pipeline.above.score),
        below=_Tail(pipeline.below.statistic, pipeline.below.score),
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
        above=Tail(document.above.statistic, document.above.score),
        below=Tail(document.below.statistic, document.below.score),
        loss=document.loss if document.loss is not None else float("nan"),
        **{name: getattr(document, name) for name in _SAME},
    )
