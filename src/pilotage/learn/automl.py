"""Which detectors fit a series, and how: every candidate forecasts the second half of the history from what went before it."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass

import numpy as np

from pilotage.learn.contract import Detector, Floats, Frame, Rhythm
from pilotage.learn.registry import detectors

WINSOR = 0.99
ENOUGH = 100


@dataclass(slots=True)
class Member:
    """One detector in force: its settings, its state after the last slice, its weight and its noise out of sample."""

    name: str
    settings: Floats
    state: Floats
    weight: float
    noise: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate run over the history."""

    member: Member
    expected: Floats
    scale: Floats
    loss: float


def robust_loss(errors: Floats) -> float:
    """Mean absolute error, winsorised so that an incident in the history does not choose the model; NaN if there are too few."""
    known = np.abs(errors[np.isfinite(errors)])
    if known.size < ENOUGH:
        return float("nan")
    return float(np.mean(np.minimum(known, np.quantile(known, WINSOR))))


def spread(errors: Floats) -> float:
    """Standard deviation by the median absolute deviation; by the mean absolute one where half are equal."""
    known = errors[np.isfinite(errors)]
    if known.size == 0:
        return 0.0
    middle = float(np.median(known))
    found = 1.4826 * float(np.median(np.abs(known - middle)))
    return found if found > 0 else 1.2533 * float(np.mean(np.abs(known - middle)))


def run(detector: Detector, settings: Floats, frame: Frame, since: int) -> Trial:
    """One candidate over the whole history; judged on the slices from `since`."""
    state = detector.start(settings, frame.rhythm)
    expected, scale = detector.advance(settings, state, frame)
    errors = (frame.values - expected)[since:]
    return Trial(Member(detector.name, settings, state, 1.0, spread(errors)), expected, scale, robust_loss(errors))


@functools.cache
def _warm() -> None:
    """Compile every detector once, so that a budget is not spent on the compiler."""
    rhythm = Rhythm.of(300)
    short = Frame(np.zeros(4), np.arange(4, dtype=np.int32), np.arange(4, dtype=np.int32), rhythm)
    for each in detectors().values():
        settings = each.candidates(rhythm)[0]
        each.advance(settings, each.start(settings, rhythm), short)


def search(frame: Frame, since: int, budget_s: float) -> list[Trial]:
    """The best candidate of each detector, within the budget of CPU seconds; the first candidate always runs."""
    _warm()
    begin = time.thread_time()
    found: list[Trial] = []
    for detector in detectors().values():
        best: Trial | None = None
        for settings in detector.candidates(frame.rhythm):
            if found and time.thread_time() - begin > budget_s:
                break
            trial = run(detector, settings, frame, since)
            if np.isfinite(trial.loss) and (best is None or trial.loss < best.loss):
                best = trial
        if best is not None:
            found.append(best)
    return found
