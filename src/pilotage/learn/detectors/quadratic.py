"""A least-squares quadratic over the last 36 slices, one slice ahead: sees short sharp events, blind to slow ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilotage.learn.compile import kernel
from pilotage.learn.contract import Floats, Frame, Rhythm

WINDOW = 36
SCALE, SEEN, POSITION, BUFFER = 0, 1, 2, 3


@kernel
def _advance(settings: Floats, state: Floats, values: Floats) -> Floats:
    window = settings.size
    out = np.full((2, values.size), np.nan)
    for t in range(values.size):
        seen, position = state[SEEN], int(state[POSITION])
        forecast = np.nan
        if seen >= window:
            forecast = 0.0
            for i in range(window):
                forecast += settings[i] * state[BUFFER + (position + i) % window]
            out[0, t] = forecast
            out[1, t] = state[SCALE]
        x = values[t]
        if x == x:  # noqa: PLR0124 - NaN is a missing slice
            if seen >= window:
                e = abs(x - forecast)
                rate = max(0.01, 1.0 / (seen - window + 1.0))
                if seen > 2 * window:
                    e = min(e, 3.0 * state[SCALE])
                state[SCALE] += rate * (1.2533 * e - state[SCALE])
            state[SEEN] = seen + 1.0
        elif seen > 0.0:
            x = state[BUFFER + (position - 1) % window]
        else:
            continue
        state[BUFFER + position] = x
        state[POSITION] = (position + 1) % window
    return out


class Quadratic:
    """The extrapolation is a fixed weighting of the window."""

    name = "quadratic"
    tier = 1

    def candidates(self, rhythm: Rhythm) -> Sequence[Floats]:
        """One: the weights of the window, oldest first."""
        del rhythm
        when = np.arange(-WINDOW, 0) / WINDOW
        design = np.stack([np.ones(WINDOW), when, when * when], axis=1)
        return [np.asarray(np.linalg.pinv(design)[0], dtype=np.float64)]

    def start(self, settings: Floats, rhythm: Rhythm) -> Floats:
        """An empty window."""
        del rhythm
        return np.zeros(BUFFER + settings.size)

    def adopt(self, state: Floats, rhythm: Rhythm) -> None:
        """It follows within its window anyway."""

    def advance(self, settings: Floats, state: Floats, frame: Frame) -> Floats:
        """One pass; a missing slice repeats the last value."""
        return _advance(settings, state, frame.values)


DETECTOR = Quadratic()
