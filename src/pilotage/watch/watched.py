"""A monitor while it runs: its series with their judges, what was judged lately, and how far it is."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import numpy as np
from numpy.typing import NDArray

from pilotage.engine.slices import Values
from pilotage.learn.detection import Verdicts
from pilotage.state.records import Alert, MonitorRow
from pilotage.watch.conditions import Condition
from pilotage.watch.episodes import Reading, Terms
from pilotage.watch.judging import Judge, clear_condition
from pilotage.watch.monitors import Monitor, read_monitor, seconds
from pilotage.watch.patterns import counted

RECENT = 96
WHOLE = "{}"
_ORDER = ("ok", "sparse", "learning", "insufficient_data", "degraded")
Floats = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Question:
    """What monitors have in common that one scan can answer; lengths in seconds."""

    query: str
    language: str
    slice: int
    delay: int
    value: str
    by: tuple[str, ...]
    most_groups: int


@dataclass(slots=True)
class Series:
    """One series of a monitor: its judge, how far that has learned, the last slice with data, and the last judged slices."""

    name: str
    judge: Judge
    learned: int
    seen: int
    recent: NDArray[np.float32] = field(default_factory=lambda: np.full((RECENT, 6), np.nan, np.float32))
    stamps: NDArray[np.int64] = field(default_factory=lambda: np.zeros(RECENT, np.int64))

    def note(self, verdicts: Verdicts, width: int) -> None:
        """Remember judged slices for the chart of an alert."""
        last = slice(max(0, len(verdicts) - RECENT), None)
        place = (verdicts.time[last] // width) % RECENT
        self.stamps[place] = verdicts.time[last]
        for column, name in enumerate(("value", "expected", "lower", "upper", "score")):
            self.recent[place, column] = getattr(verdicts, name)[last]
        self.recent[place, 5] = verdicts.unusual[last] + 2.0 * verdicts.alerting[last]

    def readings(self, since: int) -> list[list[float | None]]:
        """Rows of (slice, value, expected, lower, upper, score, flags) since a slice, oldest first; flags 1 unusual, 2 alerting."""
        order = np.argsort(self.stamps, kind="stable")
        rows = []
        for place in order.tolist():
            if self.stamps[place] >= since > 0:
                numbers = [None if math.isnan(x) else float(f"{x:.7g}") for x in self.recent[place].tolist()]
                rows.append([int(self.stamps[place]), *numbers])
        return rows


@dataclass(slots=True)
class Watched:
    """A monitor in evaluation. `through` is where its last committed slice ends, epoch seconds."""

    row: MonitorRow
    monitor: Monitor
    terms: Terms
    clear: Condition | None
    question: Question
    through: int = 0
    series: dict[str, Series] = field(default_factory=dict)
    trained: int = 0
    ready: bool = False
    kept: int = 0
    problem: str = ""

    @property
    def width(self) -> int:
        """Seconds of a slice."""
        return self.question.slice

    @property
    def learned(self) -> int:
        """How far all judges are."""
        return min((each.learned for each in self.series.values()), default=self.through)

    def state(self) -> tuple[str, str]:
        """The state that most needs attention among its series, and why."""
        if self.problem:
            return "failed", self.problem
        if not self.ready:
            return "learning", "history"
        found = Counter(each.judge.state for each in self.series.values())
        worst = max(found, key=lambda state: _ORDER.index(state) if state in _ORDER else 0, default="ok")
        reason = next((each.judge.reason for each in self.series.values() if each.judge.state == worst and each.judge.reason), "")
        return worst, reason


def watched_of(row: MonitorRow, width: int | None = None) -> Watched:
    """The monitor of a kept row; `width` are the seconds of slices that its query makes itself. Raises `bad-monitor`."""
    monitor = read_monitor(msgspec.json.decode(row.definition))
    slice_s = monitor.slice_seconds if monitor.slice or width is None else width
    terms = Terms(
        row.id,
        slice_s,
        seconds(monitor.recovery, "recovery"),
        seconds(monitor.quiet, "quiet"),
        seconds(monitor.expiry, "expiry"),
        msgspec.json.encode(monitor.labels).decode(),
        monitor.shadow,
    )
    delay = seconds(monitor.delay, "delay")
    query = counted(monitor) if monitor.kind == "pattern" else monitor.query
    question = Question(query, monitor.language, slice_s, delay, monitor.value, monitor.by, monitor.most_groups)
    return Watched(row, monitor, terms, clear_condition(monitor), question)


def grids(values: Values, begin: int, end: int, width: int) -> Iterator[tuple[str, Times, Floats, NDArray[np.int64]]]:
    """Every series of the rows on the whole grid `[begin, end)`: name, slices' starts, values (NaN = missing), counts."""
    times = np.arange(begin, end, width, dtype=np.int64)
    order = np.argsort(values.series, kind="stable")
    cuts = np.searchsorted(values.series[order], np.arange(len(values.names) + 1))
    for number, name in enumerate(values.names):
        rows = order[cuts[number] : cuts[number + 1]]
        place = (values.time[rows] - begin) // width
        inside = (place >= 0) & (place < times.size)
        row, counts = np.full(times.size, np.nan), np.zeros(times.size, np.int64)
        row[place[inside]] = values.value[rows][inside]
        counts[place[inside]] = values.count[rows][inside]
        row[~np.isfinite(row)] = np.nan
        yield name, times, row, counts


def policy(monitor: Monitor, values: Floats, before: float = math.nan) -> Floats:
    """What missing slices count as: zero, the last value (`hold`), or missing."""
    if monitor.missing == "zero":
        return np.where(np.isnan(values), 0.0, values)
    if monitor.missing == "hold":
        known = np.where(np.isnan(values), 0, np.arange(1, values.size + 1))
        last = np.maximum.accumulate(known) if values.size else known
        return np.where(last > 0, values[np.maximum(last - 1, 0)], before)
    return values


def readings_of(watched: Watched, verdicts: Verdicts, since: int, counts: NDArray[np.int64]) -> list[Reading]:
    """The verdicts of slices from `since` on, as episodes take them."""
    state, reason = watched.state()
    clear = watched.clear.holds(verdicts.value) if watched.clear is not None else None
    first = int(np.searchsorted(verdicts.time, since))
    return [
        Reading(
            int(verdicts.time[i]),
            _number(verdicts.value[i]),
            _number(verdicts.expected[i]),
            _number(verdicts.lower[i]),
            _number(verdicts.upper[i]),
            _number(verdicts.score[i]),
            unusual=bool(verdicts.unusual[i]),
            level=int(verdicts.level[i]) if verdicts.alerting[i] else 0,
            reason=f"{state}: {reason}" if reason else state,
            clear=clear is None or bool(clear[i]),
            absent=bool(counts[i] == 0) and math.isnan(verdicts.value[i]),
        )
        for i in range(first, len(verdicts))
    ]


def silences(watched: Watched, seen: int, times: Times, counts: NDArray[np.int64]) -> tuple[list[Reading], int]:
    """Readings of a series' silence: alerting once there was no data for `missing_for`; and the last slice with data."""
    limit = seconds(watched.monitor.missing_for, "missing_for")
    found = []
    for time, count in zip(times.tolist(), counts.tolist(), strict=True):
        seen = time if count else seen
        silent = time - seen
        level = 2 if silent >= limit else 0
        reason = f"no data for {silent} s" if level else ""
        found.append(Reading(time, float(count), None, None, None, silent / max(limit, 1), bool(level), level, reason))
    return found, seen


def missed(monitor: Monitor) -> bool:
    """Whether the absence of data is an alert of its own."""
    return monitor.kind == "missing" or monitor.missing == "alert"


def chart(series: Series, alert: Alert, width: int, kept: str) -> str:
    """The JSON of an alert's slices: those kept before its episode and since, at most four hundred."""
    before = {row[0]: row for row in msgspec.json.decode(kept)} if kept else {}
    before |= {row[0]: row for row in series.readings(alert.first_slice - RECENT * width)}
    rows = [before[time] for time in sorted(before)]
    return msgspec.json.encode(rows[:RECENT] + rows[RECENT:][-300:]).decode()


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
