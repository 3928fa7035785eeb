"""What travels through ingest: requests, replies, grants, and the envelope that carries a request's bytes into a segment."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol as Interface

from pilotage.ingest.varint import varint
from pilotage.model.problem import Problem, fail

MOST_INDEXES = 100
"""Indexes that one request may name: each becomes parts of its own in every table, and thousands held loading up for minutes."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as received: header names in lower case, `body` still compressed, `peer` the client's address.

    For gRPC `method` is `"GRPC"`, `path` the RPC (`/package.Service/Method`), `headers` the metadata.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer in the protocol's own form. `grpc_status` is the gRPC code when the request came that way; `body` is then the message.

    `grpc_details` are the serialised `google.rpc.Status` bytes of a failed RPC, sent as `grpc-status-details-bin`.
    A reply that refuses says why in `refusal`, for those who run the server: in our words, without the sender's data.
    """

    status: int
    body: bytes = b""
    media_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    grpc_status: int | None = None
    grpc_message: str = ""
    grpc_details: bytes = b""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows and the metadata it gives to what is sent with it. No `indexes` means any.

    `multiline` is one of `messages.MODES`: how text becomes messages; for `regex`, `boundary` finds their first lines.
    Times in it that name no zone are those of `time_zone`, by default UTC.
    """

    token_id: str = ""
    name: str = ""
    scopes: frozenset[str] = frozenset({"ingest", "read", "admin"})
    indexes: frozenset[str] = frozenset()
    default_index: str | None = None
    acknowledge: bool = False
    source: str | None = None
    sourcetype: str | None = None
    host: str | None = None
    multiline: str = "line"
    boundary: str = ""
    time_zone: str = ""

    def allows(self, index: str) -> bool:
        """Whether rows may be written into `index`."""
        return not self.indexes or index in self.indexes


@dataclass(frozen=True, slots=True)
class Route:
    """A place where a protocol listens: `method` and `path`; `GRPC` for an RPC.

    In `path`, `{name}` matches one segment and `{name*}` the rest; the method `*` answers what no other route of the path does
    (`ingest.paths`). An `open` route needs no token, but one that is presented must be right. A route that `yields` gives way to the
    web page and the API, whose addresses its pattern fits too: other methods at its path, and who wants HTML, are theirs.
    """

    method: str
    path: str
    protocol: str
    open: bool = False
    yields: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that will be stored: which stream it goes to, its metadata and body, and the reply once it is safe.

    `items` counts what it holds; `unique` says that a byte-equal request of the last minutes is the same one sent again; with a `key`
    of the sender's choice, one with the same key of the last week.
    With `acknowledge`, the reply is made by it from the id given to the request on the sender's acknowledgement `channel`.
    """

    stream: str
    body: bytes
    items: int
    reply: Reply
    index: str = ""
    source: str = ""
    sourcetype: str = ""
    host: str = ""
    extra: str = ""
    unique: bool = False
    key: str = ""
    channel: str = ""
    acknowledge: Callable[[int], Reply] | None = None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A sender asks which ids of its acknowledgement `channel` are safe; `answer` makes the reply of what is known of each."""

    channel: str
    ids: tuple[int, ...]
    answer: Callable[[Mapping[int, bool]], Reply]


@dataclass(frozen=True, slots=True)
class Decode:
    """How the engine turns a segment of a stream into rows of one table.

    `message` is proto3 text of the body's message (`Body`), or empty when the body is opaque bytes; `structure` the ClickHouse type of
    `body`; `columns` the SQL of each column of `table`; `source` the FROM clause they are read from, over `{segment}`. `mend` writes a
    body anew when the engine refused it; it raises `PilotageError` when it cannot either.
    """

    table: str
    columns: Mapping[str, str]
    source: str
    message: str = ""
    structure: str = "String"
    mend: Callable[[bytes], bytes] | None = None


class Protocol(Interface):
    """A wire protocol: bytes in, `Accepted` or `Reply` out; no files, no threads, no store."""

    name: str
    routes: tuple[Route, ...]
    streams: Mapping[str, tuple[Decode, ...]]

    def token(self, request: Request) -> str | None:
        """The token the client presents, or `None`. Raises `PilotageError` when it is presented in a wrong form."""
        ...

    def encoding(self, request: Request) -> str:
        """The content encoding of the body (`ingest.encoding`); `''` for none. Usually what the header declares."""
        ...

    def accept(self, request: Request, grant: Grant) -> Accepted | Inquiry | Reply:
        """Check `request` (its body decompressed). Raises `PilotageError` for what cannot be accepted."""
        ...

    def reject(self, request: Request, problem: Problem, retry_after: float | None = None) -> Reply:
        """The protocol's own words for `problem`; `retry_after` seconds when the client may send the request again."""
        ...


def bearer(request: Request) -> str | None:
    """The token of an `Authorization: Bearer …` header, or of `Authorization: Splunk …`, which people configure too."""
    value = request.headers.get("authorization", "")
    scheme, _, token = value.partition(" ")
    return token.strip() or None if scheme.lower() in ("bearer", "splunk") else None


def password(request: Request) -> str | None:
    """The password of an `Authorization: Basic …` header: where clients that know no tokens put theirs."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(credentials.strip(), validate=True).decode().partition(":")[2] or None
    except (binascii.Error, ValueError) as error:
        raise fail("token-malformed", "the Authorization header is no basic authorization", hint="send base64 of user:token") from error


def _text(number: int, value: str) -> bytes:
    data = value.encode("utf-8", "replace")
    return varint(number << 3 | 2) + varint(len(data)) + data if data else b""


ENVELOPE = """syntax = "proto3";
message Envelope {
  fixed64 received = 2; string index = 3; string source = 4; string sourcetype = 5; string host = 6; string extra = 7;
  bytes digest = 8; uint64 items = 9; %s body = 15;
}
"""
ENVELOPE_STRUCTURE = "received UInt64, `index` String, source String, sourcetype String, host String, extra String, body %s"


def envelope(accepted: Accepted, received: int, digest: bytes) -> tuple[bytes, bytes]:
    """One length-delimited Envelope as (head, body): the body's bytes follow the head untouched. `received` in epoch nanoseconds."""
    head = b"".join(
        (
            b"\x11" + received.to_bytes(8, "little"),
            _text(3, accepted.index),
            _text(4, accepted.source),
            _text(5, accepted.sourcetype),
            _text(6, accepted.host),
            _text(7, accepted.extra),
            b"\x42" + varint(len(digest)) + digest if digest else b"",
            b"\x48" + varint(accepted.items),
            b"\x7a" + varint(len(accepted.body)),
        )
    )
    return varint(len(head) + len(accepted.body)) + head, accepted.body
