"""Content encodings of requests: gzip, deflate (with and without its zlib wrapper), zstd and snappy's block format, all bounded."""

from __future__ import annotations

import zlib

from pilotage.ingest.request import Request
from pilotage.ingest.varint import read_varint
from pilotage.model.problem import PilotageError, fail

# Each further gzip member copies what is left of the body: many tiny ones would cost the square of their number.
GZIP_MEMBERS = 64
# The format repeats at most 64 bytes for every three it reads: a larger promise is a lie, and memory would be set aside for it.
SNAPPY_RATIO = 22


def declared(request: Request) -> str:
    """The content encoding a request's header names, in lower case."""
    return request.headers.get("content-encoding", "").strip().lower()


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """`body` without its content encoding. Raises `request-too-large` past `limit` bytes, `content-encoding`, `undecodable`."""
    if encoding in ("", "identity"):
        out = body
    elif encoding in ("gzip", "deflate"):
        out = _inflate(body, encoding, limit)
    elif encoding == "zstd":
        out = _zstd(body, limit)
    elif encoding == "snappy":
        out = _snappy(body, limit)
    else:
        raise fail("content-encoding", f"content encoding `{encoding}` is not supported", hint="send gzip, deflate, zstd, snappy or none")
    if len(out) > limit:
        raise _too_large(limit)
    return out


def _inflate(body: bytes, encoding: str, limit: int) -> bytes:
    """At most `limit + 1` bytes. Some clients call raw deflate `deflate`, without the wrapper that names it."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        try:
            out = inflate.decompress(body, limit + 1)
        except zlib.error:
            if encoding != "deflate":
                raise
            inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            out = inflate.decompress(body, limit + 1)
        members = 1
        while len(out) <= limit and inflate.eof and inflate.unused_data.strip(b"\0") and members < GZIP_MEMBERS:
            members += 1
            rest = inflate.unused_data
            inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)
            out += inflate.decompress(rest, limit + 1 - len(out))
    except zlib.error as error:
        raise fail("undecodable", f"the body is not valid {encoding}", hint="was it cut off?") from error
    if len(out) <= limit and inflate.unused_data.strip(b"\0"):
        raise fail("undecodable", f"the {encoding} body has more than {GZIP_MEMBERS} members", hint="send one")
    if len(out) <= limit and not inflate.eof:
        raise fail("undecodable", f"the {encoding} body ends too early", hint="was it cut off?")
    return out


def _zstd(body: bytes, limit: int) -> bytes:
    """At most `limit + 1` bytes of all frames."""
    import pyarrow as pa  # noqa: PLC0415 - 26 MB that a server without such clients never holds

    try:
        with pa.CompressedInputStream(pa.BufferReader(body), "zstd") as stream:
            out: bytes = stream.read(limit + 1)
    except OSError as error:
        raise fail("undecodable", "the body is not valid zstd", hint="was it cut off?") from error
    return out


def _snappy(body: bytes, limit: int) -> bytes:
    """The block format, which begins with the length of what it holds."""
    import pyarrow as pa  # noqa: PLC0415 - as above

    size, _ = read_varint(body[:5], 0)
    if size > limit:
        raise _too_large(limit)
    refusal = fail("undecodable", "the body is not valid snappy", hint="the block format is wanted, not the framed one")
    if not 0 <= size <= SNAPPY_RATIO * len(body):
        raise refusal
    try:
        out: bytes = pa.decompress(body, size, codec="snappy", asbytes=True)
    except OSError as error:
        raise refusal from error
    return out


def _too_large(limit: int) -> PilotageError:
    hint = "send smaller batches or raise limits.request_bytes"
    return fail("request-too-large", f"the request is larger than {limit} bytes decompressed", hint=hint)
