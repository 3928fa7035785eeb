"""One HTTP GET of a metrics page with bounded size, in asyncio: a target that hangs costs a socket and no thread."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import httptools

from pilotage.ingest.encoding import decompress
from pilotage.model.problem import fail

CHUNK = 1 << 16
HEADER_BYTES = 1 << 16
REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Page:
    """What a target answered: the body decompressed."""

    content_type: str
    body: bytes


class _Parser:
    """Collects an answer; httptools calls its `on_` methods."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.head_read = False
        self.done = False
        self.status = 0
        self._parser = httptools.HttpResponseParser(self)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header line."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self.head_read = True
        self.status = self._parser.get_status_code()

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        self.body += data

    def on_message_complete(self) -> None:
        """The answer is whole."""
        self.done = True

    def feed(self, data: bytes) -> None:
        """The next bytes; none at the end of the connection, which ends a body of no declared length."""
        if data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserError as error:
                raise fail("scrape-failed", f"the answer is not HTTP: {error}") from error
        elif not self.head_read or "content-length" in self.headers or "transfer-encoding" in self.headers:
            raise fail("scrape-failed", "the connection was closed before the answer's end")
        else:
            self.done = True


async def fetch(url: str, headers: Mapping[str, str], limit: int, tls: ssl.SSLContext | None) -> Page:
    """The page at `url`, at most `limit` bytes. Raises `scrape-failed`, `request-too-large`, `undecodable`, OSError."""
    for _ in range(REDIRECTS + 1):
        answer = await _get(url, headers, limit, tls)
        location = answer.headers.get("location")
        if answer.status not in (301, 302, 303, 307, 308) or not location:
            break
        before, url = urlsplit(url), urljoin(url, location)
        after = urlsplit(url)
        if after.scheme not in ("http", "https") or (before.scheme == "https" and after.scheme == "http"):
            raise fail("scrape-failed", f"it redirects to `{url[:200]}`, which is not followed")
        if before.netloc != after.netloc:
            headers = {name: value for name, value in headers.items() if name != "authorization"}
    if answer.status != 200:
        raise fail("scrape-failed", f"the target answered with HTTP status {answer.status}")
    body = bytes(answer.body)
    encoding = answer.headers.get("content-encoding", "").strip().lower()
    body = await asyncio.to_thread(decompress, body, encoding, limit) if encoding else body
    return Page(answer.headers.get("content-type", ""), body)


async def _get(url: str, headers: Mapping[str, str], limit: int, tls: ssl.SSLContext | None) -> _Parser:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    context = (tls or ssl.create_default_context()) if secure else None
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or (443 if secure else 80), ssl=context)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"GET {target} HTTP/1.1", f"host: {parts.netloc}", "connection: close", *(f"{n}: {v}" for n, v in headers.items())]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        await writer.drain()
        parser = _Parser()
        received = 0
        while not parser.done:
            data = await reader.read(CHUNK)
            received += len(data)
            parser.feed(data)
            if len(parser.body) > limit or received > 2 * limit + HEADER_BYTES:
                raise fail("request-too-large", f"the page is larger than {limit} bytes", hint="raise body_bytes of the scrape entry")
        return parser
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
