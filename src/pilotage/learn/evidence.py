"""What the members of an ensemble say together about a slice: one statistic linear in the value, so that a limit on it is a band.

Each member's residual is divided by its scale; the statistic is their weighted sum plus a share of what the last slices said, which lets
a lasting small shift count as much as a short large one.
"""

from __future__ import annotations

import numpy as np

from pilotage.learn.compile import kernel
from pilotage.learn.contract import Floats, Slots

MEMORY = 0
MEMORY_CLIP = 4.0
LOCAL, GLOBAL = 0.8, 0.6


@kernel
def _score(x: float, knots: Floats, scores: Floats) -> float:
    n = knots.size
    if x <= knots[0]:
        return scores[0]
    i = np.searchsorted(knots, x)
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
def _statistic(score: float, knots: Floats, scores: Floats) -> float:
    n = knots.size
    i = np.searchsorted(scores, score)
    if i == 0:
        return knots[0]
    if i >= n:
        slope = max(knots[n - 1] - knots[n - 2], 1e-12) / (scores[n - 1] - scores[n - 2])
        return knots[n - 1] + slope * (score - scores[n - 1])
    return knots[i - 1] + (knots[i] - knots[i - 1]) * (score - scores[i - 1]) / (scores[i] - scores[i - 1])


@kernel
def combine(
    values: Floats,
    expected: Floats,
    scale: Floats,
    weight: Floats,
    noise: Floats,
    hour: Slots,
    hours: Floats,
    settings: Floats,
    state: Floats,
    out: Floats,
) -> None:
    """Rows of `out`: statistic, centre, and value per unit of statistic; NaN where nobody can say. `settings`: share, decay of the memory."""
    share, decay = settings[0], settings[1]
    for t in range(values.size):
        slope, offset, total = 0.0, 0.0, 0.0
        for m in range(weight.size):
            e = expected[m, t]
            if e != e:  # noqa: PLR0124 - NaN: this member cannot say
                continue
            g, s = GLOBAL * noise[m], LOCAL * scale[m, t]
            sigma = np.sqrt(g * g + s * s) * hours[hour[t]]
            if not sigma > 0.0:
                sigma = 1e-12
            slope += weight[m] / sigma
            offset += weight[m] * e / sigma
            total += weight[m]
        if total <= 0.0:
            continue
        slope, offset = slope / total, offset / total
        memory = share * state[MEMORY]
        out[1, t] = (offset - memory) / slope
        out[2, t] = 1.0 / slope
        out[3, t] = offset / slope
        x = values[t]
        if x == x:  # noqa: PLR0124 - NaN is a missing slice
            own = x * slope - offset
            out[0, t] = own + memory
            own = min(max(own, -MEMORY_CLIP), MEMORY_CLIP)
            state[MEMORY] += (1.0 - decay) * (own - state[MEMORY])


@kernel
def judge(statistic: Floats, above: Floats, above_score: Floats, below: Floats, below_score: Floats, direction: int, score: Floats) -> None:
    """Score of each statistic: -log10 p, two-sided for direction 0, else of the one side."""
    log2 = np.log10(2.0)
    for t in range(statistic.size):
        x = statistic[t]
        if x != x:  # noqa: PLR0124 - NaN is a missing slice
            continue
        up = _score(x, above, above_score)
        down = _score(-x, below, below_score)
        if direction > 0:
            score[t] = up
        elif direction < 0:
            score[t] = down
        else:
            score[t] = max(0.0, max(up, down) - log2)


@kernel
def limits(level: float, above: Floats, above_score: Floats, below: Floats, below_score: Floats, direction: int) -> tuple[float, float]:
    """The statistics at which `judge` gives `level`, below and above."""
    if direction == 0:
        level = level + np.log10(2.0)
    return -_statistic(level, below, below_score), _statistic(level, above, above_score)
