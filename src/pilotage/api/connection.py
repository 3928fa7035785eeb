"""uvicorn's HTTP connection with two additions: a clock for clients that never finish their headers, and a hint for gRPC on this port."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 30.0
_PREFACE = b"PRI * HTTP/2.0"
log = logging.getLogger(__name__)


class Connection(HttpToolsProtocol):
    """One client connection."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Start the clock of the first request's headers."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADER_SECONDS, self._too_slow)

    def data_received(self, data: bytes) -> None:
        """Look at the first bytes once; HTTP/2 here is a gRPC client on the wrong port."""
        if self._deadline is not None and data.startswith(_PREFACE):
            log.warning("grpc.on_http_port", extra={"hint": "a gRPC client connected to the HTTP port; OTLP/gRPC listens on the gRPC port"})
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """The headers are in: stop their clock."""
        self._stop_clock()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clock with the connection."""
        self._stop_clock()
        super().connection_lost(exc)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if not self.transport.is_closing():
            self.transport.close()
