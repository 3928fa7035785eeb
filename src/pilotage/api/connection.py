"""uvicorn's HTTP connection with what a hostile client makes necessary: clocks, limits on everything but the body, and a way to cut it.

llhttp bounds neither headers nor addresses, and joins their pieces at a cost that grows with the square of their number.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from pilotage.api.failures import body_of, status_of
from pilotage.model.problem import PilotageError, Problem, fail

HEADER_SECONDS = 30.0
HEADER_BYTES = 64 << 10
HEADERS = 128
URL_BYTES = 16 << 10
STALL_SECONDS = 60.0
_PREFACE = b"PRI * HTTP/2.0"
log = logging.getLogger(__name__)


class Connection(HttpToolsProtocol):
    """One client connection."""

    _deadline: asyncio.TimerHandle | None = None
    _refused: Problem | None = None
    _fresh = True
    # Where the parser is: between the first byte of a request and the end of its headers; after them and before the body's end.
    _in_headers = False
    _in_body = False
    # Bytes since the last piece of a body or the last end of anything: headers, chunk extensions, trailers, empty lines.
    _quiet = 0
    _moved = False
    # The request being answered; uvicorn remembers only the last one read, which with pipelining is another.
    _answering: RequestResponseCycle | None = None
    # While the client does not take what is written: when to look again, and how much there was to take.
    _stalled: asyncio.TimerHandle | None = None
    _untaken = 0

    def connection_made(self, transport: Any) -> None:
        """Start the clock of the first request's headers."""
        super().connection_made(transport)
        self._start_clock()

    def data_received(self, data: bytes) -> None:
        """Feed the parser, outside a body never more at once than a request's headers may take."""
        if self._fresh:
            self._fresh = False
            if data.startswith(_PREFACE):
                hint = "a gRPC client connected to the HTTP port; OTLP/gRPC listens on the gRPC port"
                log.warning("grpc.on_http_port", extra={"hint": hint})
        while data and not self.transport.is_closing():
            size = len(data) if self._in_body else HEADER_BYTES
            self._feed(data[:size])
            data = data[size:]

    def _feed(self, data: bytes) -> None:
        self._moved = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        self._quiet = 0 if self._moved else self._quiet + len(data)
        if self._quiet >= HEADER_BYTES:
            self._refused = Problem("headers-too-large", f"the request's headers are larger than {HEADER_BYTES} bytes")
            self.send_400_response("")
        elif self._in_headers or not (self._moved or self._in_body):
            self._start_clock()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_headers = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Refuse an address beyond the limit."""
        if len(self.url) + len(url) > URL_BYTES:
            raise self._refuse("url-too-long", f"the address of the request is longer than {URL_BYTES} bytes")
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Refuse a header beyond the limit; trailers count with the headers."""
        if len(self.headers) >= HEADERS:
            raise self._refuse("headers-too-many", f"the request has more than {HEADERS} headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The headers are in: stop their clock."""
        self._in_headers, self._in_body, self._moved = False, True, True
        self._stop_clock()
        self.scope["state"]["abort"] = self.abort
        super().on_headers_complete()
        if not self.pipeline:
            self._answering = self.cycle

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._moved = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._in_body, self._moved = False, True
        self._stop_clock()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer to a request whose body is still coming, say a refusal: it is read and dropped, but not for ever."""
        if self.pipeline:
            self._answering = self.pipeline[-1][0]
        super().on_response_complete()
        if self._in_body:
            self._start_clock()

    def pause_writing(self) -> None:
        """The client has not taken what was written: nothing more is made for it, and it has a while to go on."""
        super().pause_writing()
        self._untaken = self.transport.get_write_buffer_size()
        self._stalled = self.loop.call_later(STALL_SECONDS, self._still_stalled)

    def resume_writing(self) -> None:
        """The client took what was written."""
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None
        super().resume_writing()

    def timeout_keep_alive_handler(self) -> None:
        """An idle connection ends; so does one whose last answer nobody takes, for which closing alone would wait for ever."""
        if self.transport.get_write_buffer_size():
            self.abort()
        super().timeout_keep_alive_handler()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words, ours are a problem
        """Answer what the parser or a limit refused, and close."""
        problem = self._refused or Problem("bad-request", "this is not an HTTP request that can be read")
        body = body_of(problem)
        head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(STATUS_LINE[status_of(problem)] + head + body)
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clocks with the connection, and tell whoever works for it."""
        self._stop_clock()
        if self._stalled is not None:
            self._stalled.cancel()
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.scope["state"]["lost"] = True
            self._answering.message_event.set()
        super().connection_lost(exc)

    def abort(self) -> None:
        """Cut the connection now: what is written and not yet taken is dropped."""
        self.transport.abort()

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing here is a WebSocket: the request gets the answer it would get without the wish, and no line in the log."""

    def _refuse(self, code: str, sentence: str) -> PilotageError:
        """What a callback raises; the parser passes on only that something was raised."""
        self._refused = Problem(code, sentence)
        return fail(code, sentence)

    def _start_clock(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEADER_SECONDS, self._too_slow)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _still_stalled(self) -> None:
        left = self.transport.get_write_buffer_size()
        if left < self._untaken:
            self._untaken = left
            self._stalled = self.loop.call_later(STALL_SECONDS, self._still_stalled)
            return
        log.warning("reader stalled", extra={"client": str(self.client), "seconds": STALL_SECONDS})
        self.abort()

    def _too_slow(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        if self.cycle is not None and not self.cycle.response_complete:
            self._start_clock()
            return
        self.transport.close()
