"""One closed slice of thousands of monitors at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pilotage.learn.calendar import Times
from pilotage.learn.contract import Floats
from pilotage.learn.detection import Detector, Verdicts


def advance_many(detectors: Sequence[Detector], times: Times, values: Floats) -> list[Verdicts]:
    """`Detector.advance` for each: `times[n]` are the same for all, `values[m, n]` a row a detector (NaN = missing)."""
    table = np.asarray(values, np.float64)
    return [detector.advance(times, row) for detector, row in zip(detectors, table, strict=True)]
