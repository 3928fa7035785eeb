"""A series on its grid: one value a slice, what a missing slice means, and the scale on which its noise is even."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pilotage.learn.calendar import Times
from pilotage.learn.contract import Floats
from pilotage.model.problem import fail

Flags = NDArray[np.bool_]
Kind = Literal["identity", "root", "log"]
LARGEST_SPAN = 10_000_000
COUNT_MEDIAN = 1000.0
SKEW = 1.6
ENOUGH_VALUES = 50


def on_grid(times: Times, values: Floats, slice_seconds: int) -> tuple[Times, Floats]:
    """Every slice from the first to the last, aligned to the epoch; the last of duplicates wins, ±inf and absent are NaN.

    `times` are epoch seconds in any order. Raises code `series-span` beyond 10 million slices.
    """
    if times.size != values.size:
        raise fail("series-lengths", f"{times.size} times and {values.size} values", hint="give one value a time")
    if times.size == 0:
        return np.zeros(0, np.int64), np.zeros(0)
    slot = np.asarray(times, dtype=np.int64) // slice_seconds
    first, last = int(slot.min()), int(slot.max())
    if last - first >= LARGEST_SPAN:
        raise fail("series-span", f"{last - first + 1} slices of {slice_seconds} s, at most {LARGEST_SPAN}", hint="use a wider time slice")
    grid = np.full(last - first + 1, np.nan)
    grid[slot - first] = values  # numpy assigns in order, so the last wins
    grid[~np.isfinite(grid)] = np.nan
    return (first + np.arange(grid.size, dtype=np.int64)) * slice_seconds, grid


@dataclass(frozen=True, slots=True)
class Transform:
    """To the scale of the models and back; both directions are increasing."""

    kind: Kind = "identity"
    unit: float = 1.0

    def forward(self, values: Floats) -> Floats:
        """NaN stays NaN; a value below the domain becomes its edge."""
        if self.kind == "root":
            return np.asarray(np.sqrt(np.maximum(values, 0.0) + 0.375) + np.minimum(values, 0.0))
        if self.kind == "log":
            return np.asarray(np.log(np.maximum(values / self.unit, 1e-12)))
        return np.asarray(values / self.unit)

    def back(self, values: Floats) -> Floats:
        """The inverse of `forward`."""
        if self.kind == "root":
            return np.asarray(np.maximum(values, 0.0) ** 2 - 0.375)
        if self.kind == "log":
            return np.asarray(np.exp(np.minimum(values, 700.0)) * self.unit)
        return np.asarray(values * self.unit)


def choose_transform(values: Floats) -> Transform:
    """Square root for counts, logarithm for positive values with a long upper tail, else only a unit near the data's size."""
    known = values[np.isfinite(values)]
    if known.size < ENOUGH_VALUES:
        return Transform()
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95])
    if known.min() == known.max():
        return Transform("identity", float(abs(known[0])) or 1.0)
    if known.min() >= 0 and middle < COUNT_MEDIAN and bool(np.all(known == np.round(known))):
        return Transform("root")
    if known.min() > 0 and high - middle > SKEW * (middle - low):
        return Transform("log", float(middle))
    size = float(np.max(np.abs([low, middle, high])))
    return Transform("identity", size if np.isfinite(size) and size > 0 else 1.0)


def absent_is_zero(values: Floats) -> bool:
    """Whether this looks like a count that sends nothing at zero: whole numbers, never 0, small, and often absent."""
    known = values[np.isfinite(values)]
    if known.size < 10 or not bool(np.all((known >= 1) & (known == np.round(known)))):
        return False
    begin = int(np.flatnonzero(np.isfinite(values))[0])
    absent = 1.0 - known.size / (values.size - begin)
    # A Poisson count of mean m is 0 in a share exp(-m) of slices; whole outages make runs, silence at zero is scattered.
    low_share = float(np.mean(known <= 2))
    return bool(absent > 0.02 and (low_share > 0.05 or absent > 0.3))
