"""Loki push: streams of labelled lines with structured metadata, as protobuf in a snappy block or as JSON."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec
from google.protobuf.message import DecodeError

from pilotage.ingest.encoding import declared
from pilotage.ingest.labels import LABEL, plain
from pilotage.ingest.members import ATTRIBUTES, BODY_BYTES, KEY, LOG_COLUMNS, keys, members, severity_number, text_of
from pilotage.ingest.origin import moment
from pilotage.ingest.request import Accepted, Decode, Grant, Reply, Request, Route, bearer, password
from pilotage.ingest.wire import wire
from pilotage.model.names import LOGS_INDEX
from pilotage.model.problem import Problem, fail

PATH = "/loki/api/v1/push"
TENANT = "loki.tenant"
PROTOBUF, JSON = "application/x-protobuf", "application/json"
_LEVELS = ("level", "severity", "detected_level")
_WIRE = wire("loki", files(__package__).joinpath("loki.proto").read_text())
_VALIDATOR = _WIRE.validator()
_STATUS = {
    "token-required": 401,
    "token-invalid": 401,
    "token-disabled": 401,
    "token-malformed": 401,
    "scope-missing": 403,
    "index-forbidden": 403,
    "request-timeout": 408,
    "request-too-large": 413,
    "media-type": 415,
    "content-encoding": 415,
    "spool-full": 503,
    "disk-full": 503,
    "disk-failed": 503,
    "stopping": 503,
}


def _first(*names: str, among: str = "pairs") -> str:
    """`String`: the first of the labels that is there and not empty."""
    found = [f"nullIf(arrayElement({among}.2, indexOf({among}.1, '{name}')), '')" for name in names]
    return f"coalesce({', '.join(found)}, '')"


def _streams(streams: str, pairs: str, items: str) -> str:
    """FROM clause with a row a stream `st`: what its labels say, worked out once, and its entries as `items`."""
    tenant = f"if(extra = '', {pairs}, arrayPushBack({pairs}, ('{TENANT}', extra)))"
    labelled = (
        f"SELECT received, `index`, source AS source_, sourcetype, host AS host_, {items} AS items, arraySlice({tenant}, 1, {ATTRIBUTES}) "
        f"AS pairs FROM (SELECT * EXCEPT body, arrayJoin({streams}) AS st FROM {{segment}})"
    )
    said = {
        "service": _first("service_name", "service", "app", "job"),
        "host": f"ifNull(nullIf({_first('host', 'hostname', 'instance', 'node_name', 'node')}, ''), host_)",
        "source": f"ifNull(nullIf({_first('filename')}, ''), source_)",
        "level": f"substring({_first(*_LEVELS)}, 1, 64)",
    }
    columns = ", ".join(f"toLowCardinality({sql}) AS {name}" for name, sql in said.items())
    return f"(SELECT received, `index`, sourcetype, items, pairs, {keys('pairs')} AS labels, {columns} FROM ({labelled}))"


def _decode(streams: str, at: str, line: str, metadata: str, wire_text: str = "") -> Decode:
    """A row an entry `x` of `streams`; metadata come after the labels, and win over those of the same name."""
    entries = f"(SELECT * EXCEPT items, arrayJoin(items) AS x FROM {streams})"
    read = f"(SELECT * EXCEPT x, {at} AS at, {line} AS said, {metadata} AS more FROM {entries})"
    own = "if(hasAny(pairs.1, more.1), arrayFilter(p -> NOT has(more.1, p.1), pairs), pairs)"
    joined = f"if(empty(more), pairs, arraySlice(arrayConcat({own}, more), 1, {ATTRIBUTES}))"
    named = f"(SELECT * EXCEPT pairs, length(pairs) + length(more) AS total, {joined} AS every FROM {read})"
    long = f"length(said) > {BODY_BYTES}"
    names = f"if(empty(more), labels, {keys('every')})"
    level = f"if(empty(more), level, toLowCardinality(ifNull(nullIf(substring({_first(*_LEVELS, among='more')}, 1, 64), ''), level)))"
    return Decode(
        "logs",
        {
            **{name: name for name in ("index", "service", "host", "source", "sourcetype")},
            "received": LOG_COLUMNS["received"],
            "time": moment("at", "received"),
            "severity": level,
            "severity_number": severity_number(level),
            "body": f"if({long}, toValidUTF8(substring(said, 1, {BODY_BYTES})), said)",
            "body_type": "'s'",
            "trace_id": _identifier("trace_id", 32),
            "span_id": _identifier("span_id", 16),
            "attributes": f"if({long}, arrayPushBack(every.2, 'true'), every.2)",
            "attribute_keys": f"if({long}, concat(if({names} = '', '{KEY}', {names}), '_cut{KEY}'), {names})",
            "attribute_types": f"concat(repeat('s', length(every)), if({long}, 'b', ''))",
            "dropped_attributes_count": f"if(total > {ATTRIBUTES}, total - {ATTRIBUTES}, 0)",
        },
        named,
        wire_text,
        _WIRE.structure() if wire_text else "String",
        _mend if wire_text else None,
    )


def _identifier(name: str, digits: int) -> str:
    found = f"lower({_first(name, among='more')})"
    return f"if(empty(more), '', if(match({found}, '^[0-9a-f]{{{digits}}}$') AND {found} != repeat('0', {digits}), {found}, ''))"


def _protobuf() -> Decode:
    value = "if(position(g[2], '\\\\') = 0, g[2], JSONExtractString(concat('\"', g[2], '\"')))"
    pattern = LABEL.replace("\\", "\\\\").replace("'", "\\'")
    pairs = f"arrayMap(g -> (g[1], {value}), extractAllGroupsVertical(toValidUTF8(st.labels), '{pattern}'))"
    seconds = "x.timestamp.seconds"
    at = f"if({seconds} BETWEEN 0 AND 9223372035, toUInt64({seconds} * 1000000000 + x.timestamp.nanos), 0)"
    metadata = "arrayMap(p -> (toValidUTF8(p.name), toValidUTF8(p.value)), x.metadata)"
    return _decode(_streams("body.streams", pairs, "st.entries"), at, "toValidUTF8(x.line)", metadata, _WIRE.text())


def _json() -> Decode:
    kind = "Tuple(streams Array(Tuple(stream String, values Array(Tuple(String, String, String)))))"
    pairs = f"arrayMap(m -> (m.1, {text_of('m.2')}), {members('st.stream')})"
    at = "if(length(x.1) > 19, 0, toUInt64OrZero(x.1))"
    metadata = f"arrayMap(m -> (m.1, {text_of('m.2')}), {members('x.3')})"
    return _decode(_streams(f"JSONExtract(body, '{kind}').streams", pairs, "st.values"), at, "x.2", metadata)


_Scalar = str | int | float | bool | None


class _Entry(msgspec.Struct, array_like=True, gc=False):
    at: str | int
    line: str
    metadata: dict[str, _Scalar] = {}


class _Stream(msgspec.Struct, gc=False):
    stream: dict[str, _Scalar]
    values: list[_Entry] = []


class _Push(msgspec.Struct):
    streams: list[_Stream] = []


_PUSH = msgspec.json.Decoder(_Push)


def _parsed(body: bytes) -> Any:
    try:
        return _VALIDATOR.FromString(body)
    except DecodeError as error:
        raise fail("undecodable", "the body is not a Loki push request", hint="was it cut off, or is it in no snappy block?") from error


def _protobuf_checked(body: bytes) -> tuple[bytes, int]:
    """The body with labels as the engine reads them, and how many entries it holds. Raises `undecodable`, `labels-malformed`."""
    message = _parsed(body)
    count, changed = 0, False
    for stream in message.streams:
        count += len(stream.entries)
        given = stream.labels
        labels = plain(given)
        if labels is not given:
            stream.labels, changed = labels, True
    return message.SerializeToString() if changed else body, count


def _json_checked(body: bytes) -> tuple[bytes, int]:
    """The body and how many entries it holds. Raises `undecodable`."""
    try:
        streams = _PUSH.decode(body).streams
        times = "".join([str(entry.at) for stream in streams for entry in stream.values])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise fail("undecodable", f"the body is not a Loki push request: {str(error)[:200]}") from error
    if times and not (times.isascii() and times.isdigit()):
        raise fail("undecodable", "an entry's time is no number", hint="send nanoseconds since 1970 as a string")
    return body, sum(len(stream.values) for stream in streams)


def _mend(body: bytes) -> bytes:
    """A body written anew: fields this schema does not know, or knows as another kind, are gone."""
    message = _parsed(body)
    message.DiscardUnknownFields()
    written: bytes = message.SerializeToString()
    return written


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


class Loki:
    """`/loki/api/v1/push`."""

    name = "loki"
    routes = (Route("POST", PATH, name),)
    streams = {"loki-protobuf": (_protobuf(),), "loki-json": (_json(),)}  # noqa: RUF012 - a constant of the Protocol

    def token(self, request: Request) -> str | None:
        """The bearer token, or the password of basic authentication."""
        return bearer(request) or password(request)

    def encoding(self, request: Request) -> str:
        """What is declared; protobuf is in a snappy block also when nothing says so."""
        given = declared(request)
        return given if given or _media_type(request) == JSON else "snappy"

    def accept(self, request: Request, grant: Grant) -> Accepted | Reply:
        """Check the streams. Raises `media-type`, `undecodable`, `labels-malformed`, `index-forbidden`."""
        kind = _media_type(request)
        if kind not in (JSON, PROTOBUF, ""):
            raise fail("media-type", f"content type `{kind[:80]}` is not Loki's", hint=f"send {PROTOBUF} or {JSON}")
        index = grant.default_index or LOGS_INDEX
        if not grant.allows(index):
            raise fail("index-forbidden", f"the token may not write to index `{index}`", hint="name a default_index the token is allowed")
        body, items = _json_checked(request.body) if kind == JSON else _protobuf_checked(request.body)
        if items == 0:
            return Reply(204)
        return Accepted(
            "loki-json" if kind == JSON else "loki-protobuf",
            body,
            items,
            Reply(204),
            index=index,
            source=grant.source or "loki",
            sourcetype=grant.sourcetype or "loki",
            host=grant.host or request.peer,
            extra=request.headers.get("x-scope-orgid", "")[:200],
        )

    def reject(self, request: Request, problem: Problem, retry_after: float | None = None) -> Reply:  # noqa: ARG002 - the Protocol's
        """A line of text, as Loki's distributor answers."""
        headers = (("retry-after", str(max(1, round(retry_after)))),) if retry_after is not None else ()
        text = problem.sentence + (f"; {problem.hint}" if problem.hint else "")
        return Reply(_STATUS.get(problem.code, 400), text.encode() + b"\n", "text/plain; charset=utf-8", headers)
