"""Arithmetic of error budgets over counted slices: compliance, what is left, how fast it burns, and when it will be gone. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotage.watch.slos.objective import Slo
from pilotage.watch.slos.period import CALENDARS, bounds

DAY = 86_400.0
FUTURES = 500
FORECAST_DAYS = 28
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Counts:
    """Slices of an objective in the order of time: starts (epoch seconds), and how much of it was good of how much."""

    time: NDArray[np.int64]
    good: Floats
    total: Floats

    def within(self, begin: float, end: float) -> tuple[float, float]:
        """Bad and total of the slices that start in `[begin, end)`."""
        first, last = np.searchsorted(self.time, (begin, end))
        total = float(self.total[first:last].sum())
        return max(0.0, total - float(self.good[first:last].sum())), total


@dataclass(frozen=True, slots=True)
class BurnState:
    """How fast the budget burns in the two windows of an alert, as a multiple of the even pace, and whether it alerts."""

    level: str
    factor: float
    long_seconds: float
    short_seconds: float
    long: float
    short: float
    burning: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """`exhausted` is when half of the futures drawn from the days so far have used up the budget, None when fewer do within the horizon.

    `chance` is the share of them that do; `days` the horizon: the rest of a calendar period, else 28 days.
    """

    exhausted: float | None
    chance: float
    days: float


@dataclass(frozen=True, slots=True)
class Status:
    """An objective at a moment. `indicator` and `left` are percentages, None without data; a period runs from `begin` to `end`."""

    at: float
    begin: float
    end: float
    good: float
    total: float
    indicator: float | None
    left: float | None
    met: bool | None
    burns: tuple[BurnState, ...]
    forecast: Forecast | None


def status_of(slo: Slo, counts: Counts, at: float) -> Status:
    """Everything of an objective at `at`, the end of its last slice."""
    begin, end = bounds(slo.period, slo.start, slo.zone, at)
    bad, total = counts.within(begin, at)
    burns = tuple(_burn(slo, counts, number, at, end - begin) for number in range(len(slo.burns)))
    if not total:
        return Status(at, begin, end, 0.0, 0.0, None, None, None, burns, None)
    indicator = 100.0 * (1.0 - bad / total)
    allowed = slo.allowed * _whole(slo, total, begin, at, end)
    left = 100.0 * (1.0 - bad / allowed)
    return Status(at, begin, end, total - bad, total, indicator, left, indicator >= slo.target, burns, forecast_of(slo, counts, at))


def level_of(status: Status) -> int:
    """0 nothing burns, 1 warning, 2 critical."""
    return max(({"warning": 1, "critical": 2}[each.level] for each in status.burns if each.burning), default=0)


def _whole(slo: Slo, total: float, begin: float, at: float, end: float) -> float:
    """What the whole period will count: time is known beforehand, requests come on as they came so far."""
    if slo.period not in CALENDARS:
        return total
    passed = max(at - begin, float(slo.slice_seconds))
    return total * max(1.0, (end - begin) / passed)


def _burn(slo: Slo, counts: Counts, number: int, at: float, period: float) -> BurnState:
    alert = slo.burns[number]
    long, short = alert.windows()
    factor = alert.factor(period)
    # A window shorter than a slice is the last slice.
    rates = [_rate(slo, counts, at - max(seconds, slo.slice_seconds), at) for seconds in (long, short)]
    return BurnState(alert.level, factor, long, short, rates[0], rates[1], min(rates) >= factor)


def _rate(slo: Slo, counts: Counts, begin: float, end: float) -> float:
    bad, total = counts.within(begin, end)
    return bad / total / slo.allowed if total else 0.0


def forecast_of(slo: Slo, counts: Counts, at: float) -> Forecast | None:
    """Days drawn at random from those seen, put after today: how the budget goes on. None with less than two days of data.

    Days are drawn whole, so that bad and good hours stay together as they come; the same numbers are drawn for the same slices.
    """
    begin, end = bounds(slo.period, slo.start, slo.zone, at)
    rolling = slo.period not in CALENDARS
    days = _days(counts, at, max(1, round((end - begin) / DAY)) if rolling else FORECAST_DAYS)
    if days is None or len(days[0]) < 2:
        return None
    horizon = FORECAST_DAYS if rolling else max(1, int(np.ceil((end - at) / DAY)))
    now_bad, now_total = counts.within(begin, at)
    if rolling and now_bad > slo.allowed * now_total:
        return Forecast(at, 1.0, float(horizon))
    draws = np.random.default_rng(int(at) % 2**32).integers(0, len(days[0]), (FUTURES, horizon))
    bad, total = days[0][draws], days[1][draws]
    if rolling:
        length = max(1, round((end - begin) / DAY))
        past_bad, past_total = (np.concatenate([np.zeros(max(0, length - len(each))), each[-length:]]) for each in days)
        left = _rolled(past_bad, bad, length) - slo.allowed * _rolled(past_total, total, length)
    else:
        left = now_bad + np.cumsum(bad, axis=1) - slo.allowed * (now_total + total.sum(axis=1, keepdims=True))
    gone = left > 0
    first = np.where(gone.any(axis=1), gone.argmax(axis=1) + 1, horizon + 1)
    middle = int(np.median(first))
    chance = float(gone.any(axis=1).mean())
    return Forecast(at + middle * DAY if middle <= horizon else None, chance, float(horizon))


def _rolled(past: Floats, future: Floats, length: int) -> Floats:
    """Sums over the last `length` days, for every day to come."""
    whole = np.concatenate([np.broadcast_to(past, (len(future), length)), future], axis=1)
    summed = np.cumsum(np.concatenate([np.zeros((len(future), 1)), whole], axis=1), axis=1)
    rolled: Floats = summed[:, length + 1 :] - summed[:, 1 : future.shape[1] + 1]
    return rolled


def _days(counts: Counts, at: float, most: int) -> tuple[Floats, Floats] | None:
    """Bad and total of the whole days that end at `at`, oldest first, those before the first data left out."""
    if not len(counts.time):
        return None
    number = np.ceil((at - counts.time) / DAY).astype(int) - 1
    reach = min(most, int((at - counts.time[0]) // DAY) or 1)
    kept = (number >= 0) & (number < reach)
    total: Floats = np.bincount(number[kept], counts.total[kept], reach).astype(np.float64)
    good: Floats = np.bincount(number[kept], counts.good[kept], reach).astype(np.float64)
    return np.maximum(total - good, 0.0)[::-1], total[::-1]
