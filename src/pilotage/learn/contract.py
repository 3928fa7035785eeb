"""What a detector of `learn/detectors` must offer: a causal one-pass forecast of a series, its state in one flat array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Slots = NDArray[np.int64]
DAY_S = 86400
AHEAD_S = 1800


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How slices fill a day: `per_day` slots (1 where slices do not divide a day), `lag` slices between forecast and slice."""

    slice_seconds: int
    per_day: int
    lag: int

    @classmethod
    def of(cls, slice_seconds: int) -> Rhythm:
        """The rhythm of slices this long; forecasts look 30 minutes ahead, so that a model does not swallow the incident."""
        per_day = DAY_S // slice_seconds if slice_seconds <= DAY_S // 2 and DAY_S % slice_seconds == 0 else 1
        return cls(slice_seconds, per_day, min(60, max(1, AHEAD_S // slice_seconds)))

    @property
    def observed_day(self) -> int:
        """Slices in 24 h, at least 1."""
        return max(1, DAY_S // self.slice_seconds)


@dataclass(frozen=True, slots=True)
class Frame:
    """Consecutive slices of one series.

    `values[n]` on the model's scale, NaN = missing; `slots[2, n]` of the day and of the week; `number[n]` slices since the epoch;
    `season[n]` what the batch profile expects beside the level (0 without one).
    """

    values: Floats
    slots: Slots
    number: NDArray[np.int64]
    season: Floats
    rhythm: Rhythm

    def __len__(self) -> int:
        return int(self.values.size)

    def until(self, end: int) -> Frame:
        """The first `end` slices."""
        return Frame(self.values[:end], self.slots[:, :end], self.number[:end], self.season[:end], self.rhythm)

    def with_season(self, season: Floats) -> Frame:
        """The same slices beside another profile."""
        return Frame(self.values, self.slots, self.number, season, self.rhythm)


class Detector(Protocol):
    """One method. `name` is persisted: choose once. `tier` 0 always runs, 1 only under a budget of seconds."""

    name: str
    tier: int

    def candidates(self, rhythm: Rhythm) -> Sequence[Floats]:
        """Settings to try, cheapest first."""
        ...

    def start(self, settings: Floats, rhythm: Rhythm) -> Floats:
        """The state before the first slice."""
        ...

    def adopt(self, state: Floats, rhythm: Rhythm) -> None:
        """A deployment happened: a new level from here on is to be taken over fast."""
        ...

    def advance(self, settings: Floats, state: Floats, frame: Frame) -> Floats:
        """Expected value and scale of each slice, `[2, n]` (NaN = cannot say); `state` moves on in place. Causal, whatever the cuts."""
        ...
