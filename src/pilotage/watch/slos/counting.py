"""From queries and alerts to counted slices of an objective: how much was good of how much."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pilotage.engine.run import Engine, Search
from pilotage.engine.slices import check_query, values_of
from pilotage.engine.slicing import Cut
from pilotage.model.problem import fail
from pilotage.state.records import Alert
from pilotage.store.backend import Limits
from pilotage.watch.conditions import read_condition
from pilotage.watch.slos.objective import Slo

MINUTE = 60
Row = tuple[int, float, float]
Floats = NDArray[np.float64]


def counted(engine: Callable[[], Engine], slo: Slo, begin: int, end: int, limits: Limits) -> list[Row]:
    """(start, good, total) of every slice in `[begin, end)` by the objective's query. Blocking. Raises `PilotageError`."""
    width = slo.slice_seconds
    times = np.arange(begin, end, width, dtype=np.int64)
    if slo.kind == "window":
        value = _column(engine, slo, slo.value, times, limits)
        good = read_condition(slo.threshold, "threshold").holds(value).astype(float)
        total = np.where(np.isnan(value), 0.0, 1.0)
    else:
        total = np.nan_to_num(_column(engine, slo, slo.total, times, limits))
        good = np.nan_to_num(_column(engine, slo, slo.good, times, limits))
        good = np.clip(good, 0.0, np.maximum(total, 0.0))
    if slo.missing != "ignore":
        absent = total <= 0
        total[absent] = 1.0
        good[absent] = 1.0 if slo.missing == "good" else 0.0
    return list(zip(times.tolist(), good.tolist(), total.tolist(), strict=True))


def _column(engine: Callable[[], Engine], slo: Slo, name: str, times: NDArray[np.int64], limits: Limits) -> Floats:
    width = slo.slice_seconds
    cut = Cut(width, int(times[0]), int(times[-1]) + width, name)
    found = values_of(engine(), Search(slo.query, slo.language, limits=limits), cut)
    if len(found.names) > 1 or (found.names and found.names != ("{}",)):
        raise fail("slo-groups", "the query of an objective gives a row a group, it must give one of all", hint="leave out `by`")
    values = np.full(len(times), np.nan)
    place = (found.time - int(times[0])) // width
    inside = (place >= 0) & (place < len(times))
    values[place[inside]] = found.value[inside]
    return values


def checked(engine: Callable[[], Engine], slo: Slo, now: float) -> None:
    """Refuse a query that cannot be counted, without reading events. Raises `PilotageError`."""
    if slo.kind == "monitor":
        return
    end = int(now)
    for name in (slo.value,) if slo.kind == "window" else (slo.good, slo.total):
        made = check_query(engine(), Search(slo.query, slo.language), Cut(slo.slice_seconds, end - slo.slice_seconds, end, name))
        if made.groups:
            raise fail("slo-groups", "the query of an objective gives a row a group, it must give one of all", hint="leave out `by`")


def of_monitor(alerts: Sequence[Alert], slo: Slo, begin: int, end: int) -> list[Row]:
    """(start, good minutes, minutes) of every slice: a minute is bad when the monitor had an alert at any point of it."""
    minutes = np.ones(max(0, (end - begin) // MINUTE))
    for alert in alerts:
        over = alert.resolved_at if alert.resolved_at is not None else float(end)
        first, last = int((alert.opened_at - begin) // MINUTE), int(-((begin - over) // MINUTE))
        minutes[max(0, first) : max(0, last)] = 0.0
    each = slo.slice_seconds // MINUTE
    good = minutes.reshape(-1, each).sum(axis=1)
    return [(begin + number * slo.slice_seconds, float(count), float(each)) for number, count in enumerate(good.tolist())]
