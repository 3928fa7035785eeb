"""What a monitor would have done: a causal replay of its history, and the alerts a week to expect from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from pilotage.learn.calendar import Times
from pilotage.learn.contract import DAY_S, Floats
from pilotage.learn.detection import Detection, Detector, Verdicts
from pilotage.learn.series import Flags, on_grid

WEEK_S = 7 * DAY_S
HISTORY_S = 60 * DAY_S
QUIET_S = 1800
YOUNG = ("learning", "insufficient_data", "degraded")


def preview(
    times: Times,
    values: Floats,
    detection: Detection,
    since: int,
    *,
    until: int | None = None,
    markers: Sequence[int] = (),
    check: Callable[[], None] = lambda: None,
) -> Verdicts:
    """Replay the slices from `since` to `until` (starts, epoch seconds; default the last given): trained on what was known before each.

    Retrained weekly, daily while too young to judge. A row never uses data after its own slice; each training sees the 60 days before it.
    `check` is called before each training; what it raises ends the replay.
    """
    width = detection.slice_seconds
    grid, known = on_grid(times, values, width)
    begin = -(-since // width) * width
    end = (int(grid[-1]) if until is None and grid.size else until if until is not None else begin - width) // width * width + width
    if begin >= end:
        return Detector.train(grid[:0], known[:0], detection).advance(grid[:0], known[:0])
    whole = np.arange(min(int(grid[0]), begin) if grid.size else begin, end, width, dtype=np.int64)
    filled = np.full(whole.size, np.nan)
    inside = grid < end
    filled[(grid[inside] - whole[0]) // width] = known[inside]
    parts: list[Verdicts] = []
    detector: Detector | None = None
    start = begin
    while start < end:
        check()
        past = (whole < start) & (whole >= start - HISTORY_S)
        known_markers = [marker for marker in markers if marker < start]
        successor = Detector.train(whole[past], filled[past], detection, incumbent=detector, markers=known_markers)
        detector = successor.taking_over(detector)
        stop = min(end, start + (DAY_S if detector.state in YOUNG else WEEK_S))
        ahead = (whole >= start) & (whole < stop)
        parts.append(detector.advance(whole[ahead], filled[ahead]))
        start += -(-(stop - start) // width) * width
    return Verdicts.joined(parts)


def episodes(alerting: Flags, slice_seconds: int) -> list[tuple[int, int]]:
    """First and last row of each alert: alerting rows whose quiet gaps are at most 30 minutes."""
    quiet = max(1, QUIET_S // slice_seconds)
    rows = np.flatnonzero(alerting)
    if rows.size == 0:
        return []
    cuts = np.flatnonzero(np.diff(rows) > quiet)
    first, last = np.concatenate([rows[:1], rows[cuts + 1]]), np.concatenate([rows[cuts], rows[-1:]])
    return [(int(a), int(b)) for a, b in zip(first, last, strict=True)]


def alerts_per_week(detector: Detector, sensitivity: float) -> float:
    """Alerts a week to expect at a sensitivity (0.1 to 1.0), from what the history out of sample says; NaN before calibration."""
    return detector.expected_alerts(sensitivity)
