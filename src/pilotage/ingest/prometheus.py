"""Prometheus remote write as bytes: the check of a request before it is acknowledged, and the writing of requests.

A request repeats the labels of every series with each sample. They are looked at once: a set of labels that was found good is
remembered by its bytes, and a series whose bytes are a known set of labels and one well-formed sample needs no second look.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import compress
from operator import itemgetter, not_
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from pilotage.ingest.varint import varint
from pilotage.ingest.wire import wire
from pilotage.model.problem import PilotageError, fail

SCHEMA = files("pilotage.ingest.protocols").joinpath("remote_write.proto").read_text()
_TYPED = SCHEMA.replace("repeated bytes labels", "repeated Label labels")
_OPAQUE = SCHEMA.replace("repeated Series timeseries", "repeated bytes timeseries")
_ONE = _TYPED.replace("message Body {", "message Request {").replace("message Series {", "message Body {")
FULL = wire("remote_write", _TYPED).validator()
_OUTER = wire("remote_write_outer", _OPAQUE).validator()
_SERIES = wire("remote_write_series", _ONE.replace("repeated Series timeseries", "repeated Body timeseries")).validator()

STALE = struct.pack("<Q", 0x7FF0000000000002)
"""The value that says a series has ended: a NaN of its own."""
MAX_SERIES = 1_000_000
KNOWN_SETS = 100_000
KNOWN_BYTES = 2_000
BUCKETS = 65_536
# A Sample at the end of a series: its tag and length, the value unless it is 0, and a time in milliseconds between 1971 and 2109, which
# takes six bytes. Each is (place, byte) pairs that must hold, counted from the tail's start.
_TAILS = {18: ((0, 0x12), (1, 0x10), (2, 0x09), (11, 0x10)), 9: ((0, 0x12), (1, 0x07), (2, 0x10))}


@dataclass(frozen=True, slots=True)
class Content:
    """What a request holds: its body (written anew when its labels were encoded in an unusual way) and how many of each thing."""

    body: bytes
    points: int
    metadata: int
    plain: bool


class Examiner:
    """Checks requests. Remembers good sets of labels; may be used from several threads."""

    def __init__(self) -> None:
        self._known: set[bytes] = set()

    def examine(self, body: bytes) -> Content:
        """Look at every series.

        Raises `undecodable`, `request-too-large`, `label-repeated`, `label-empty`, `metric-name-missing`, `histogram-too-wide`.
        """
        try:
            outer: Any = _OUTER.FromString(body)
        except DecodeError as error:
            raise _undecodable() from error
        if len(outer.timeseries) > MAX_SERIES:
            raise fail("request-too-large", f"the request has more than {MAX_SERIES} series", hint="send smaller batches")
        series: list[bytes] = list(outer.timeseries)
        points, plain, usual = 0, True, True
        for size in _TAILS:
            found, series = self._regular(series, size)
            points += found
        for one in series:
            held = self._irregular(one)
            points += held.points
            plain = plain and held.plain
            usual = usual and held.usual
        return Content(body if usual else rewritten(body), points, len(outer.metadata), plain)

    def _regular(self, series: list[bytes], size: int) -> tuple[int, list[bytes]]:
        """How many series are known labels and one sample of `size` bytes, and all others."""
        head, tail = itemgetter(slice(None, -size)), itemgetter(slice(-size, None))
        regular, others = series, list[bytes]()
        if not self._known.issuperset(map(head, series)):
            flags = list(map(self._known.__contains__, map(head, series)))
            regular, others = list(compress(series, flags)), list(compress(series, map(not_, flags)))
        tails = np.frombuffer(b"".join(map(tail, regular)), dtype=np.uint8)
        if len(tails) != size * len(regular):
            return 0, series
        rows = tails.reshape(-1, size)
        good = (rows[:, -6:-1] >= 0x80).all(axis=1) & (rows[:, -1] < 0x80)
        for place, byte in _TAILS[size]:
            good &= rows[:, place] == byte
        if good.all():
            return len(regular), others
        others += [one for one, fine in zip(regular, good, strict=True) if not fine]
        return int(good.sum()), others

    def _irregular(self, one: bytes) -> _Held:
        """A series looked at closely."""
        try:
            series: Any = _SERIES.FromString(one)
        except DecodeError as error:
            raise _undecodable() from error
        names = [label.name for label in series.labels]
        _check_names(names)
        held = len(series.samples) + len(series.exemplars) + len(series.histograms)
        head = _SERIES(labels=series.labels).SerializeToString()
        if not one.startswith(head):
            return _Held(held, plain=False, usual=False)
        if head not in self._known and len(head) <= KNOWN_BYTES:
            if len(self._known) >= KNOWN_SETS:
                self._known = set()
            self._known.add(head)
        for histogram in series.histograms:
            _check_width(histogram.positiveSpans)
            _check_width(histogram.negativeSpans)
        return _Held(held, plain=held == len(series.samples), usual=True)


@dataclass(frozen=True, slots=True)
class _Held:
    points: int
    plain: bool
    usual: bool


def rewritten(body: bytes) -> bytes:
    """The request as this schema writes it: fields it does not know are gone, labels are encoded in one way. Raises `undecodable`."""
    try:
        message = FULL.FromString(body)
    except DecodeError as error:
        raise _undecodable() from error
    message.DiscardUnknownFields()
    written: bytes = message.SerializeToString()
    return written


def _check_names(names: list[str]) -> None:
    if len(set(names)) != len(names):
        name = next(n for n in names if names.count(n) > 1)
        raise fail("label-repeated", f"a series has the label `{name[:80]}` twice", hint="send each label of a series once")
    if "" in names:
        raise fail("label-empty", "a series has a label without a name")
    if "__name__" not in names:
        raise fail("metric-name-missing", "a series has no metric name", hint="send it as the label `__name__`")


def _check_width(spans: Any) -> None:
    """Spans are stored as one row of buckets, so gaps must be bounded."""
    width = sum(span.length + (max(span.offset, 0) if place else 0) for place, span in enumerate(spans))
    if width > BUCKETS or any(span.offset < 0 for span in spans[1:]):
        raise fail("histogram-too-wide", f"the spans of a native histogram reach over more than {BUCKETS} buckets")


def _undecodable() -> PilotageError:
    return fail("undecodable", "the body is not a Prometheus remote write request", hint="was it cut off or encoded as something else?")


def _field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def labelled(labels: Mapping[str, str]) -> bytes:
    """The labels of a series as they begin it: sorted by name, empty ones left out."""
    pairs = sorted((n.encode("utf-8", "replace"), v.encode("utf-8", "replace")) for n, v in labels.items() if v)
    return b"".join(_field(1, _field(1, name) + _field(2, value)) for name, value in pairs)


def measured(head: bytes, value: bytes, milliseconds: int, exemplar: bytes = b"") -> bytes:
    """A series of a request: its labels, one sample (`value` eight bytes, little-endian), perhaps an exemplar."""
    sample = b"\x09" + value + b"\x10" + varint(milliseconds & (1 << 64) - 1)
    return _field(1, head + _field(2, sample) + (_field(3, exemplar) if exemplar else b""))


def exemplified(labels: Mapping[str, str], value: float, milliseconds: int) -> bytes:
    """An exemplar for `measured`."""
    return labelled(labels) + b"\x11" + struct.pack("<d", value) + b"\x18" + varint(milliseconds & (1 << 64) - 1)


def described(kind: int, name: str, text: str, unit: str) -> bytes:
    """An entry of metadata of a request."""
    return _field(3, b"\x08" + varint(kind) + b"".join(_field(n, t.encode()) for n, t in ((2, name), (4, text), (5, unit)) if t))
