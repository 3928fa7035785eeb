"""What planning may take: as long as the search itself, and only until somebody cancels it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pilotage.model.problem import fail


class StopSign(threading.Event):
    """A stop sign that also ends what runs when it is set."""

    def __init__(self) -> None:
        super().__init__()
        self._changing = threading.Lock()
        self._end: Callable[[], None] | None = None

    def attach(self, end: Callable[[], None]) -> None:
        """Call `end` when the sign is set; at once if it is."""
        with self._changing:
            self._end = end
        if self.is_set():
            end()

    def detach(self) -> None:
        """Nothing runs any more. Waits for an `end` in progress."""
        with self._changing:
            self._end = None

    def set(self) -> None:
        """Stop."""
        super().set()
        with self._changing:
            if self._end is not None:
                self._end()


class Watch:
    """The clock and the stop sign of one search. `seconds` from now, 0 = unlimited; `stop` may be set from any thread."""

    def __init__(self, seconds: float, stop: threading.Event | None = None) -> None:
        self._deadline = time.monotonic() + seconds if seconds > 0 else None
        self._stop = stop

    def check(self) -> None:
        """Raises codes `query-cancelled`, `query-timeout`."""
        if self._stop is not None and self._stop.is_set():
            raise fail("query-cancelled", "the query was cancelled")
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise fail(
                "query-timeout", "planning the query took longer than its time limit", hint="make it shorter or raise limits.query_seconds"
            )


@contextmanager
def shallow() -> Iterator[None]:
    """Commands that build on one another nest; what nests deeper than Python goes is refused with code `query-too-large`."""
    try:
        yield
    except RecursionError as error:
        hint = "use fewer commands that each need the one before, or one `eval` with simpler expressions"
        raise fail("query-too-large", "the commands of the query nest deeper than the engine can go", hint=hint) from error
