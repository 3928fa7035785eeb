"""A signal that stops moving: stuck at a value, or far calmer than ever, while each single value lies well inside its band.

The statistic is minus the logarithm of the mean change from slice to slice over the last two hours of values, in units of the noise; its
upper tail is calibrated like that of the residuals. A signal that rests by nature (sparse counts) thereby never alerts for resting.
"""

from __future__ import annotations

import numpy as np

from pilotage.learn.compile import kernel
from pilotage.learn.contract import Floats

WINDOW = 24
LARGEST, FLOOR = 3.0, 0.02
LIMIT = 5.0
LAST, SEEN, POSITION, RING = 0, 1, 2, 3


def start() -> Floats:
    """The state before the first slice."""
    return np.zeros(RING + WINDOW)


@kernel
def measure(values: Floats, unit: Floats, state: Floats) -> Floats:
    """The statistic at each slice (NaN: missing, or fewer than `WINDOW` changes seen); `state` moves on."""
    out = np.full(values.size, np.nan)
    for t in range(values.size):
        x = values[t]
        if not (x == x and unit[t] > 0.0):  # noqa: PLR0124 - NaN is a missing slice
            continue
        if state[SEEN] > 0.0:
            position = int(state[POSITION])
            state[RING + position] = min(abs(x - state[LAST]) / unit[t], LARGEST)
            state[POSITION] = (position + 1) % WINDOW
        state[LAST] = x
        state[SEEN] += 1.0
        if state[SEEN] > WINDOW:
            total = 0.0
            for i in range(WINDOW):
                total += state[RING + i]
            out[t] = -np.log(total / WINDOW + FLOOR)
    return out
