"""Which detectors fit a series, and how: every candidate forecasts the second half of the history from what went before it."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pilotage.learn.contract import Detector, Floats, Frame, Rhythm
from pilotage.learn.registry import detectors
from pilotage.learn.season import Kind, Profile, find_period, fit, stitched

WINSOR = 0.99
LASTING = 0.997
LASTING_WEIGHT = 0.5
PROMOTE = 0.98
SCOUTS = 4
HEAVY_S = 1.0
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
    forecast: Floats
    loss: float


def robust_loss(errors: Floats) -> float:
    """What a candidate costs a monitor: its mean absolute error, winsorised, and the large errors that last three slices.

    The second part is what makes false alarms, such as a weekend that a daily profile does not know; a mean alone hides it. NaN if there
    are too few errors.
    """
    size = np.abs(errors)
    known = size[np.isfinite(size)]
    if known.size < ENOUGH:
        return float("nan")
    lasting = np.minimum(np.minimum(size[2:], size[1:-1]), size[:-2])
    lasting = lasting[np.isfinite(lasting)]
    high = float(np.quantile(lasting, LASTING)) if lasting.size >= ENOUGH else 0.0
    return float(np.mean(np.minimum(known, np.quantile(known, WINSOR)))) + LASTING_WEIGHT * high


def spread(errors: Floats) -> float:
    """Standard deviation by the median absolute deviation; by the mean absolute one where half are equal."""
    known = errors[np.isfinite(errors)]
    if known.size == 0:
        return 0.0
    middle = float(np.median(known))
    found = 1.4826 * float(np.median(np.abs(known - middle)))
    return found if found > 0 else 1.2533 * float(np.mean(np.abs(known - middle)))


@dataclass(frozen=True, slots=True)
class Choice:
    """What the backtest chose: the winner, the kind and period of its profile, the history as it saw it, and how far the search came."""

    trial: Trial
    profile: Profile
    frame: Frame
    complete: bool
    kept: bool


def run(detector: Detector, settings: Floats, frame: Frame, since: int) -> Trial:
    """One candidate over the whole history; judged on the slices from `since`."""
    state = detector.start(settings, frame.rhythm)
    forecast = detector.advance(settings, state, frame)
    errors = (frame.values - forecast[0])[since:]
    return Trial(Member(detector.name, settings, state, 1.0, spread(errors)), forecast, robust_loss(errors))


@functools.cache
def _warm() -> None:
    """Compile every detector once, so that a budget is not spent on the compiler."""
    rhythm = Rhythm.of(300)
    slots = np.zeros((2, 4), np.int64)
    short = Frame(np.zeros(4), slots, np.arange(4), np.zeros(4), rhythm)
    for each in detectors().values():
        settings = each.candidates(rhythm)[0]
        each.advance(settings, each.start(settings, rhythm), short)
    noise = np.random.default_rng(1).normal(size=4 * rhythm.per_day)
    number = np.arange(noise.size)
    long = Frame(noise, np.stack([number % 288, number % 2016]), number, np.zeros(noise.size), rhythm)
    for kind in ("daily", "weekly", "period"):
        fit(long, kind, 50.0 if kind == "period" else 0.0)
    find_period(noise, rhythm.per_day)


def profiles(frame: Frame, since: int) -> Iterator[tuple[Profile, Frame]]:
    """The profiles to try, cheapest first, each with the history beside it as a profile that had not seen it would stand."""
    yield Profile(), frame
    if frame.rhythm.per_day == 1:
        return
    kinds: list[tuple[Kind, float]] = [("daily", 0.0)]
    if len(frame) >= 21 * frame.rhythm.per_day:
        kinds.append(("weekly", 0.0))
    period = find_period(frame.values, frame.rhythm.per_day)
    if period:
        kinds.append(("period", period))
    for kind, slices in kinds:
        yield Profile(kind, slices), frame.with_season(stitched(frame, kind, slices, since))


def search(frame: Frame, since: int, budget_s: float, incumbent: tuple[str, Kind, Floats] | None = None) -> Choice | None:
    """The best profile and candidate by what they missed from `since` on, within the budget of CPU seconds.

    The level's rates are tried with each profile, everything else with the best one. The incumbent (name, kind of profile, settings) is
    kept unless the best is better by 2 %. None where nothing could be judged.
    """
    _warm()
    begin = time.thread_time()
    found: list[tuple[Trial, Profile]] = []
    complete = True
    cheap = [d for d in detectors().values() if d.tier == 0 or budget_s >= HEAVY_S]
    frames = {}
    for profile, beside in profiles(frame, since):
        frames[profile.kind] = beside
        for detector in cheap:
            for settings in detector.candidates(frame.rhythm)[:SCOUTS]:
                found.append((run(detector, settings, beside, since), profile))
                if time.thread_time() - begin > budget_s:
                    complete = False
                    break
    found = [each for each in found if np.isfinite(each[0].loss)]
    if not found:
        return None
    best, profile = min(found, key=lambda each: each[0].loss)
    detector = detectors()[best.member.name]
    beside = frames[profile.kind]
    for settings in detector.candidates(frame.rhythm)[SCOUTS:]:
        if time.thread_time() - begin > budget_s:
            complete = False
            break
        found.append((run(detector, settings, beside, since), profile))
    found = [each for each in found if np.isfinite(each[0].loss)]
    best, profile = min(found, key=lambda each: each[0].loss)
    for trial, other in found:
        same = incumbent and (trial.member.name, other.kind) == incumbent[:2] and np.array_equal(trial.member.settings, incumbent[2])
        if same and best.loss > PROMOTE * trial.loss:
            return Choice(trial, other, frames[other.kind], complete, kept=True)
    return Choice(best, profile, frames[profile.kind], complete, kept=False)
