"""Evaluation: monitors that ask the same question share one scan; its slices are judged, and what follows is committed at once.

Only (series, slice, value, count) comes in from the data. Everything repeats harmlessly: a crash costs a repetition, never an alert.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from pilotage.engine.run import Engine, Search
from pilotage.engine.slices import Values, values_of
from pilotage.engine.slicing import Cut
from pilotage.model.problem import PilotageError
from pilotage.state.open import State
from pilotage.state.records import Alert, Change, Progress
from pilotage.store.backend import Limits
from pilotage.watch.episodes import MISSING, advance, settled
from pilotage.watch.judging import history_of, judge_of, restored
from pilotage.watch.training import Training, learned_bytes
from pilotage.watch.verdicts import distances
from pilotage.watch.watched import WHOLE, Question, Series, Watched, chart, grids, missed, policy, readings_of, silences

DAY_S = 86_400
RETRAIN_S = 7 * DAY_S
YOUNG_S = DAY_S
KEEP_S = 6 * 3600
KEEP_AT_ONCE = 200
LATE_SLICES = 3
LATE_SHARE = 0.02
LEAST_LATE_S = 30.0
_YOUNG = ("learning", "insufficient_data", "degraded")
log = logging.getLogger(__name__)
Mapper = Callable[[Callable[[Training], bytes], Iterable[Training]], Iterable[bytes]]


class Latest(Protocol):
    """The last alert of each monitor, group and kind."""

    def get(self, key: tuple[str, str, bool]) -> Alert | None:
        """By monitor id, group and whether it tells of missing data."""
        ...


@dataclass(slots=True)
class Feed:
    """The monitors of one question. The lock is held while they are judged.

    `extra` seconds of delay were learned from data that came late; `counted` are the newest judged slice and the events it had then.
    """

    question: Question
    members: dict[str, Watched] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)
    extra: float = 0.0
    counted: tuple[int, int] = (0, 0)

    def look_back(self, values: Values, end: int) -> None:
        """Wait longer from now on when the slice judged before has more events by now; note those of the newest one."""
        before, count = self.counted
        grown = int(values.count[values.time == before].sum()) - count
        if before and grown > LATE_SHARE * (count + grown):
            self.extra = min(float(self.question.slice), self.extra + max(LEAST_LATE_S, self.question.delay / 2))
            log.info("data came late", extra={"query": self.question.query[:200], "events": grown, "extra_delay_seconds": self.extra})
        newest = end - self.question.slice
        self.counted = (newest, int(values.count[values.time == newest].sum()))


@dataclass(frozen=True, slots=True)
class Judged:
    """What one evaluation did: monitors and series judged, alerts changed, seconds of wall time in the store and in all."""

    monitors: int
    series: int
    news: tuple[Change, ...]
    scan_seconds: float
    seconds: float


class Evaluation:
    """Judges feeds over one engine and state; safe to use from several threads for different feeds."""

    def __init__(self, engine: Callable[[], Engine], state: State, mapper: Mapper = map, limits: Limits | None = None) -> None:
        self._engine = engine
        self._state = state
        self._map = mapper
        self._limits = limits or Limits()

    def values(self, question: Question, begin: int, end: int) -> Values:
        """The question's slices within `[begin, end)`. Raises `PilotageError`."""
        cut = Cut(question.slice, begin, end, question.value, question.by)
        search = Search(question.query, question.language, limits=self._limits)
        return values_of(self._engine(), search, cut).largest(question.most_groups)

    def prepare(self, feed: Feed, end: int) -> int:
        """Learn from history whatever is new or due for a refit, up to `end`; the number of monitors that were."""
        new = [each for each in feed.members.values() if not each.ready]
        for each in new:
            self._restore(each, end)
        waiting = [each for each in feed.members.values() if not each.ready or self._stale(each, end)]
        if not waiting:
            return 0
        width = feed.question.slice
        begin = min(_start(each, _stop(each, end)) for each in waiting) // width * width
        values = self.values(feed.question, begin, end)
        for each in waiting:
            stop = _stop(each, end)
            with feed.lock:
                jobs = list(self._jobs(each, values, begin, stop))
            made = self._trained(each, jobs, stop)
            with feed.lock:
                for name, series in made.items():
                    if name in each.series:
                        series.recent, series.stamps = each.series[name].recent, each.series[name].stamps
                each.series = made
                each.trained, each.ready, each.problem = stop, True, ""
                each.through = each.through or stop
        self._keep(waiting)
        return len(waiting)

    def evaluate(self, feed: Feed, end: int, now: float, latest: Latest) -> Judged:
        """Judge every slice that ends by `end` and commit what follows. Raises `PilotageError`; then nothing has changed for good."""
        begun = time.perf_counter()
        with feed.lock:
            ready = [each for each in feed.members.values() if each.ready and each.learned < end]
            if not ready:
                return Judged(0, 0, (), 0.0, 0.0)
            begin = min(each.learned for each in ready)
            values = self.values(feed.question, begin - feed.question.slice, end)
            scanned = time.perf_counter()
            feed.look_back(values, end)
            try:
                changes = [change for each in ready for change in self._judge(each, values, (begin, end), latest)]
                progress = [Progress(each.row.id, max(end, each.through), *each.state(), len(each.series)) for each in ready]
                news = self._state.alerts.commit(changes, progress, now)
            except BaseException:
                # The judges have moved on and nothing was written: begin again from what is kept.
                for each in ready:
                    each.ready, each.series = False, {}
                raise
            for each in ready:
                each.through, each.problem = max(end, each.through), ""
        self._keep([each for each in ready if each.through - each.kept >= KEEP_S])
        series = sum(len(each.series) for each in ready)
        return Judged(len(ready), series, tuple(news), scanned - begun, time.perf_counter() - begun)

    def _judge(self, watched: Watched, values: Values, span: tuple[int, int], latest: Latest) -> list[Change]:
        begin, end = span
        if watched.monitor.kind == "population":
            return self._compared(watched, values, span, latest)
        changes: list[Change] = []
        late = end - watched.through > LATE_SLICES * watched.width
        found = {name: (times, row, counts) for name, times, row, counts in grids(values, begin, end, watched.width)}
        times = np.arange(begin, end, watched.width, dtype=np.int64)
        nothing = np.full(times.size, np.nan), np.zeros(times.size, np.int64)
        names = [*watched.series, *(name for name in found if name not in watched.series)]
        if not values.groups and WHOLE not in names:
            names.append(WHOLE)
        for name in names:
            series = watched.series.get(name)
            _, row, counts = found.get(name, (times, *nothing))
            if series is None:
                if len(watched.series) >= watched.question.most_groups:
                    continue
                series = self._newcomer(watched, name, begin)
            elif not counts.any() and end - series.seen > watched.terms.expiry + watched.terms.recovery and values.groups:
                del watched.series[name]
            fresh = times >= series.learned
            changes += settled(self._advance(watched, series, (times[fresh], row[fresh], counts[fresh]), latest), late=late)
        return changes

    def _advance(self, watched: Watched, series: Series, rows: tuple[np.ndarray, np.ndarray, np.ndarray], latest: Latest) -> list[Change]:
        times, row, counts = rows
        if not times.size:
            return []
        changes: list[Change] = []
        before, series.learned = series.seen, int(times[-1]) + watched.width
        if counts.any():
            series.seen = int(times[np.flatnonzero(counts)[-1]])
        if missed(watched.monitor):
            readings, _ = silences(watched, before, times, counts)
            last = latest.get((watched.row.id, series.name, True))
            late = [each for each in readings if each.time >= watched.through]
            changes += advance(watched.terms, series.name, last, late, missing=True)
        if watched.monitor.kind != "missing":
            verdicts = series.judge.advance(times, policy(watched.monitor, row))
            series.note(verdicts, watched.width)
            last = latest.get((watched.row.id, series.name, False))
            if verdicts.alerting.any() or last is not None:
                found = readings_of(watched, verdicts, watched.through, counts)
                changes += advance(watched.terms, series.name, last, found)
        return [_charted(change, series, watched.width) for change in changes]

    def _compared(self, watched: Watched, values: Values, span: tuple[int, int], latest: Latest) -> list[Change]:
        """Groups against each other: a group's value against the median of all groups in the same slice."""
        rows = [(name, times, row, counts) for name, times, row, counts in grids(values, *span, watched.width)]
        changes: list[Change] = []
        if not rows:
            return changes
        far = distances(np.stack([row for _, _, row, _ in rows]))
        for (name, times, _, counts), distance in zip(rows, far, strict=True):
            series = watched.series.get(name) or self._newcomer(watched, name, span[0])
            fresh = times >= series.learned
            found = self._advance(watched, series, (times[fresh], distance[fresh], counts[fresh]), latest)
            changes += settled(found, late=span[1] - watched.through > LATE_SLICES * watched.width)
        return changes

    def _newcomer(self, watched: Watched, name: str, begin: int) -> Series:
        """A group that appears while the monitor runs learns from here on."""
        judge = judge_of(watched.monitor, np.zeros(0, np.int64), np.zeros(0))
        series = watched.series[name] = Series(name, judge, begin, begin)
        return series

    def _trained(self, watched: Watched, jobs: list[Training], end: int) -> dict[str, Series]:
        """The series with their judges: forecasting ones are learned by the workers, the others here."""
        if watched.monitor.kind != "anomaly":
            return {job.name: Series(job.name, judge_of(job.monitor, job.times, job.values), end, job.seen) for job in jobs}
        learned = self._map(learned_bytes, jobs)
        return {job.name: Series(job.name, restored(data), end, job.seen) for job, data in zip(jobs, learned, strict=True)}

    def _jobs(self, watched: Watched, values: Values, begin: int, end: int) -> Iterable[Training]:
        start = max(begin, _start(watched, end)) // watched.width * watched.width
        empty = True
        for name, times, row, counts in grids(values, begin, end, watched.width):
            mine = times >= start
            there = np.flatnonzero(counts)
            seen = int(times[there[-1]]) if there.size else start
            if values.groups and end - seen > watched.terms.expiry:
                continue
            empty = False
            known = watched.series.get(name)
            before = known.judge.to_bytes() if known is not None else None
            yield Training(watched.monitor, name, times[mine], policy(watched.monitor, row)[mine], before, seen)
        if empty and not values.groups:
            yield Training(watched.monitor, WHOLE, np.zeros(0, np.int64), np.zeros(0), None, start)

    def _restore(self, watched: Watched, end: int) -> None:
        """Take up kept detector states; those of a changed format are learned anew."""
        progress = self._state.monitors.progress_of(watched.row.id)
        watched.through = min(progress.through, end) if progress is not None else 0
        if watched.monitor.kind != "anomaly" or not watched.through:
            return
        series: dict[str, Series] = {}
        try:
            for name, (through, data) in self._state.monitors.states(watched.row.id).items():
                series[name] = Series(name, restored(data), through, through)
        except PilotageError as error:
            log.warning("detector state not read", extra={"monitor": watched.row.name, "code": error.problem.code})
            return
        if series:
            watched.series, watched.ready = series, True
            watched.trained = min(getattr(getattr(each.judge, "detector", None), "trained_at", 0) for each in series.values())
            watched.kept = watched.learned

    def _stale(self, watched: Watched, end: int) -> bool:
        if watched.monitor.kind != "anomaly":
            return False
        young = not watched.series or any(each.judge.state in _YOUNG for each in watched.series.values())
        return end - watched.trained >= (YOUNG_S if young else RETRAIN_S)

    def _keep(self, members: Sequence[Watched]) -> None:
        for begin in range(0, len(members), KEEP_AT_ONCE):
            some = members[begin : begin + KEEP_AT_ONCE]
            kept = [(each.row.id, _states(each)) for each in some]
            self._state.monitors.keep_states([(key, states) for key, states in kept if states])
            for each in some:
                each.kept = each.through

    def keep(self, feeds: Sequence[Feed], seconds: float = 1.0) -> None:
        """Keep what the judges know, as much as fits into a time: what is left out is judged again after a restart."""
        until = time.monotonic() + seconds
        for feed in feeds:
            if time.monotonic() > until:
                break
            with feed.lock:
                self._keep([each for each in feed.members.values() if each.ready and each.through > each.kept])


def _states(watched: Watched) -> list[tuple[str, int, bytes]]:
    return [(each.name, each.learned, data) for each in watched.series.values() if (data := each.judge.to_bytes()) is not None]


def _stop(watched: Watched, end: int) -> int:
    """Where learning ends: at a first start now, else where judging has come, so that no slice is learned before it is judged."""
    return min(watched.through, end) if watched.through else end


def _start(watched: Watched, end: int) -> int:
    return end - history_of(watched.monitor)


def _charted(change: Change, series: Series, width: int) -> Change:
    alert = change.alert
    values = {name: getattr(alert, name) for name in Alert.__slots__} | {"readings": chart(series, alert, width, alert.readings)}
    return Change(Alert(**values), change.event)


def latest_of(alerts: Iterable[Alert]) -> dict[tuple[str, str, bool], Alert]:
    """The newest alert of each monitor, group and kind."""
    found: dict[tuple[str, str, bool], Alert] = {}
    for alert in alerts:
        key = (alert.monitor_id, alert.group_key, alert.level == MISSING)
        if key not in found or alert.last_slice > found[key].last_slice:
            found[key] = alert
    return found
