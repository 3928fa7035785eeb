"""How many alerts a week a limit on the score would have given on slices the models had not seen."""

from __future__ import annotations

import numpy as np

from pilotage.learn.compile import kernel
from pilotage.learn.contract import DAY_S, Floats

LEVELS = np.arange(0.8, 6.01, 0.1)
TARGET = 0.8
DEFAULT = 2.3
ENOUGH_WEEKS = 4.0
QUIET_S = 1800
ENOUGH_EPISODES = 4.0


@kernel
def _count(voted: Floats, level: float, quiet: int) -> int:
    last, found = -quiet - 1, 0
    for t in range(voted.size):
        if voted[t] >= level:
            if t - last > quiet:
                found += 1
            last = t
    return found


@kernel
def _voted(score: Floats, window: int, needed: int, out: Floats) -> None:
    ring = np.zeros(window)
    for t in range(score.size):
        ring[t % window] = max(0.0, score[t])
        out[t] = np.sort(ring)[window - needed]


def voted(score: Floats, window: int, needed: int) -> Floats:
    """The `needed`-th largest score of the last `window` slices: an alert is this reaching a limit. NaN counts as 0."""
    out = np.zeros(score.size)
    _voted(score, window, needed, out)
    return out


def rates(statistic: Floats, slice_seconds: int) -> Floats:
    """Log10 of alerts a week at each of `LEVELS`, decreasing; a decade a unit of score where there are too few alerts to count."""
    weeks = statistic.size * slice_seconds / (7.0 * DAY_S)
    quiet = max(1, QUIET_S // slice_seconds)
    counts = np.array([float(_count(statistic, level, quiet)) for level in LEVELS])
    counts = np.maximum.accumulate(counts[::-1])[::-1]
    enough = np.flatnonzero(counts >= ENOUGH_EPISODES)
    last = int(enough[-1]) if enough.size else 0
    known = np.log10(np.maximum(counts[: last + 1], 1.0) / weeks)
    return np.concatenate([known, known[-1] - (LEVELS[last + 1 :] - LEVELS[last])])


def at(level: float, log_rates: Floats) -> float:
    """Alerts a week at a limit, on the line between the levels counted."""
    if level >= LEVELS[-1]:
        return float(10.0 ** (log_rates[-1] - (level - LEVELS[-1])))
    return float(10.0 ** np.interp(level, LEVELS, log_rates))


def doubt(slices: int, slice_seconds: int) -> float:
    """How much higher a limit must be because the alerts were counted over a short time: 0 from four weeks on."""
    weeks = slices * slice_seconds / (7.0 * DAY_S)
    return max(0.0, float(np.log10(ENOUGH_WEEKS / max(weeks, 0.05))))


def target(sensitivity: float) -> float:
    """Alerts a week that a sensitivity asks for: 0.8 at 0.5, ten times as many at 1.0."""
    return float(TARGET * 10.0 ** (2.0 * (sensitivity - 0.5)))


def limit(alerts_per_week: float, log_rates: Floats) -> float:
    """The score at which a slice is unusual so that this many alerts a week come; an ordinary one before there are rates."""
    wanted = float(np.log10(alerts_per_week))
    if log_rates.size == 0:
        return DEFAULT - wanted + float(np.log10(TARGET))
    if wanted >= log_rates[0]:
        return float(LEVELS[0])
    if wanted <= log_rates[-1]:
        return float(LEVELS[-1] + log_rates[-1] - wanted)
    return float(np.interp(-wanted, -log_rates, LEVELS))
