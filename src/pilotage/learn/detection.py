"""The detector of one series: what the owner of a monitor chose, the state that lasts, the verdict on each slice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

import numpy as np
from numpy.typing import NDArray

from pilotage.learn.calendar import Calendar, Times
from pilotage.learn.contract import Floats
from pilotage.learn.series import Flags
from pilotage.model.problem import fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotage.learn.pipeline import Pipeline

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


class Detector:
    """The lasting state of one series: `train` once, `advance` with each closed slice, `to_bytes` to keep."""

    __slots__ = ("_pipeline",)

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    @classmethod
    def train(
        cls,
        times: Times,
        values: Floats,
        detection: Detection,
        *,
        counts: Floats | None = None,
        incumbent: Detector | None = None,
        markers: Sequence[int] = (),
    ) -> Self:
        """Learn from history: epoch seconds in any order, and a value each (NaN or ±inf = missing).

        `counts` are events behind each value (0 = the slice is missing); `incumbent` stays in force unless the challenger is better;
        `markers` are times of deployments, after which a new level is adopted fast. Never raises on odd data: see `state`, `reason`.
        """
        from pilotage.learn.training import train  # noqa: PLC0415 - loads numba

        known = _counted(values, counts)
        return cls(train(np.asarray(times, np.int64), known, detection, incumbent._pipeline if incumbent else None, markers))  # noqa: SLF001 - one of us

    def taking_over(self, before: Detector | None) -> Self:
        """This detector with the votes of the one it replaces, so that a retraining neither starts nor ends an alert."""
        if before is not None:
            self._pipeline.take_votes(before._pipeline)  # noqa: SLF001 - one of us
        return self

    def advance(self, times: Times, values: Floats, counts: Floats | None = None) -> Verdicts:
        """Judge the slices after the last one seen, up to the newest given; a slice not given is missing, an older one is ignored.

        The rows are the same however the slices are cut into calls.
        """
        return self._pipeline.advance(np.asarray(times, np.int64), _counted(values, counts))

    def to_bytes(self) -> bytes:
        """The whole state, with a format number; never pickle."""
        from pilotage.learn.persistence import pack  # noqa: PLC0415 - loads numba

        return pack(self._pipeline)

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """What `to_bytes` gave. Raises code `detector-format`."""
        from pilotage.learn.persistence import unpack  # noqa: PLC0415 - loads numba

        return cls(unpack(data))

    @property
    def detection(self) -> Detection:
        """How this series is judged."""
        return self._pipeline.detection

    @property
    def state(self) -> str:
        """One of `STATES`, as of the last slice."""
        return self._pipeline.state

    @property
    def reason(self) -> str:
        """Why the state is what it is; empty when `ok`."""
        return self._pipeline.reason

    @property
    def loss(self) -> float:
        """Winsorised mean absolute error out of sample on the model's scale; NaN if unknown."""
        return self._pipeline.loss

    @property
    def trained_at(self) -> int:
        """The end of the history in epoch seconds, 0 without one."""
        return self._pipeline.trained_at

    @property
    def cpu_seconds(self) -> float:
        """What the training cost."""
        return self._pipeline.cpu_seconds

    def expected_alerts(self, sensitivity: float) -> float:
        """Alerts a week at a sensitivity of 0.1 to 1.0; NaN before calibration."""
        return self._pipeline.expected_alerts(sensitivity)

    @property
    def model(self) -> str:
        """Names of the members, joined by `+`."""
        return "+".join(member.name for member in self._pipeline.members)

    @property
    def missing(self) -> str:
        """What an absent slice means here: `gap` or `zero`, given or inferred."""
        return "zero" if self._pipeline.zero else "gap"


def _counted(values: Floats, counts: Floats | None) -> Floats:
    found = np.asarray(values, np.float64)
    return found if counts is None else np.where(np.asarray(counts) > 0, found, np.nan)
