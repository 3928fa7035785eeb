"""Which detectors fit a series, and how: every candidate forecasts the second half of the history from what went before it."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pilotage.learn.contract import Detector, Floats, Frame, Rhythm
from pilotage.learn.registry import detectors
from pilotage.learn.season import Kind, Profile, find_period, fit

WINSOR = 0.99
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


@dataclass(frozen=True, slots=True)
class Choice:
    """What the backtest chose: the winner over the history with the profile of its first part, and how far the search came."""

    trial: Trial
    profile: Profile
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


def profiles(frame: Frame, since: int) -> Iterator[Profile]:
    """The profiles to try, learnt before `since`, cheapest first."""
    early = frame.until(since)
    yield Profile()
    if frame.rhythm.per_day == 1:
        return
    yield fit(early, "daily")
    if len(early) >= 14 * frame.rhythm.per_day:
        yield fit(early, "weekly")
    period = find_period(frame.values, frame.rhythm.per_day)
    if period:
        yield fit(early, "period", period)


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
    for profile in profiles(frame, since):
        beside = frame.with_season(profile.beside(frame.slots, frame.number))
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
    beside = frame.with_season(profile.beside(frame.slots, frame.number))
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
            return Choice(trial, other, complete, kept=True)
    return Choice(best, profile, complete, kept=False)
