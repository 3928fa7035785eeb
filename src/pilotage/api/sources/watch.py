"""The watch over sources: looks at what arrived since the last look, decides who is silent, stalled or refused, and tells changes.

What was stored is learnt from the rows themselves, so that every protocol, replay and rule is covered without a hook in loading.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pilotage.api.sources.book import Book
from pilotage.api.sources.events import tell_senders, tell_sources
from pilotage.api.sources.horizon import Horizon, Plan
from pilotage.api.sources.report import Sender, Source
from pilotage.api.sources.rhythm import DAY, Patience
from pilotage.api.sources.tracked import Tracked, View
from pilotage.model.problem import PilotageError

if TYPE_CHECKING:
    from pilotage.api.pipelines import Pipeline, Pipelines
    from pilotage.ingest.senders import Senders
    from pilotage.ingest.spool import Spool
    from pilotage.store.arrivals import Arrival
    from pilotage.store.backend import Backend

LOOK_SECONDS = 15.0
FRESH_SECONDS = 3.0
KEEP_SECONDS = 60.0
LAG_SECONDS = 59.0
FIRST_SECONDS = 600.0
AWAY_SECONDS = 60.0
MOST_SOURCES = 5_000
MOST_ROWS = 50_000_000
FULL = "query-rows"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the watch works with: `tables` are those each stream loads into, `memory` the file it remembers by."""

    backend: Backend
    spool: Spool
    pipelines: Pipelines
    senders: Senders
    tables: Mapping[str, tuple[str, ...]]
    memory: Path


class Sources:
    """Thread-safe; `look` every `LOOK_SECONDS`. The engine's reading code is imported by the first look, not by a start."""

    def __init__(self, parts: Parts, *, patience: Patience | None = None, clock: Callable[[], float] = time.time) -> None:
        self._parts = parts
        self._patience = patience or Patience()
        self._clock = clock
        self._lock = threading.Lock()
        self._horizon: Horizon | None = None
        self._tracked: dict[int, Tracked] = {}
        self._book = Book(self._patience.slot)
        self._awake = 0.0
        self._looked = 0.0
        self._kept = 0.0
        self._measured = 0.0

    @property
    def looked(self) -> float | None:
        """When the rows were last read, epoch seconds."""
        return self._looked or None

    def look(self, *, lags: bool = False) -> None:
        """Read what arrived, decide, tell; lags are measured when asked for, and once a minute. Blocking.

        Raises PilotageError when the store does not answer; the next look makes up for it.
        """
        with self._lock:
            now = self._clock()
            if self._horizon is None:
                self._horizon = self._remember(now)
            if now - self._looked > AWAY_SECONDS:
                self._awake = now
            oldest = self._waiting()
            plan = self._horizon.plan(now, oldest, self._patience.slot)
            lags = lags or now - self._measured >= LAG_SECONDS
            self._read(plan, lags=lags)
            self._measured = now if lags else self._measured
            self._horizon.read(plan, oldest)
            self._looked = now
            self._judge(now, {stream: wall for stream, (_, wall) in oldest.items()})
            if now - self._kept > KEEP_SECONDS:
                self._keep(now)

    def refresh(self) -> None:
        """Look, unless somebody has just done so: for a page that is being watched."""
        if self._clock() - self._looked > FRESH_SECONDS:
            self.look(lags=True)

    def close(self) -> None:
        """Remember for the next start."""
        with self._lock:
            if self._horizon is not None:
                self._keep(self._clock())

    def sources(self) -> list[Source]:
        """Every source, as of the last look."""
        with self._lock:
            return [each.report(self._looked) for each in self._tracked.values()]

    def senders(self) -> list[Sender]:
        """Every sender, as of the last look."""
        with self._lock:
            return self._book.report(self._looked)

    def _waiting(self) -> dict[str, tuple[str, float]]:
        found: dict[str, tuple[str, float]] = {}
        for each in self._parts.spool.segments():
            if each.size and (each.stream not in found or each.wall < found[each.stream][1]):
                found[each.stream] = (each.token, each.wall)
        return found

    def _read(self, plan: Plan, *, lags: bool) -> None:
        from pilotage.store.arrivals import Window, arrivals  # noqa: PLC0415 - a start must not wait for it

        window = Window(plan.since, plan.late, self._patience.slot, lags)
        try:
            found, names = arrivals(self._parts.backend, window, self._tracked, rows_read=MOST_ROWS)
        except PilotageError as error:
            if error.problem.code != FULL or plan.late - plan.since < AWAY_SECONDS:
                raise
            # Too much to catch up with: what lies back longer stays uncounted.
            found, names = arrivals(self._parts.backend, Window(plan.late, plan.late, self._patience.slot), self._tracked)
        by_origin: defaultdict[int, list[Arrival]] = defaultdict(list)
        for each in found:
            by_origin[each.origin].append(each)
        for number, (origin, first) in names.items():
            self._tracked.setdefault(number, Tracked(origin, self._patience, first_seen=first))
        for number, group in by_origin.items():
            if number in self._tracked:
                self._tracked[number].arrived(group, again=plan.again)

    def _judge(self, now: float, walls: Mapping[str, float]) -> None:
        stalled = {each.stream: f"`{each.stream}` has stalled: {each.failing or 'it loads nothing'}" for each in self._stalled()}
        views = {signal: self._view(now, table, walls, stalled) for table, signal in _signals().items()}
        changed = []
        for each in self._tracked.values():
            before = each.judge(views[each.origin.signal])
            if before is not None:
                changed.append((each, before))
        tell_sources(changed, now)
        tell_senders(self._book.judge(now, self._parts.senders.all(), stalled))
        self._forget(now)

    def _stalled(self) -> list[Pipeline]:
        return [each for each in self._parts.pipelines.report() if each.stalled]

    def _view(self, now: float, table: str, walls: Mapping[str, float], stalled: Mapping[str, str]) -> View:
        into = [stream for stream, tables in self._parts.tables.items() if table in tables]
        reasons = [stalled[stream] for stream in into if stream in stalled]
        return View(now, self._awake, min([now, *(walls[stream] for stream in into if stream in walls)]), "; ".join(reasons) or None)

    def _forget(self, now: float) -> None:
        """A source gone for a day is forgotten; past `MOST_SOURCES` those that sent least lately."""
        self._tracked = {number: each for number, each in self._tracked.items() if now - each.last_seen < DAY}
        if len(self._tracked) > MOST_SOURCES:
            newest = sorted(self._tracked.items(), key=lambda each: -each[1].last_seen)
            self._tracked = dict(newest[:MOST_SOURCES])

    def _remember(self, now: float) -> Horizon:
        """Take over what the run before knew; what arrived while nobody looked is read by the first look."""
        from pilotage.api.sources import memory  # noqa: PLC0415 - as above

        found = memory.read(self._parts.memory, self._patience)
        if found is None:
            return Horizon(now - FIRST_SECONDS)
        self._tracked = found.tracked
        return Horizon(found.since)

    def _keep(self, now: float) -> None:
        from pilotage.api.sources import memory  # noqa: PLC0415 - as above

        assert self._horizon is not None  # noqa: S101 - both callers have looked
        self._kept = now
        memory.write(self._parts.memory, self._tracked, self._horizon.since)


def _signals() -> Mapping[str, str]:
    from pilotage.store.arrivals import SIGNALS  # noqa: PLC0415 - as above

    return SIGNALS
