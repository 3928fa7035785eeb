"""The words between a monitor and its detector: what the owner chose, and the verdict on each slice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pilotage.learn.calendar import Calendar, Times
from pilotage.learn.contract import Floats
from pilotage.learn.series import Flags
from pilotage.model.problem import fail

Direction = Literal["both", "up", "down"]
Missing = Literal["auto", "gap", "zero"]
STATES = ("learning", "insufficient_data", "sparse", "degraded", "ok")
LEVELS = ("none", "warning", "critical")
_SHARE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<percent>%)?")


@dataclass(frozen=True, slots=True)
class Detection:
    """How a series is judged; only the width of its slices must be given.

    `window` and `min_unusual` are the vote; `sensitivity` 0.1 to 1.0 rises with the expected alerts a week; `min_deviation` (in the
    value's unit) and `min_deviation_share` (of the expected value) keep small deviations quiet; `budget_s` is CPU time for a training.
    """

    slice_seconds: int
    window: int = 5
    min_unusual: int = 3
    direction: Direction = "both"
    sensitivity: float = 0.5
    missing: Missing = "auto"
    escape: bool = True
    min_deviation: float = 0.0
    min_deviation_share: float = 0.0
    warning_sensitivity: float | None = None
    calendar: Calendar | None = None
    budget_s: float = 0.2

    def __post_init__(self) -> None:
        if self.slice_seconds < 1:
            raise fail("detection-slice", f"a slice of {self.slice_seconds} seconds", hint="use at least 1 second")
        if not 1 <= self.window <= 1000:
            raise fail("detection-window", f"a window of {self.window} slices", hint="use 1 to 1000")
        if not 1 <= self.min_unusual <= self.window:
            hint = f"use 1 to {self.window}, or a percentage"
            raise fail("detection-vote", f"{self.min_unusual} unusual slices of a window of {self.window}", hint=hint)
        for value in (self.sensitivity, self.warning_sensitivity):
            if value is not None and not 0.1 <= value <= 1.0:
                raise fail("detection-sensitivity", f"a sensitivity of {value}", hint="use 0.1 to 1.0")
        if self.direction not in ("both", "up", "down"):
            raise fail("detection-direction", f"there is no direction `{self.direction}`", hint="use both, up or down")
        if self.missing not in ("auto", "gap", "zero"):
            raise fail("detection-missing", f"there is no policy `{self.missing}` for missing slices", hint="use auto, gap or zero")

    @staticmethod
    def share(window: int, text: str) -> int:
        """`60%` or `3` of a window as a count: the smallest number of slices that is at least this share. Raises `detection-vote`."""
        found = _SHARE.fullmatch(text.strip())
        if found is None:
            raise fail("detection-vote", f"`{text}` is neither a count nor a percentage", hint="write `3` or `60%`")
        number = float(found["number"])
        count = int(np.ceil(round(number * window / 100.0, 9))) if found["percent"] else int(number)
        if not 1 <= count <= window or (not found["percent"] and number != count):
            raise fail("detection-vote", f"`{text}` of a window of {window} slices", hint=f"use 1 to {window}, or a percentage above 0%")
        return count


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One row a slice, as arrays of one length. Missing numbers are NaN; `time` is the start of the slice in epoch seconds."""

    time: Times
    value: Floats
    expected: Floats
    lower: Floats
    upper: Floats
    score: Floats
    unusual: Flags
    alerting: Flags
    level: NDArray[np.int8]
    state: NDArray[np.str_]

    def __len__(self) -> int:
        return int(self.time.size)

    def since(self, time: int) -> Verdicts:
        """The rows that start at or after `time`."""
        first = int(np.searchsorted(self.time, time))
        return Verdicts(*(getattr(self, name)[first:] for name in self.__slots__))

    @classmethod
    def joined(cls, parts: Sequence[Verdicts]) -> Verdicts:
        """The rows of all parts, in their order."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__))
