"""What the members of an ensemble say together about a slice: one statistic linear in the value, so that a limit on it is a band.

Each member's residual is divided by its scale, which mixes its local and its overall noise so that quiet hours get no tiny band.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pilotage.learn.compile import kernel
from pilotage.learn.contract import Floats

LOCAL, GLOBAL = 0.8, 0.6


@kernel
def _score(x: Any, knots: Any, scores: Any) -> Any:
    n = knots.size
    if x <= knots[0]:
        return scores[0]
    i = int(np.searchsorted(knots, x))
    if i >= n:
        i = n - 1
        if x == knots[i]:
            return scores[i]
        slope = (scores[n - 1] - scores[n - 2]) / max(knots[n - 1] - knots[n - 2], 1e-12)
        return min(scores[n - 1] + slope * (x - knots[n - 1]), 300.0)
    if x == knots[i]:
        return scores[i]
    return scores[i - 1] + (scores[i] - scores[i - 1]) * (x - knots[i - 1]) / (knots[i] - knots[i - 1])


@kernel
def _statistic(score: Any, knots: Any, scores: Any) -> Any:
    n = knots.size
    i = int(np.searchsorted(scores, score))
    if i == 0:
        return knots[0]
    if i >= n:
        slope = max(knots[n - 1] - knots[n - 2], 1e-12) / (scores[n - 1] - scores[n - 2])
        return knots[n - 1] + slope * (score - scores[n - 1])
    return knots[i - 1] + (knots[i] - knots[i - 1]) * (score - scores[i - 1]) / (scores[i] - scores[i - 1])


@kernel
def combine(values: Floats, forecasts: Floats, weights: Floats, hours: Floats, out: Floats) -> None:
    """Rows of `out`: statistic, expected value, and value per unit of the statistic; NaN where nobody can say.

    `forecasts[m, 2, n]` is expected value and scale of each member, `weights[3, m]` its weight, its noise out of sample
    and the least scale, `hours[n]` how much noisier this hour is than the day.
    """
    for t in range(values.size):
        slope, offset, total = 0.0, 0.0, 0.0
        for m in range(weights.shape[1]):
            e = forecasts[m, 0, t]
            if e != e:  # noqa: PLR0124 - NaN: this member cannot say
                continue
            g, s = GLOBAL * weights[1, m], LOCAL * forecasts[m, 1, t]
            sigma = max(np.sqrt(g * g + s * s) * hours[t], weights[2, m])
            slope += weights[0, m] / sigma
            offset += weights[0, m] * e / sigma
            total += weights[0, m]
        if total > 0.0:
            slope, offset = slope / total, offset / total
            out[0, t] = values[t] * slope - offset
            out[1, t] = offset / slope
            out[2, t] = 1.0 / slope


@kernel
def judge(statistic: Floats, tails: Floats, direction: int, score: Floats) -> None:
    """Score of each statistic: -log10 p, two-sided for direction 0, else of the one side.

    `tails[4, k]`: statistic and score of the upper tail, then of the lower one.
    """
    log2 = np.log10(2.0)
    for t in range(statistic.size):
        x = statistic[t]
        if x != x:  # noqa: PLR0124 - NaN is a missing slice
            continue
        up = _score(x, tails[0], tails[1])
        down = _score(-x, tails[2], tails[3])
        if direction > 0:
            score[t] = up
        elif direction < 0:
            score[t] = down
        else:
            score[t] = max(0.0, max(up, down) - log2)


@kernel
def rare(statistic: Floats, tail: Floats, score: Floats) -> None:
    """Score of each statistic by one upper tail `[2, k]`."""
    for t in range(statistic.size):
        if statistic[t] == statistic[t]:
            score[t] = _score(statistic[t], tail[0], tail[1])


@kernel
def limits(level: float, tails: Floats, direction: int) -> tuple[float, float]:
    """The statistics at which `judge` gives `level`, below and above."""
    if direction == 0:
        level += np.log10(2.0)
    return -_statistic(level, tails[2], tails[3]), _statistic(level, tails[0], tails[1])
