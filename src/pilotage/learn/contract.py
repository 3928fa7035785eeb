"""What a detector of `learn/detectors` must offer: a causal one-pass forecast of a series, its state in one flat array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Slots = NDArray[np.int32]
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
    """Consecutive slices of one series: values (transformed, NaN = missing), slot of the day, slot of the week."""

    values: Floats
    day: Slots
    week: Slots
    rhythm: Rhythm


class Detector(Protocol):
    """One method. `name` is persisted: choose once."""

    name: str

    def candidates(self, rhythm: Rhythm) -> Sequence[Floats]:
        """Settings to try, cheapest first."""
        ...

    def start(self, settings: Floats, rhythm: Rhythm) -> Floats:
        """The state before the first slice."""
        ...

    def advance(self, settings: Floats, state: Floats, frame: Frame) -> tuple[Floats, Floats]:
        """Expected value and scale of each slice (NaN = cannot say); `state` moves on in place. Causal, whatever the cuts."""
        ...
