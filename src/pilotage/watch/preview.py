"""What a monitor would have done: its history replayed without looking ahead, its alerts a day, and which past incidents it catches.

The judges and episodes are those of the running watch, so a preview promises what the monitor then does.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from pilotage.engine.run import Engine, Search
from pilotage.engine.slices import Values, own_span, values_of
from pilotage.engine.slicing import Cut
from pilotage.engine.watch import Watch
from pilotage.learn.detection import Verdicts
from pilotage.learn.expectation import preview as replayed
from pilotage.model.problem import fail
from pilotage.state.records import Alert, MonitorRow
from pilotage.store.backend import Limits
from pilotage.watch.episodes import advance
from pilotage.watch.judging import detection_of, history_of, judge_of
from pilotage.watch.monitors import Monitor
from pilotage.watch.patterns import FirstSeen
from pilotage.watch.verdicts import distances
from pilotage.watch.watched import WHOLE, Watched, grids, missed, policy, readings_of, silences, watched_of

MOST_DAYS = 60
MOST_SERIES = 20
# What a replay may hold of history and of days replayed: 1-minute slices over 120 days fit into one series.
SERIES_SLICES = 200_000
ALL_SLICES = 10_000_000
LEAST_SLICES = 2
DAY_S = 86_400
GRACE_S = 900
CHART_ROWS = 2016
Series = tuple[str, NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Episode:
    """An alert that would have been: times are slices' starts, epoch seconds."""

    group: str
    level: str
    first_slice: int
    last_slice: int
    value: float | None
    expected: float | None
    score: float | None


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that was wrong, `[begin, end)` epoch seconds; what to call it."""

    begin: float
    end: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Caught:
    """An incident and when it would have alerted first: end of the slice, epoch seconds; None = missed."""

    incident: Incident
    at: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """Rows of (slice, value, expected, lower, upper, score, flags) of one series, oldest first; flags 1 unusual, 2 alerting."""

    group: str
    slice_seconds: int
    rows: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A replay of `days` over `series` series: the alerts, how many a day, those that match no incident, and what each incident got."""

    days: float
    series: int
    alerts: int
    alerts_per_day: float
    false_alerts: int | None
    episodes: tuple[Episode, ...]
    incidents: tuple[Caught, ...]
    chart: Chart | None
    seconds: float
    messages: tuple[str, ...] = ()


def preview(
    engine: Engine,
    monitor: Monitor,
    days: float,
    now: float,
    incidents: Sequence[Incident] = (),
    *,
    limits: Limits | None = None,
    stop: threading.Event | None = None,
) -> Preview:
    """Replay the last `days` (1 to 60; the history before them is learned first). Blocking; setting `stop` ends it between trainings.

    Raises `PilotageError`, among them codes `bad-preview`, `preview-size`, `query-cancelled`.
    """
    begun = time.perf_counter()
    if not 1 <= days <= MOST_DAYS:
        raise fail("bad-preview", f"a preview of {days:g} days", hint=f"replay 1 to {MOST_DAYS} days")
    if monitor.kind == "composite":
        raise fail("bad-preview", "a composite monitor has no history of its own", hint="preview the monitors it names")
    search = Search(monitor.query, monitor.language, limits=limits or Limits())
    width = monitor.slice_seconds if monitor.slice else own_span(engine, search) or monitor.slice_seconds
    watched = watched_of(MonitorRow("preview", monitor.name, monitor.kind, _text(monitor), True, 1, 0, 0), width)
    end = int(now) // width * width
    since = end - round(days * DAY_S) // width * width
    begin = (since - history_of(monitor)) // width * width
    _check_size((begin, since, end), width)
    search = replace(search, query=watched.question.query)
    found = values_of(engine, search, Cut(width, begin, end, monitor.value, monitor.by), stop)
    messages = [each.sentence for each in found.messages]
    if len(found.names) > MOST_SERIES and monitor.kind not in ("population", "pattern"):
        messages.append(f"{len(found.names)} groups, the {MOST_SERIES} with most events are replayed")
        found = found.largest(MOST_SERIES)
    _check_size((begin, since, end), width, len(found.names))
    alerts, chart = _replay(watched, found, (begin, since, end), Watch(0, stop).check)
    caught = tuple(_caught(incident, alerts, width) for incident in incidents)
    unmatched = sum(not any(_matches(incident, alert, width) for incident in incidents) for alert in alerts) if incidents else None
    episodes = tuple(
        Episode(a.group_key, a.level, a.first_slice, a.last_slice, a.value, a.expected, a.score)
        for a in sorted(alerts, key=lambda alert: alert.first_slice)
    )
    replay_days = (end - since) / DAY_S
    spent = time.perf_counter() - begun
    return Preview(
        replay_days, len(found.names), len(alerts), len(alerts) / replay_days, unmatched, episodes, caught, chart, spent, tuple(messages)
    )  # fmt: skip


def _check_size(span: tuple[int, int, int], width: int, series: int = 1) -> None:
    """Raises codes `bad-preview` for too few slices, `preview-size` for too many."""
    begin, since, end = span
    if end - since < LEAST_SLICES * width:
        sentence = f"a slice of {width} s leaves fewer than {LEAST_SLICES} slices in the days of the preview"
        raise fail("bad-preview", sentence, hint="replay more days, or use a narrower slice")
    slices = (end - begin) // width
    hint = "use a wider slice, fewer days or a shorter `history`"
    if slices > SERIES_SLICES:
        sentence = f"{slices} slices of {width} s with the history before the preview, at most {SERIES_SLICES} a series"
        raise fail("preview-size", sentence, hint=hint)
    if slices * series > ALL_SLICES:
        sentence = f"{series} series of {slices} slices are {slices * series}, at most {ALL_SLICES} in all"
        raise fail("preview-size", sentence, hint=f"{hint}, or group by fewer values")


def _replay(watched: Watched, values: Values, span: tuple[int, int, int], check: Callable[[], None]) -> tuple[list[Alert], Chart | None]:
    begin, since, end = span
    series: Iterable[Series] = grids(values, begin, end, watched.width)
    if not values.names and not values.groups:
        times = np.arange(begin, end, watched.width, dtype=np.int64)
        series = [(WHOLE, times, np.full(times.size, np.nan), np.zeros(times.size, np.int64))]
    if watched.monitor.kind == "population" and (series := list(series)):
        far = distances(np.stack([row for _, _, row, _ in series]))
        series = [(name, times, row, counts) for (name, times, _, counts), row in zip(series, far, strict=True)]
    alerts: list[Alert] = []
    chart: Chart | None = None
    shown = (-1, -1)
    for number, (name, times, row, counts) in enumerate(series):
        check()
        found: dict[str, Alert] = {}
        if missed(watched.monitor):
            there = np.flatnonzero(counts[times < since])
            seen = int(times[there[-1]]) if there.size else since
            fresh = times >= since
            readings, _ = silences(watched, seen, times[fresh], counts[fresh])
            found |= {change.alert.id: change.alert for change in advance(watched.terms, name, None, readings, missing=True)}
        if watched.monitor.kind != "missing":
            verdicts = _verdicts(watched.monitor, times, policy(watched.monitor, row), since, check)
            mine = counts[np.searchsorted(times, verdicts.time)] if len(verdicts) else counts[:0]
            readings = readings_of(watched, verdicts, since, mine)
            found |= {change.alert.id: change.alert for change in advance(watched.terms, name, None, readings)}
            if (len(found), -number) > shown:
                shown, chart = (len(found), -number), Chart(name, watched.width, _rows(verdicts))
        alerts += found.values()
    return alerts, chart


def _verdicts(monitor: Monitor, times: NDArray[np.int64], values: NDArray[np.float64], since: int, check: Callable[[], None]) -> Verdicts:
    if monitor.kind == "anomaly":
        return replayed(times, values, detection_of(monitor), since, check=check)
    first = int(np.searchsorted(times, since))
    if monitor.kind == "pattern":
        known = bool(np.isfinite(values[:first]).any())
        return FirstSeen(known=known).advance(times[first:], values[first:])
    judge = judge_of(monitor, times[:first], values[:first])
    return judge.advance(times[first:], values[first:])


def _rows(verdicts: Verdicts) -> tuple[tuple[float | None, ...], ...]:
    """Thinned to what a chart can show; alerting and unusual slices are kept."""
    step = max(1, len(verdicts) // CHART_ROWS)
    kept = np.flatnonzero((np.arange(len(verdicts)) % step == 0) | verdicts.unusual)
    columns = [verdicts.value, verdicts.expected, verdicts.lower, verdicts.upper, verdicts.score]
    return tuple(
        (
            float(verdicts.time[i]),
            *(float(f"{column[i]:.7g}") if math.isfinite(column[i]) else None for column in columns),
            float(verdicts.unusual[i]) + 2.0 * float(verdicts.alerting[i]),
        )
        for i in kept.tolist()
    )


def _caught(incident: Incident, alerts: Sequence[Alert], width: int) -> Caught:
    times = [alert.opened_at for alert in alerts if _matches(incident, alert, width)]
    return Caught(incident, min(times, default=None))


def _matches(incident: Incident, alert: Alert, width: int) -> bool:
    """The alert begins within the incident, one slice before it or up to a quarter of an hour after."""
    return incident.begin - width <= alert.first_slice <= incident.end + GRACE_S


def _text(monitor: Monitor) -> str:
    return msgspec.json.encode(monitor.document()).decode()
