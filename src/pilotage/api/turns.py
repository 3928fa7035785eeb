"""How many searches run at a time, and who waits: a place for each, a bounded wait, and no place for a reader that does not read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from pilotage.model.problem import fail

WAIT_SECONDS = 15.0
LOOK_SECONDS = 0.25


class Turns:
    """`most` places. While somebody waits for one, `make_room` is called now and then to end what only holds its place."""

    def __init__(self, most: int, make_room: Callable[[], None]) -> None:
        self._most = most
        self._places = asyncio.Semaphore(most)
        self._make_room = make_room

    async def take(self) -> None:
        """Wait for a place, first come, first served. Raises PilotageError `searches-busy` when none comes free in time."""
        if not self._places.locked():
            await self._places.acquire()
            return
        until = time.monotonic() + WAIT_SECONDS
        waiting = asyncio.ensure_future(self._places.acquire())
        try:
            while not waiting.done() and time.monotonic() < until:
                self._make_room()
                await asyncio.wait({waiting}, timeout=LOOK_SECONDS)
        except asyncio.CancelledError:
            if not waiting.cancel():
                self.give()
            raise
        if waiting.cancel():
            sentence = f"{self._most} searches run already, as many as may, and none ended within {WAIT_SECONDS:g} seconds"
            raise fail("searches-busy", sentence, hint="try again later, cancel one, or raise `limits.searches`")

    def give(self) -> None:
        """The place is free. On the event loop."""
        self._places.release()
