"""Reading a request's body with a ceiling on its size and on how slowly it may come."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from pilotage.model.problem import fail

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = dict[str, str]


class ClientGoneError(Exception):
    """The client closed the connection before its request was complete: there is nobody to answer."""


def headers_of(scope: Message) -> Headers:
    """Lower-case names to values; of a repeated header the last counts, as for Authorization a client sends one."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


class Room:
    """Bytes that all requests together may hold while they are read and handled."""

    def __init__(self, total: int) -> None:
        self._left = total

    def take(self, size: int) -> None:
        """Raises PilotageError `spool-full`, which clients answer by sending again later."""
        if size > self._left:
            raise fail("spool-full", "the server holds as many unfinished requests as it may", hint="send the request again later")
        self._left -= size

    def give(self, size: int) -> None:
        """The request is through."""
        self._left += size


BYTES_PER_SECOND = 64 << 10
"""What a body must arrive at, beyond the seconds every request has."""


async def read_body(receive: Receive, *, limit: int, seconds: float, room: Room | None = None) -> bytes:
    """The whole body, for whose length `room` is taken. On failure none is.

    Raises PilotageError `request-too-large` past `limit` bytes, `spool-full`, and `request-timeout` when `seconds` pass without a byte,
    or when so many have passed since the begin and another for each 64 KiB of it.
    """
    chunks: list[bytes] = []
    size, more = 0, True
    begin = time.monotonic()
    try:
        while more:
            message = await _next(receive, min(seconds, begin + seconds + size / BYTES_PER_SECOND - time.monotonic()))
            chunk = message.get("body", b"")
            more = message.get("more_body", False)
            if room is not None:
                room.take(len(chunk))
            chunks.append(chunk)
            size += len(chunk)
            _check(size, limit)
    except BaseException:
        if room is not None:
            room.give(size)
        raise
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise fail(
            "request-too-large", f"the request is larger than {limit} bytes", hint="send smaller requests, or raise `limits.request_bytes`"
        )


async def _next(receive: Receive, seconds: float) -> Message:
    try:
        async with asyncio.timeout(seconds):
            message = await receive()
    except TimeoutError as error:
        sentence = "the request's body arrived too slowly"
        raise fail("request-timeout", sentence, hint="send smaller requests, or raise `limits.body_seconds`") from error
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    return message


async def gone(receive: Receive) -> None:
    """Return when the client has closed the connection. Only after the body was read."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_answer(send: Send, status: int, body: bytes, headers: tuple[tuple[str, str], ...]) -> None:
    """One complete answer."""
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
    encoded.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
