"""Learning one series, as work that another process can do: plain values in, bytes out, and neither engine nor store is loaded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotage.watch.judging import judge_of, restored
from pilotage.watch.monitors import Monitor


@dataclass(frozen=True, slots=True)
class Training:
    """What a series is to be learned from: consecutive slices (NaN = missing); `before` the judge in force, `seen` the last with data."""

    monitor: Monitor
    name: str
    times: NDArray[np.int64]
    values: NDArray[np.float64]
    before: bytes | None
    seen: int


def learned_bytes(job: Training) -> bytes:
    """The bytes of the judge that learned a series of an anomaly monitor."""
    before = restored(job.before) if job.before is not None else None
    return judge_of(job.monitor, job.times, job.values, before).to_bytes() or b""
