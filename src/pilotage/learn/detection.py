"""The detector of one series: the state that lasts. What the owner of a monitor chose and the verdicts are in `judgement`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from pilotage.learn.calendar import Times
from pilotage.learn.contract import Floats
from pilotage.learn.judgement import LEVELS, STATES, Detection, Direction, Missing, Verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotage.learn.pipeline import Pipeline

__all__ = ["LEVELS", "STATES", "Detection", "Detector", "Direction", "Missing", "Verdicts"]


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
