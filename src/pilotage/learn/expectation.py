"""What a monitor would have done: a causal replay of its history, and the alerts a week to expect from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilotage.learn.calendar import Times
from pilotage.learn.contract import DAY_S, Floats
from pilotage.learn.detection import Detection, Detector, Verdicts
from pilotage.learn.series import Flags, on_grid

WEEK_S = 7 * DAY_S
HISTORY_S = 60 * DAY_S
QUIET_S = 1800
YOUNG = ("learning", "insufficient_data", "degraded")


def preview(times: Times, values: Floats, detection: Detection, since: int, *, markers: Sequence[int] = ()) -> Verdicts:
    """Replay from `since` (epoch seconds) to the end: trained on what was known, retrained weekly, daily while too young to judge.

    A row never uses data after its own slice; each training sees the 60 days before it.
    """
    width = detection.slice_seconds
    grid, known = on_grid(times, values, width)
    parts: list[Verdicts] = []
    detector: Detector | None = None
    begin = -(-since // width) * width
    end = int(grid[-1]) + width if grid.size else begin
    start = begin
    while start < end or detector is None:
        past = (grid < start) & (grid >= start - HISTORY_S)
        detector = Detector.train(grid[past], known[past], detection, incumbent=detector, markers=[m for m in markers if m < start])
        stop = min(end, start + (DAY_S if detector.state in YOUNG else WEEK_S))
        ahead = (grid >= start) & (grid < stop)
        parts.append(detector.advance(grid[ahead], known[ahead]))
        start = max(stop, start + width)
    return Verdicts.joined(parts).since(begin)


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
