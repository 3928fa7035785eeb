"""The searches of this server: running ones can be cancelled by id, ended ones are remembered for a while with what they had to say.

Rows travel alone in the response; messages, statistics and a late error are read from `/api/v1/search/{id}`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from opentelemetry import metrics

from pilotage.api.connection import STALL_SECONDS
from pilotage.api.turns import Turns
from pilotage.engine.watch import StopSign
from pilotage.model.problem import PilotageError, Problem, fail

if TYPE_CHECKING:
    from pilotage.engine.run import Result

REMEMBERED = 500
PRESSED_SECONDS = 5.0
STALE_SECONDS = 1.0
CHUNK_BYTES = 64 * 1024
CHUNK_SECONDS = 0.1
T = TypeVar("T")
log = logging.getLogger(__name__)
_DURATION = metrics.get_meter("pilotage").create_histogram("pilotage.search.duration", "s", "From start to last row of a search")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is remembered of a search's request: its text, who sent it, and what cuts the connection it came by."""

    query: str
    language: str
    who: str
    abort: Callable[[], None] | None


@dataclass(slots=True)
class Running:
    """One search from start to its last row; times in epoch nanoseconds."""

    result: Result
    query: str
    language: str
    who: str
    started: int = field(default_factory=time.time_ns)
    ended: int | None = None
    cancelled: bool = False
    error: Problem | None = None
    # Since when (monotonic seconds) rows wait for the client to take them, and what cuts its connection.
    waiting: float | None = None
    abort: Callable[[], None] | None = None

    def stalled(self) -> float:
        """Seconds that the client has not taken the rows that are ready."""
        return 0.0 if self.waiting is None else time.monotonic() - self.waiting

    def give_up(self) -> None:
        """End a search whose rows nobody takes."""
        if self.abort is not None:
            self.error = Problem("reader-stalled", f"the client took no rows for {self.stalled():.0f} seconds")
            self.abort()
            self.abort = None

    def fail(self, error: BaseException) -> None:
        """Remember why the rows ended early: an error, or nobody there to read them."""
        if isinstance(error, PilotageError):
            self.error = error.problem
        elif isinstance(error, asyncio.CancelledError | GeneratorExit):
            if self.stalled() >= STALL_SECONDS:
                self.error = self.error or Problem("reader-stalled", f"the client took no rows for {STALL_SECONDS:g} seconds")
            self.cancelled = self.error is None
        else:
            self.error = Problem("internal-error", f"the search failed: {type(error).__name__}")

    def end(self) -> None:
        """The last row is out, or there will be none."""
        self.ended = time.time_ns()
        _DURATION.record((self.ended - self.started) / 1e9, {"language": self.language, "state": self.state})

    @property
    def state(self) -> str:
        """`running`, `done`, `failed` or `cancelled`."""
        if self.error is not None and not self.cancelled:
            return "failed"
        if self.cancelled:
            return "cancelled"
        return "running" if self.ended is None else "done"


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What is known of a search. `columns` is null while the columns depend on the rows; `seconds` counts until now while running."""

    id: str
    state: str
    kind: str
    columns: tuple[str, ...] | None
    seconds: float
    messages: list[dict[str, Any]]
    statistics: dict[str, Any]
    error: dict[str, Any] | None


class Searches:
    """Owns the threads that run searches (the engine's calls block) and the memory of them."""

    def __init__(self, most: int) -> None:
        self.pool = ThreadPoolExecutor(most, thread_name_prefix="search")
        self._turns = Turns(most, self._make_room)
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Running] = OrderedDict()
        self._stops: set[threading.Event] = set()

    async def begin(self, start: Callable[[threading.Event], Result], search: Asked) -> Running:
        """Wait for a place, run `start` in a search thread and remember the search. Raises PilotageError `searches-busy` or of `start`.

        The event `start` gets is set when the client leaves before it is done.
        The place is free again when the rows are read by `stream_pieces`, or given up.
        """
        await self._turns.take()
        stop = threading.Event()
        try:
            starting = self.pool.submit(start, stop)
            result = await asyncio.wrap_future(starting)
        except asyncio.CancelledError:
            stop.set()
            self._release(starting, lambda: _cancel_late(starting))
            raise
        except BaseException:
            self._turns.give()
            raise
        running = Running(result, search.query, search.language, search.who, abort=search.abort)
        self.add(running)
        return running

    async def ask(self, work: Callable[[StopSign], T]) -> T:
        """Wait for a place and run `work` in a search thread. Its sign is set when the client leaves before it is done."""
        await self._turns.take()
        stop = StopSign()
        asking = self.pool.submit(work, stop)
        with self._lock:
            self._stops.add(stop)
        asking.add_done_callback(lambda _: self._forget(stop))
        try:
            answer = await asyncio.wrap_future(asking)
        except asyncio.CancelledError:

            def end() -> None:
                stop.set()
                wait([asking])

            self._release(None, end)
            raise
        except BaseException:
            self._turns.give()
            raise
        self._turns.give()
        return answer

    def _forget(self, stop: threading.Event) -> None:
        with self._lock:
            self._stops.discard(stop)

    def done(self) -> None:
        """All rows of a search are out. On the event loop."""
        self._turns.give()

    def leave(self, running: Running, step: Future[bytes | None] | None, pieces: Generator[bytes]) -> None:
        """Stop the statement now; give back what it holds and its place as soon as its thread is out of `pieces`. On the event loop."""

        def stop() -> None:
            running.result.cancel()
            if step is not None:
                wait([step])
            pieces.close()

        self._release(None, stop)

    def _release(self, work: Future[Any] | None, stop: Callable[[], object]) -> None:
        loop = asyncio.get_running_loop()

        def end() -> None:
            try:
                if work is not None:
                    wait([work])
                stop()
            except PilotageError as error:
                log.warning("search not stopped", extra={"code": error.problem.code, "reason": error.problem.sentence})
            finally:
                if not loop.is_closed():
                    loop.call_soon_threadsafe(self._turns.give)

        threading.Thread(target=end, name="search end", daemon=True).start()

    def _make_room(self) -> None:
        """Somebody waits for a place: the reader that has taken nothing for longest gives way, if it is long."""
        with self._lock:
            idle = [each for each in self._known.values() if each.ended is None and each.abort and each.stalled() > PRESSED_SECONDS]
        if idle:
            max(idle, key=Running.stalled).give_up()

    def add(self, running: Running) -> None:
        """Remember a search; the oldest ended ones are forgotten."""
        with self._lock:
            self._known[running.result.id] = running
            for key in [key for key, each in self._known.items() if each.ended is not None][: max(0, len(self._known) - REMEMBERED)]:
                del self._known[key]

    def find(self, search_id: str) -> Running:
        """Raises PilotageError `unknown-search`."""
        with self._lock:
            found = self._known.get(search_id)
        if found is None:
            raise fail("unknown-search", f"no search has the id `{search_id}`", hint=f"the last {REMEMBERED} searches are remembered")
        return found

    def known(self, search_id: str) -> bool:
        """Whether a search of this id is remembered."""
        with self._lock:
            return search_id in self._known

    def running(self) -> int:
        """How many have not ended."""
        with self._lock:
            return sum(1 for each in self._known.values() if each.ended is None)

    async def cancel(self, search_id: str) -> Running:
        """Stop a search; one that has ended stays as it is. Raises PilotageError `unknown-search`."""
        found = self.find(search_id)
        if found.ended is None:
            found.cancelled = True
            # A client that reads sees the end of its rows; one that does not would never come to it.
            if found.abort is not None and found.stalled() > STALE_SECONDS:
                found.abort()
            await asyncio.to_thread(found.result.cancel)
        return found

    def close(self) -> None:
        """Cancel everything and end the threads."""
        with self._lock:
            running = [each for each in self._known.values() if each.ended is None]
            stops = list(self._stops)
        for stop in stops:
            stop.set()
        for each in running:
            each.cancelled = True
            each.result.cancel()
        self.pool.shutdown(wait=False, cancel_futures=True)


def _cancel_late(starting: Future[Result]) -> None:
    """The client left while its search was being planned: stop what came of it."""
    if not starting.cancelled() and starting.exception() is None:
        starting.result().cancel()


def report(running: Running) -> SearchReport:
    """The search as the API tells it."""
    result = running.result
    return SearchReport(
        id=result.id,
        state=running.state,
        kind=result.kind,
        columns=result.columns,
        seconds=((running.ended or time.time_ns()) - running.started) / 1e9,
        messages=[each.document() for each in result.messages],
        statistics=dict(result.statistics),
        error=running.error.document() if running.error else None,
    )


def gathered(pieces: Iterator[bytes]) -> Generator[bytes]:
    """Join small pieces until 64 KiB or 0.1 s, so that one hop between threads carries many rows."""
    held: list[bytes] = []
    size, since = 0, time.monotonic()
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= CHUNK_BYTES or time.monotonic() - since > CHUNK_SECONDS:
            yield b"".join(held)
            held, size, since = [], 0, time.monotonic()
    if held:
        yield b"".join(held)


async def stream_pieces(searches: Searches, running: Running, pieces: Generator[bytes]) -> AsyncIterator[bytes]:
    """Pull `pieces` one by one in a search thread, the next when the last is taken; leaving early cancels the search.

    The engine's pieces may be large; they are handed on 64 KiB at a time, so that no more than that waits in the connection.
    """
    step: Future[bytes | None] | None = None
    try:
        while True:
            step = searches.pool.submit(next, pieces, None)
            chunk = await asyncio.wrap_future(step)
            if chunk is None:
                break
            step = None
            for start in range(0, len(chunk), CHUNK_BYTES):
                running.waiting = time.monotonic()
                yield chunk[start : start + CHUNK_BYTES]
            running.waiting = chunk = None
    except BaseException as error:
        running.fail(error)
        searches.leave(running, step, pieces)
        raise
    else:
        searches.done()
    finally:
        running.end()
