"""What the three OTLP signals share: accepting a request in either encoding, answering it, and the SQL of resources and scopes."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from google.protobuf.message import DecodeError, Message

from pilotage.ingest.encoding import declared
from pilotage.ingest.paths import address_token
from pilotage.ingest.request import Accepted, Decode, Grant, Reply, Request, Route, bearer
from pilotage.ingest.varint import read_varint, varint
from pilotage.ingest.wire import Wire
from pilotage.model.problem import Problem, fail

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
DEPTH = 32
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}

RESOURCE_MESSAGES = """
message KeyValue { string key = 1; bytes value = 2; }
message Resource { repeated KeyValue attributes = 1; uint32 droppedAttributesCount = 2; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 droppedAttributesCount = 4; }
"""

_GRPC = {200: 0, 400: 3, 401: 16, 403: 7, 404: 5, 413: 8, 415: 12, 429: 14, 503: 14}
_HTTP = {
    "token-required": 401,
    "token-invalid": 401,
    "token-disabled": 401,
    "scope-missing": 403,
    "index-forbidden": 403,
    "request-too-large": 413,
    "media-type": 415,
    "content-encoding": 415,
    "spool-full": 503,
    "disk-full": 503,
    "disk-failed": 503,
    "stopping": 503,
}


def status_of(problem: Problem) -> int:
    """The HTTP status for a problem: what a client must not send again is 4xx, load is 503, never 500."""
    return _HTTP.get(problem.code, 400)


def status_message(code: int, text: str, retry_after: float | None = None) -> bytes:
    """A serialised `google.rpc.Status`, with RetryInfo when `retry_after` seconds are given."""
    words = text.encode()
    out = (b"\x08" + varint(code) if code else b"") + b"\x12" + varint(len(words)) + words
    if retry_after is not None:
        whole, nanos = int(retry_after), int(retry_after % 1 * 1e9)
        delay = (b"\x08" + varint(whole) if whole else b"") + (b"\x10" + varint(nanos) if nanos else b"")
        info = b"\x0a" + varint(len(delay)) + delay
        kind = b"type.googleapis.com/google.rpc.RetryInfo"
        detail = b"\x0a" + varint(len(kind)) + kind + b"\x12" + varint(len(info)) + info
        out += b"\x1a" + varint(len(detail)) + detail
    return out


def reject(request: Request, problem: Problem, retry_after: float | None = None) -> Reply:
    """A `Status` in the request's own encoding; retryable answers say when."""
    status = status_of(problem)
    text = problem.sentence + (f"; {problem.hint}" if problem.hint else "")
    code = _GRPC[status]
    headers = (("retry-after", str(max(1, round(retry_after)))),) if retry_after is not None else ()
    binary = status_message(code, text, retry_after)
    if request.method == "GRPC":
        return Reply(status, b"", PROTOBUF, headers, grpc_status=code, grpc_message=text, grpc_details=binary)
    if media_type(request) == JSON:
        return Reply(status, json.dumps({"code": code, "message": text, "details": []}).encode(), JSON, headers)
    return Reply(status, binary, PROTOBUF, headers)


def media_type(request: Request) -> str:
    """The request's Content-Type without parameters."""
    return PROTOBUF if request.method == "GRPC" else request.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Signal:
    """One OTLP signal's acceptance: its schema, streams, how to walk its items and which index it goes to."""

    name: str
    wire: Wire
    validator: type[Message]
    index: str
    count: Callable[[Any], int]
    json_type: type[msgspec.Struct]
    json_count: Callable[[Any], int]

    def accept(self, request: Request, grant: Grant) -> Accepted | Reply:
        """Check the body and name its stream. Raises `PilotageError` (`media-type`, `undecodable`, `index-forbidden`)."""
        kind = media_type(request)
        index = grant.default_index or self.index
        if not grant.allows(index):
            raise fail("index-forbidden", f"the token may not write to index `{index}`", hint="name a default_index the token is allowed")
        if kind == PROTOBUF:
            items, body, stream = *self._protobuf(request.body), f"{self.name}-protobuf"
            reply = Reply(200, b"", PROTOBUF, grpc_status=0)
        elif kind == JSON:
            items, body, stream = *self._json(request.body), f"{self.name}-json"
            reply = Reply(200, b"{}", JSON)
        else:
            raise fail("media-type", f"content type `{kind}` is not OTLP", hint=f"send {PROTOBUF} or {JSON}")
        if items == 0:
            return reply
        extra = json.dumps(sorted(grant.indexes)) if grant.indexes else ""
        return Accepted(stream, body, items, reply, index=index, extra=extra, unique=True)

    def _protobuf(self, body: bytes) -> tuple[int, bytes]:
        try:
            message = self.validator.FromString(body)
        except DecodeError as error:
            raise fail(
                "undecodable", "the body is not an OTLP protobuf request", hint="was it cut off or encoded as something else?"
            ) from error
        if has_nested(body):
            for holder, field in values_of(message):
                data = getattr(holder, field)
                if data[:1] in (b"*", b"2"):
                    setattr(holder, field, plain(data))
            body = message.SerializeToString()
        return self.count(message), body

    def _json(self, body: bytes) -> tuple[int, bytes]:
        try:
            message = msgspec.json.decode(body, type=self.json_type, strict=False)
            if b'"arrayValue"' in body or b'"kvlistValue"' in body:
                body = msgspec.json.encode(plain_json(msgspec.json.decode(body)))
        except (msgspec.MsgspecError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise fail("undecodable", f"the body is not an OTLP/JSON request: {str(error)[:200]}") from error
        return self.json_count(message), body

    def mend(self, body: bytes) -> bytes:
        """A protobuf body written anew: fields this schema does not know, or knows as another kind, are gone."""
        try:
            message = self.validator.FromString(body)
        except DecodeError as error:
            raise fail("undecodable", "the body is not an OTLP protobuf request") from error
        message.DiscardUnknownFields()
        written: bytes = message.SerializeToString()
        return written


def places(name: str, signal: str, method: str) -> tuple[Route, ...]:
    """Where a signal is taken: its own path, the two of Sumo Logic's clients, and the RPC `method`."""
    paths = (f"/v1/{signal}", f"/receiver/v1/otlp/{{token}}/v1/{signal}", f"/receiver/v1/otlp/v1/{signal}")
    return (*(Route("POST", path, name) for path in paths), Route("GRPC", f"/opentelemetry.proto.collector.{method}/Export", name))


class OtlpProtocol:
    """What the protocols of the three signals have in common; each names itself, its routes, streams and signal."""

    name: str
    routes: tuple[Route, ...]
    streams: Mapping[str, tuple[Decode, ...]]
    signal: Signal

    def token(self, request: Request) -> str | None:
        """The bearer token, or that of a Sumo Logic client: its header or the one in the address."""
        return bearer(request) or address_token(request)

    def encoding(self, request: Request) -> str:
        """What the header declares."""
        return declared(request)

    def accept(self, request: Request, grant: Grant) -> Accepted | Reply:
        """Check the request; an empty one is a success."""
        return self.signal.accept(request, grant)

    def reject(self, request: Request, problem: Problem, retry_after: float | None = None) -> Reply:
        """A `google.rpc.Status` in the request's own encoding."""
        return reject(request, problem, retry_after)


class _Scratch(threading.local):
    """Byte arrays of a thread, grown to the largest body seen: fresh ones would cost more in page faults than the scan does."""

    def __init__(self) -> None:
        self.rows = [bytearray(0)] * 4

    def arrays(self, size: int) -> tuple[bytearray, list[Any]]:
        """The last row as a bytearray (to search in), and all of them as boolean vectors of `size`."""
        if len(self.rows[0]) < size:
            self.rows = [bytearray(size + (size >> 2)) for _ in self.rows]
        return self.rows[-1], [np.frombuffer(row, dtype=np.bool_, count=size) for row in self.rows]


_SCRATCH = _Scratch()


def has_nested(body: bytes) -> bool:
    """Whether some attribute value or log body is an array or list: tag 0x12 or 0x2a, a length, tag 0x2a or 0x32, a length that fits.

    Scans with vector compares and looks closely only where they hit. May be wrong only in saying yes, for chance bytes in text, which
    costs time and changes nothing.
    """
    size = len(body)
    data = np.frombuffer(body, dtype=np.uint8)
    found, (outer, inner, high, hits) = _SCRATCH.arrays(size)
    np.equal(data, 0x2A, out=inner)
    np.equal(data, 0x12, out=outer)
    outer |= inner
    np.equal(data, 0x32, out=hits)
    inner |= hits
    np.greater_equal(data, 0x80, out=high)
    for length in range(1, 5):
        # Lengths of one to four bytes: all but the last have the high bit set, the inner tag stands behind them.
        end = size - length - 1
        if end <= 0:
            return False
        np.logical_and(outer[:end], inner[length + 1 :], out=hits[:end])
        if any(_fits(body, at, length) for at in _positions(found, end)):
            return True
        np.logical_and(outer[:end], high[length : length + end], out=outer[:end])
    return False


def _positions(flags: bytearray, end: int) -> Iterator[int]:
    at = flags.find(1, 0, max(end, 0))
    while at >= 0:
        yield at
        at = flags.find(1, at + 1, end)


def _fits(body: bytes, at: int, length: int) -> bool:
    """Whether the field at `at`, whose length takes `length` bytes, holds exactly one length-delimited field."""
    size, start = read_varint(body, at + 1)
    inner, content = read_varint(body, start + 1)
    return start == at + 1 + length and inner >= 0 and content + inner == start + size


def plain(value: bytes) -> bytes:
    """An encoded AnyValue holding an array or list, its payload replaced by JSON text under the same tag."""
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue  # noqa: PLC0415 - 40 ms that few servers need at the start

    try:
        content = _plain(AnyValue.FromString(value), 0)
    except DecodeError:
        # Nested deeper than the decoder goes, or not an AnyValue at all: kept as it came.
        content = {"$opaque": base64.b64encode(value).decode()}
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return value[:1] + varint(len(text)) + text


def _plain(value: Any, depth: int) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if depth >= DEPTH:
        return {"$opaque": base64.b64encode(value.SerializeToString()).decode()}
    if kind == "array_value":
        return [_plain(v, depth + 1) for v in value.array_value.values]
    if kind == "kvlist_value":
        return {p.key: _plain(p.value, depth + 1) for p in value.kvlist_value.values}
    if kind == "bytes_value":
        return {"$bytes": base64.b64encode(value.bytes_value).decode()}
    scalar = getattr(value, kind)
    return _NOT_FINITE.get(str(scalar), scalar) if kind == "double_value" else scalar


def plain_json(node: Any) -> Any:
    """A decoded OTLP/JSON document whose `arrayValue` and `kvlistValue` members are replaced by their plain JSON as text."""
    if isinstance(node, list):
        return [plain_json(v) for v in node]
    if not isinstance(node, dict):
        return node
    out = {}
    for key, value in node.items():
        if key in ("arrayValue", "kvlistValue"):
            out[key] = json.dumps(_plain_any({key: value}, 0), ensure_ascii=False, separators=(",", ":"))
        else:
            out[key] = plain_json(value)
    return out


def _plain_any(value: Any, depth: int) -> Any:
    if not isinstance(value, dict) or not value:
        return None
    kind, content = next(iter(value.items()))
    if depth >= DEPTH:
        return {"$opaque": json.dumps(value)}
    if kind == "arrayValue":
        return [_plain_any(v, depth + 1) for v in (content or {}).get("values", [])]
    if kind == "kvlistValue":
        return {p.get("key", ""): _plain_any(p.get("value"), depth + 1) for p in (content or {}).get("values", [])}
    if kind == "intValue":
        return int(content)
    return {"$bytes": content} if kind == "bytesValue" else content


def values_of(message: Message) -> Iterator[tuple[Message, str]]:
    """Every place in `message` that holds an encoded AnyValue, as (message, field name)."""
    for field, value in message.ListFields():
        if field.type != field.TYPE_MESSAGE:
            if field.name == "body":
                yield message, "body"
            continue
        for inner in value if field.is_repeated else (value,):
            if inner.DESCRIPTOR.name == "KeyValue":
                yield inner, "value"
            else:
                yield from values_of(inner)
