"""HEC event bodies: checked by compiled decoders, and laid out as lines of tab-separated raw JSON pieces that the engine splits cheaply.

Valid JSON holds tabs and newlines only between its tokens, so once those are taken out both are safe separators. A line is
time, host, source, sourcetype, index, event, fields, metrics; pieces are the client's own JSON, so that numbers stay as they were
written. A metrics event has `metric` (no quotes) for its event, its dimensions for fields and an object of numbers for metrics.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, InvalidOperation

import msgspec

from pilotage.ingest.request import MOST_INDEXES

MAX_EVENTS = 100_000
NO_DATA, BAD_DATA, BAD_INDEX, NO_EVENT, BLANK_EVENT, BAD_FIELDS = 5, 6, 7, 12, 13, 15
_Raw = msgspec.Raw
Piece = msgspec.Raw | bytes
# Ten digits at most are seconds, thirteen milliseconds; neither may reach the year 2262, where 64 bits of nanoseconds end.
_TIMES = re.compile(rb'(?:(?:"(?=[\d.]*"))?(?:\d{1,9}|[0-8]\d{9}|9[01]\d{8}|[0-8]\d{12}|9[01]\d{11})(?:\.\d*)?"?|null|"")?\n')
_ALL_TIMES = re.compile(b"(?:" + _TIMES.pattern + b")*")
_NUMBER = re.compile(r"[0-9.eE+-]+")
_NANOSECOND = Decimal("1e-9")
_END = Decimal(9_200_000_000)
_SURROGATES = re.compile(rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_Scalar = str | int | float | bool | None


class BadEventError(Exception):
    """Event `number` (from 0; None when no event is meant) must be refused with HEC's `code`."""

    def __init__(self, code: int, number: int | None = None) -> None:
        super().__init__(f"code {code}, event {number}")
        self.code = code
        self.number = number


class _Event(msgspec.Struct, gc=False):
    event: _Raw = _Raw()
    time: _Raw = _Raw()
    host: _Raw = _Raw()
    source: _Raw = _Raw()
    sourcetype: _Raw = _Raw()
    index: _Raw = _Raw()
    fields: _Raw = _Raw()


_EVENTS = msgspec.json.Decoder(_Event)
_ARRAY = msgspec.json.Decoder(list[_Event])
_FLAT = msgspec.json.Decoder(dict[str, _Scalar | list[_Scalar]])
_MEMBERS = msgspec.json.Decoder(dict[str, _Raw])


@dataclass(frozen=True, slots=True)
class Batch:
    """A checked request: `body` for the engine, how many events of each kind it holds."""

    body: bytes
    logs: int
    metrics: int


@dataclass(frozen=True, slots=True)
class Indexes:
    """Where events go: `metrics` is the index of metrics events that name none ('' when the request's default holds for them too)."""

    allows: Callable[[str], bool]
    metrics: str


def batch(body: bytes, indexes: Indexes) -> Batch:
    """Check a body of events. Raises `BadEventError`."""
    if not body or body.isspace():
        raise BadEventError(NO_DATA)
    found = _decode(body)
    if not found:
        raise BadEventError(NO_DATA)
    if len(found) > MAX_EVENTS:
        raise BadEventError(BAD_DATA, MAX_EVENTS)
    _check_events(found)
    fields = _checked_fields(found)
    _check_indexes(found, indexes)
    events = _compact([e.event for e in found])
    metrics = [b""] * len(found)
    count = 0
    if b'"metric_name' in body:
        for number, event in enumerate(events):
            if len(event) == 8 and bytes(event) == b'"metric"' and b'"metric_name' in bytes(fields[number]):
                metrics[number], fields[number] = _metrics(bytes(fields[number]), number)
                events[number] = b"metric"
                count += 1
                if indexes.metrics and not _said(found[number].index):
                    found[number].index = _Raw(json.dumps(indexes.metrics).encode())
    times = _times(found)
    rows = zip(times, found, events, fields, metrics, strict=True)
    lines = [b"\t".join((t, e.host, e.source, e.sourcetype, e.index, v, f, m)) for t, e, v, f, m in rows]
    text = b"\n".join(lines)
    if text.count(b"\t") != 7 * len(lines) or text.count(b"\n") != len(lines) - 1:
        rows = zip(times, found, events, fields, metrics, strict=True)
        whole = [(t, e.host, e.source, e.sourcetype, e.index, v, f, m) for t, e, v, f, m in rows]
        text = b"\n".join(b"\t".join(re.sub(rb"[\t\r\n]", b" ", bytes(piece)) for piece in line) for line in whole)
    return Batch(text, len(found) - count, count)


def _decode(body: bytes) -> list[_Event]:
    """Every object, whatever stands between them; an array's elements too."""
    body = body.removeprefix(b"\xef\xbb\xbf")
    try:
        if not body.isascii():
            body.decode()
        return _parse(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    if b"\\ud" in body or b"\\uD" in body:
        # Half a surrogate pair is no text; senders cut strings in two, and would send the request again for ever.
        body = _SURROGATES.sub(lambda m: m[0] if len(m[0]) != 6 else b"\\ufffd", body)
        try:
            return _parse(body)
        except (msgspec.MsgspecError, RecursionError):
            pass
    raise BadEventError(BAD_DATA, _first_bad(body))


def _parse(body: bytes) -> list[_Event]:
    return _ARRAY.decode(body) if body.lstrip()[:1] == b"[" else _EVENTS.decode_lines(body)


def _first_bad(body: bytes) -> int:
    """The number of the first event that is no JSON object."""
    text, decoder, at, number = body.decode("utf-8", "surrogateescape"), json.JSONDecoder(), 0, 0
    if text.lstrip()[:1] == "[":
        return 0
    while True:
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        try:
            _, end = decoder.raw_decode(text, at)
            _EVENTS.decode(text[at:end].encode("utf-8", "surrogateescape"))
            text[at:end].encode()
        except (ValueError, RecursionError, msgspec.MsgspecError):
            return number
        at, number = end, number + 1


def _check_events(found: list[_Event]) -> None:
    """Each has an event that is neither null nor blank."""
    if min(map(len, [e.event for e in found])) > 4:
        return
    for number, each in enumerate(found):
        if len(each.event) <= 4:
            if bytes(each.event) in (b"", b"null"):
                raise BadEventError(NO_EVENT, number)
            if bytes(each.event) == b'""':
                raise BadEventError(BLANK_EVENT, number)


def _compact(events: list[Piece]) -> list[Piece]:
    """Objects and lists without the spaces between their tokens."""
    joined = b"\n" + b"\n".join(events)
    if b"\n{" in joined or b"\n[" in joined:
        return [msgspec.json.format(bytes(e), indent=-1) if bytes(e)[0] in b"{[" else e for e in events]
    return events


def _checked_fields(found: list[_Event]) -> list[Piece]:
    """The `fields` of each event, '' without them: flat objects whose values are scalars or lists of scalars."""
    fields: list[Piece] = [e.fields for e in found]
    joined = b"\n" + b"\n".join(fields)
    objects = len(fields) - list(map(len, fields)).count(0)
    # As many braces as objects, each at its line's start, and no bracket: nothing is nested, and nothing needs a closer look.
    if joined.count(b"{") == objects == joined.count(b"\n{") and b"[" not in joined and joined.count(b"\n") == len(fields):
        return fields
    for number, raw in enumerate(fields):
        each = bytes(raw)
        if each == b"null":
            fields[number] = b""
        elif each and each[:1] != b"{":
            raise BadEventError(BAD_DATA, number)
        elif each.count(b"{") + each.count(b"[") > 1:
            try:
                _FLAT.decode(each)
            except msgspec.MsgspecError as error:
                raise BadEventError(BAD_FIELDS, number) from error
    return fields


def _check_indexes(found: list[_Event], indexes: Indexes) -> None:
    raws = [e.index for e in found]
    if not any(map(len, raws)):
        return
    names = list(map(bytes, raws))
    distinct = set(names) - {b"", b"null", b'""'}
    if len(distinct) > MOST_INDEXES:
        raise BadEventError(BAD_INDEX, names.index(list(dict.fromkeys(n for n in names if n in distinct))[MOST_INDEXES]))
    for name in distinct:
        try:
            allowed = indexes.allows(msgspec.json.decode(name, type=str))
        except msgspec.MsgspecError:
            allowed = False
        if not allowed:
            raise BadEventError(BAD_INDEX, names.index(name))


def _times(found: list[_Event]) -> list[Piece]:
    """The time of each event as JSON the engine reads; rarer ways to write one are made plain, exactly."""
    times: list[Piece] = [e.time for e in found]
    if _ALL_TIMES.fullmatch(b"\n".join(times) + b"\n"):
        return times
    for number, each in enumerate(times):
        if not _TIMES.fullmatch(bytes(each) + b"\n"):
            times[number] = plain_time(bytes(each).strip(b'"').decode(), number)
    return times


def plain_time(text: str, number: int | None = None) -> bytes:
    """Decimal epoch seconds (or milliseconds, by their thirteen digits). Raises `BadEventError`."""
    if not _NUMBER.fullmatch(text.strip()):
        raise BadEventError(BAD_DATA, number)
    try:
        moment = Decimal(text.strip()).quantize(_NANOSECOND, ROUND_DOWN)
    except InvalidOperation as error:
        raise BadEventError(BAD_DATA, number) from error
    if 0 <= moment < _END or 10**12 <= moment < _END * 1000:
        return f"{moment:f}".encode()
    raise BadEventError(BAD_DATA, number)


def _metrics(fields: bytes, number: int) -> tuple[bytes, bytes]:
    """(numbers by metric name, dimensions) of a metrics event's fields, both JSON objects."""
    values: dict[str, _Raw] = {}
    dimensions: dict[str, _Raw] = {}
    members = _MEMBERS.decode(fields)
    single = _said(members["metric_name"]) if "metric_name" in members else ""
    for name, raw in members.items():
        if name.startswith("metric_name:") and len(name) > 12:
            values[name[12:]] = _number(raw, number)
        elif not (single and name in ("metric_name", "_value")):
            dimensions[name] = raw
    if single:
        values[single] = _number(members.get("_value", _Raw()), number)
    if not values:
        raise BadEventError(BAD_FIELDS, number)
    return msgspec.json.encode(values), msgspec.json.encode(dimensions)


def _number(raw: _Raw, number: int) -> _Raw:
    text = bytes(raw).strip(b'" ')
    try:
        value = msgspec.json.decode(text)
    except msgspec.MsgspecError as error:
        raise BadEventError(BAD_FIELDS, number) from error
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadEventError(BAD_FIELDS, number)
    return _Raw(text)


def _said(raw: _Raw) -> str:
    """What a raw JSON string says; '' for anything else."""
    text = bytes(raw)
    return msgspec.json.decode(text, type=str) if text[:1] == b'"' else ""
