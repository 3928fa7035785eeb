"""How many alerts a week a limit on the score would have given on slices the models had not seen."""

from __future__ import annotations

import numpy as np

from pilotage.learn.compile import kernel
from pilotage.learn.contract import DAY_S, Floats

LEVELS = np.arange(1.0, 6.01, 0.25)
QUIET_S = 1800
ENOUGH_EPISODES = 6.0


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
    """Log10 of alerts a week at each of `LEVELS`, decreasing; straight on where there are too few alerts to count."""
    weeks = statistic.size * slice_seconds / (7.0 * DAY_S)
    quiet = max(1, QUIET_S // slice_seconds)
    counts = np.array([float(_count(statistic, level, quiet)) for level in LEVELS])
    found = np.full(LEVELS.size, np.nan)
    enough = counts >= ENOUGH_EPISODES
    last = int(np.flatnonzero(enough)[-1]) if enough.any() else 0
    found[: last + 1] = np.log10(np.maximum(counts[: last + 1], 1.0) / weeks)
    slope = -1.0
    for i in range(last + 1, LEVELS.size):
        found[i] = found[i - 1] + slope * (LEVELS[i] - LEVELS[i - 1])
    return np.asarray(np.minimum.accumulate(found))


def at(level: float, log_rates: Floats) -> float:
    """Alerts a week at a limit, on the line between the levels counted."""
    if level >= LEVELS[-1]:
        return float(10.0 ** (log_rates[-1] - (level - LEVELS[-1])))
    return float(10.0 ** np.interp(level, LEVELS, log_rates))
