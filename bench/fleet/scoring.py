"""Alerts against incidents by FleetBench's rules: an alert counts where it starts, from one slice before to fifteen minutes after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bench.fleet.varied import DAY, Incident

QUIET, EARLY, GRACE = 6, 1, 3


@dataclass(slots=True)
class Score:
    """What a fleet's alerts were worth."""

    monitors: int = 0
    days: float = 0.0
    false: int = 0
    incidents: Counter[str] = field(default_factory=Counter)
    detected: Counter[str] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)
    daily: list[float] = field(default_factory=list)

    @property
    def false_per_day(self) -> float:
        return self.false / max(self.days, 1e-9)

    @property
    def recall(self) -> float:
        return self.detected.total() / max(self.incidents.total(), 1)

    @property
    def delay_min(self) -> float | None:
        return float(np.median(self.delays)) if self.delays else None

    @property
    def noisiest(self) -> float:
        ordered = sorted(self.daily, reverse=True)
        return float(np.mean(ordered[: max(1, len(ordered) // 20)]))


def starts(alerting: NDArray[np.bool_]) -> NDArray[np.int64]:
    """First slice of each alert; alerts closer than half an hour are one."""
    rows = np.flatnonzero(alerting)
    return rows[np.concatenate([[True], np.diff(rows) > QUIET + 1])] if rows.size else rows


def score(fleet: Iterable[tuple[NDArray[np.bool_], Iterable[Incident]]]) -> Score:
    """`alerting` of the test slices of each monitor, and its incidents counted from there."""
    found = Score()
    for alerting, incidents in fleet:
        first = starts(alerting)
        matched = np.zeros(first.size, bool)
        for i in incidents:
            inside = (first >= i.start - EARLY) & (first <= i.end + GRACE)
            matched |= inside
            found.incidents[i.kind] += 1
            if inside.any():
                found.detected[i.kind] += 1
                found.delays.append(5.0 * max(0, int(first[inside][0]) - i.start))
        found.monitors += 1
        found.days += alerting.size / DAY
        found.false += int((~matched).sum())
        found.daily.append(first.size * DAY / alerting.size)
    return found
