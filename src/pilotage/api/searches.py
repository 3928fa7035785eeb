"""The searches of this server: running ones can be cancelled by id, ended ones are remembered for a while with what they had to say.

Rows travel alone in the response; messages, statistics and a late error are read from `/api/v1/search/{id}`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from opentelemetry import metrics

from pilotage.model.problem import PilotageError, Problem, fail

if TYPE_CHECKING:
    from pilotage.engine.run import Result

REMEMBERED = 500
_DURATION = metrics.get_meter("pilotage").create_histogram("pilotage.search.duration", "s", "From start to last row of a search")


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

    def __init__(self, threads: int) -> None:
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="search")
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Running] = OrderedDict()

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

    def running(self) -> int:
        """How many have not ended."""
        with self._lock:
            return sum(1 for each in self._known.values() if each.ended is None)

    def cancel(self, search_id: str) -> Running:
        """Stop a search; one that has ended stays as it is. Raises PilotageError `unknown-search`."""
        found = self.find(search_id)
        if found.ended is None:
            found.cancelled = True
            found.result.cancel()
        return found

    def close(self) -> None:
        """Cancel everything and end the threads."""
        with self._lock:
            running = [each for each in self._known.values() if each.ended is None]
        for each in running:
            each.cancelled = True
            each.result.cancel()
        self.pool.shutdown(wait=False, cancel_futures=True)


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


CHUNK_BYTES = 64 * 1024
CHUNK_SECONDS = 0.1


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
    """Pull `pieces` one by one in a search thread and keep the record of the search; leaving early cancels it."""
    step: Future[bytes | None] | None = None
    try:
        while True:
            step = searches.pool.submit(next, pieces, None)
            chunk = await asyncio.wrap_future(step)
            if chunk is None:
                return
            yield chunk
    except PilotageError as error:
        running.error = error.problem
        raise
    except (asyncio.CancelledError, GeneratorExit):
        running.cancelled = True
        running.result.cancel()
        if step is not None:
            # The generator may be running in its thread; it is closed, and what it holds given back, as soon as it is not.
            step.add_done_callback(lambda _: threading.Thread(target=pieces.close, name="search end").start())
        raise
    except Exception as error:
        running.error = Problem("internal-error", f"the search failed: {type(error).__name__}")
        raise
    finally:
        running.end()
