"""Many series at once, out of one table: the same detector as a monitor's, replayed from a given time on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise
from multiprocessing import get_context

import numpy as np

from pilotage.learn.calendar import Times
from pilotage.learn.contract import Floats
from pilotage.learn.detection import Detection, Verdicts
from pilotage.learn.expectation import preview
from pilotage.learn.series import on_grid

AHEAD = 4


@dataclass(frozen=True, slots=True)
class Job:
    """One series: `since` in epoch seconds, or a share (0 to 1) of its slices; judged up to `until`, the last slice of them all."""

    name: str
    times: Times
    values: Floats
    since: int | float
    until: int


def detect(job: Job, detection: Detection) -> tuple[str, Verdicts]:
    """The verdicts on every slice of the job's range."""
    width = detection.slice_seconds
    grid, known = on_grid(job.times, job.values, width)
    if isinstance(job.since, float):
        since = int(grid[0]) + int(job.since * grid.size) * width if grid.size else job.until
    else:
        since = -(-job.since // width) * width
    return job.name, preview(grid, known, detection, since, until=job.until)


def detect_all(jobs: Iterator[Job], detection: Detection, processes: int = 1) -> Iterator[tuple[str, Verdicts]]:
    """`detect` for each job, in their order; in spawned processes if more than one, a few jobs ahead of what is consumed."""
    if processes <= 1:
        for job in jobs:
            yield detect(job, detection)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting = [pool.submit(detect, job, detection) for job in islice(jobs, AHEAD * processes)]
        while waiting:
            yield waiting.pop(0).result()
            waiting += [pool.submit(detect, job, detection) for job in islice(jobs, 1)]


def grouped(codes: Times, times: Times) -> Iterator[Times]:
    """Row numbers of code 0, 1, …, each in time order; of rows of one time the later in the file is last."""
    order = np.lexsort((np.arange(codes.size), times, codes))
    edges = np.searchsorted(codes[order], np.arange(int(codes.max(initial=-1)) + 2))
    for first, last in pairwise(edges):
        yield np.asarray(order[first:last], dtype=np.int64)
