"""Robust double-seasonal Holt-Winters: clipped errors, missing slices skipped, a lasting new level adopted after six hours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilotage.learn.compile import kernel
from pilotage.learn.contract import Floats, Frame, Rhythm, Slots

LEVEL, SCALE, OUT, SEEN, RING = 0, 1, 2, 3, 4
CLIP = 3.0
ALPHAS = (0.002, 0.02, 0.1, 0.3)
GAMMAS = (0.05, 0.15, 0.35)
OMEGAS = (0.0, 0.2)


@kernel
def _advance(settings: Floats, state: Floats, values: Floats, day: Slots, week: Slots, expected: Floats, scale: Floats) -> None:
    alpha, gamma, omega = settings[0], settings[1], settings[2]
    lag, per_day, per_24h = int(settings[3]), int(settings[4]), int(settings[5])
    daily = RING + 1 + lag
    count = daily + per_day
    weekly = count + per_day
    for t in range(values.size):
        d = daily + day[t]
        season = state[d] + (state[weekly + week[t]] if omega > 0.0 else 0.0)
        position = int(state[RING])
        seen = state[SEEN]
        if seen > lag:
            expected[t] = state[RING + 1 + position] + season
            scale[t] = state[SCALE]
        x = values[t]
        if x == x:  # noqa: PLR0124 - NaN is a missing slice
            if seen == 0.0:
                state[LEVEL] = x
                state[SCALE] = 1e-9
                for i in range(lag):
                    state[RING + 1 + i] = x
            e = x - state[LEVEL] - season
            warm = seen < 2 * per_24h
            limit = CLIP * state[SCALE]
            if abs(e) > limit and not warm:
                state[OUT] += 1.0
                e = limit if e > 0.0 else -limit
            else:
                state[OUT] = 0.0
            rate = max(0.01, 2.0 / (seen + 2.0)) if warm else 0.01
            state[SCALE] += rate * (1.2533 * abs(e) - state[SCALE])
            a = max(alpha, 1.0 / (seen + 1.0)) if warm else alpha
            if state[OUT] > per_24h / 4.0:
                a = max(a, 0.2)
            state[LEVEL] += a * e
            n = state[count + day[t]]
            state[d] += max(gamma, 1.0 / (n + 1.0)) * (1.0 - a) * e
            state[count + day[t]] = n + 1.0
            if omega > 0.0:
                state[weekly + week[t]] += 0.5 * omega * (1.0 - a) * e
            state[SEEN] = seen + 1.0
        state[RING + 1 + position] = state[LEVEL]
        state[RING] = (position + 1) % lag


class HoltWinters:
    """Level, daily and weekly profile."""

    name = "holt_winters"

    def candidates(self, rhythm: Rhythm) -> Sequence[Floats]:
        """The grid over level, daily and weekly rates."""
        fixed = (rhythm.lag, rhythm.per_day, rhythm.observed_day)
        omegas = OMEGAS if rhythm.per_day > 1 else (0.0,)
        return [np.array([a, g, w, *fixed]) for w in omegas for a in ALPHAS for g in GAMMAS]

    def start(self, settings: Floats, rhythm: Rhythm) -> Floats:
        """Zeros; the weekly profile is there only where it learns."""
        weekly = 7 * rhythm.per_day if settings[2] > 0 else 0
        return np.zeros(RING + 1 + rhythm.lag + 2 * rhythm.per_day + weekly)

    def advance(self, settings: Floats, state: Floats, frame: Frame) -> tuple[Floats, Floats]:
        """One pass."""
        expected, scale = np.full(frame.values.size, np.nan), np.full(frame.values.size, np.nan)
        _advance(settings, state, frame.values, frame.day, frame.week, expected, scale)
        return expected, scale


DETECTOR = HoltWinters()
