"""Rules over consecutive slices of one series: a fixed bound, deviation from the slices before, sudden change, a resource running out.

A rule gives for each slice a level (0 usual, 1 warning, 2 critical) and the band it stands against; it never looks ahead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from pilotage.watch.conditions import Condition, read_condition
from pilotage.watch.monitors import Monitor

Times = NDArray[np.int64]
Floats = NDArray[np.float64]
LEAST_VALUES = 2
LEAST_PEERS = 5
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Findings:
    """One entry a slice: level 0 to 2, what was expected, the band (NaN where none), a score that grows with the deviation."""

    level: NDArray[np.int8]
    expected: Floats
    lower: Floats
    upper: Floats
    score: Floats


Rule = Callable[[Times, Floats], Findings]


def rule_of(monitor: Monitor) -> tuple[int, Rule]:
    """How many slices before the judged one a monitor's rule needs, and the rule."""
    critical = read_condition(monitor.critical, "critical") if monitor.critical else None
    warning = read_condition(monitor.warning, "warning") if monitor.warning else None
    match monitor.kind:
        case "static":
            return 0, lambda _, values: static(values, critical, warning)
        case "outlier":
            return monitor.baseline, lambda _, values: outlier(values, monitor.baseline, monitor.sigma, monitor.direction)
        case "sudden-change":
            bounds = (critical or read_condition("outside -50..50", "critical"), warning)
            return 2 * monitor.baseline, lambda _, values: sudden_change(values, monitor.baseline, *bounds)
        case "resource":
            left = (critical or read_condition("< 24", "critical"), warning)
            limit = 0.0 if monitor.limit is None else monitor.limit
            return monitor.baseline, lambda times, values: running_out(times, values, monitor.baseline, limit, left)
        case "population":
            far = Condition(">", monitor.sigma)
            return 0, lambda _, values: static(values, far, None)
        case _:
            return 0, lambda _, values: silent(values)


def silent(values: Floats) -> Findings:
    """Nothing unusual: for kinds that do not look at the value."""
    none = np.full(values.size, np.nan)
    return Findings(np.zeros(values.size, np.int8), none, none, none, none)


def static(values: Floats, critical: Condition | None, warning: Condition | None) -> Findings:
    """Fixed conditions; the band shown is that of the sharper one."""
    shown = warning or critical
    lower, upper = shown.band if shown is not None else (np.nan, np.nan)
    level = _levels(values, critical, warning)
    none = np.full(values.size, np.nan)
    return Findings(level, none, np.full(values.size, lower), np.full(values.size, upper), level.astype(np.float64))


def outlier(values: Floats, baseline: int, sigma: float, direction: str) -> Findings:
    """Further than `sigma` standard deviations from the mean of the `baseline` slices before."""
    before = _before(values, baseline)
    known = np.isfinite(before).sum(axis=1)
    mean, deviation = _moments(before, known)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        distance = (values - mean) / np.maximum(deviation, 1e-12)
        signed = distance if direction == "up" else -distance if direction == "down" else np.abs(distance)
    usable = (known >= max(LEAST_VALUES, baseline // 2)) & np.isfinite(values)
    level = np.where(usable & (signed > sigma), 2, 0).astype(np.int8)
    lower = mean - sigma * deviation if direction != "up" else np.full(values.size, np.nan)
    upper = mean + sigma * deviation if direction != "down" else np.full(values.size, np.nan)
    return Findings(level, mean, lower, upper, np.where(usable, np.clip(signed, 0, 300), np.nan))


def sudden_change(values: Floats, baseline: int, critical: Condition, warning: Condition | None) -> Findings:
    """The mean of the last `baseline` slices against the mean of those before, in percent."""
    now, _ = _moments(*_known(_before(np.append(values, np.nan), baseline)[1:]))
    then, _ = _moments(*_known(_before(values, 2 * baseline)[:, :baseline]))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        change = np.where(then != 0, 100.0 * (now - then) / np.abs(then), np.nan)
    level = _levels(change, critical, warning)
    low, high = critical.band
    scale = np.abs(then) / 100.0
    return Findings(
        level, then, then + low * scale, then + high * scale, np.where(np.isfinite(change), np.minimum(np.abs(change), 300), np.nan)
    )


def running_out(times: Times, values: Floats, baseline: int, limit: float, bounds: tuple[Condition, Condition | None]) -> Findings:
    """Hours until a straight line through the last slices reaches the limit; moving away from it is for ever."""
    window = _before(np.append(values, np.nan), baseline + 1)[1:]
    hours = (np.arange(window.shape[1]) - (window.shape[1] - 1)) * (float(times[1] - times[0]) if times.size > 1 else 300.0) / HOUR_S
    known = np.isfinite(window)
    count = known.sum(axis=1)
    filled, x = np.where(known, window, 0.0), np.where(known, hours, 0.0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        mean_x, mean_y = x.sum(axis=1) / count, filled.sum(axis=1) / count
        spread = ((x - mean_x[:, None]) ** 2 * known).sum(axis=1)
        slope = ((x - mean_x[:, None]) * (filled - mean_y[:, None]) * known).sum(axis=1) / spread
        fitted = mean_y - slope * mean_x
        left = (limit - fitted) / slope
    left = np.where((count >= max(3, baseline // 2)) & np.isfinite(values), np.where(left >= 0, left, np.inf), np.nan)
    level = _levels(left, *bounds)
    none = np.full(values.size, np.nan)
    return Findings(level, fitted, none, none, np.where(np.isfinite(left), 1.0 / np.maximum(left, 1e-3), 0.0))


def distances(table: Floats) -> Floats:
    """How far each value of `table[series, slice]` is from the median of all series in its slice, in robust deviations; NaN below five."""
    found = np.full(table.shape, np.nan)
    enough = np.flatnonzero(np.isfinite(table).sum(axis=0) >= LEAST_PEERS)
    known = table[:, enough]
    middle = np.nanmedian(known, axis=0)
    spread = 1.4826 * np.nanmedian(np.abs(known - middle), axis=0)
    found[:, enough] = np.abs(known - middle) / np.maximum(spread, 0.01 * np.abs(middle) + 1e-9)
    return found


def _levels(values: Floats, critical: Condition | None, warning: Condition | None) -> NDArray[np.int8]:
    level = np.zeros(values.size, np.int8)
    if warning is not None:
        level[warning.holds(values)] = 1
    if critical is not None:
        level[critical.holds(values)] = 2
    return level


def _before(values: Floats, count: int) -> Floats:
    """`[n, count]`: the values before each, NaN where there are none."""
    padded = np.concatenate([np.full(count, np.nan), values])
    return sliding_window_view(padded, count)[: values.size]


def _known(window: Floats) -> tuple[Floats, NDArray[np.int64]]:
    return window, np.isfinite(window).sum(axis=1)


def _moments(window: Floats, known: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each row's values; NaN without any."""
    there = np.isfinite(window)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        mean = np.where(there, window, 0.0).sum(axis=1) / known
        variance = (np.where(there, window - mean[:, None], 0.0) ** 2).sum(axis=1) / known
    return mean, np.sqrt(variance)
