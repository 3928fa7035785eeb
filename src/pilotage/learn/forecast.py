"""Forecasts of evenly spaced series: local level, local trend and seasonal models in their innovations form.

Each step corrects the states by a share of the error of the prediction made before it. The shares that make the squared errors least are
found by running all candidates of a grid side by side, so that a series costs one pass in Python whatever the number of candidates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]
Matrix = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

LEVEL_SHARES = np.array([0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
TREND_SHARES = np.array([0.0, 0.01, 0.03, 0.1, 0.2, 0.4])
SEASON_SHARES = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.4])
MIXED_SHARES = np.array([-0.3, -0.1, 0.0, 0.1, 0.3])
FEW = 10
LEAST_CORRELATION = 0.3


@dataclass(frozen=True, slots=True)
class Forecast:
    """Each value as predicted from those before it, and the variance of the error to expect; values after the known ones too."""

    values: Numbers
    variances: Numbers


@dataclass(frozen=True, slots=True)
class _Shares:
    """How much of an error goes into the level, the trend and the season: a number a candidate."""

    level: Numbers
    trend: Numbers
    season: Numbers

    def only(self, place: int) -> _Shares:
        """One candidate."""
        return _Shares(self.level[place : place + 1], self.trend[place : place + 1], self.season[place : place + 1])


@dataclass(frozen=True, slots=True)
class _Start:
    """The states before the first value; a period of 1 = no season."""

    level: float
    trend: float
    season: Numbers


def local_level(values: Numbers, known: int, total: int) -> Forecast:
    """`LL`: a level that wanders. Only the first `known` of `values` (NaN = missing) are used; the result has `total` steps."""
    zero = np.zeros(len(LEVEL_SHARES))
    return _best(values, known, total, _Shares(LEVEL_SHARES, zero, zero), _start(values[:known], trend=False, period=1))


def local_trend(values: Numbers, known: int, total: int) -> Forecast:
    """`LLT`: a level and a slope that wander."""
    level, trend = (grid.ravel() for grid in np.meshgrid(LEVEL_SHARES, TREND_SHARES))
    shares = _Shares(level, trend * level, np.zeros(len(level)))
    return _best(values, known, total, shares, _start(values[:known], trend=True, period=1))


def seasonal_level(values: Numbers, known: int, total: int, period: int) -> Forecast:
    """`LLP`: a level that wanders and a pattern that comes back every `period` steps."""
    level, season = (grid.ravel() for grid in np.meshgrid(LEVEL_SHARES, SEASON_SHARES))
    shares = _Shares(level, np.zeros(len(level)), season * (1 - level * 0.5))
    return _best(values, known, total, shares, _start(values[:known], trend=False, period=period))


def mixed(one: Forecast, two: Forecast) -> Forecast:
    """The mean of two forecasts, each weighing as much as its variance is small."""
    first, second = 1 / np.maximum(one.variances, 1e-300), 1 / np.maximum(two.variances, 1e-300)
    share = first / (first + second)
    return Forecast(share * one.values + (1 - share) * two.values, share * one.variances + (1 - share) * two.variances)


def together(values: Matrix, known: int, total: int) -> tuple[Forecast, Forecast]:
    """`BiLL`: two levels that wander, each corrected by the errors of both. `values` has a row a series."""
    grids = np.meshgrid(LEVEL_SHARES[2::2], LEVEL_SHARES[2::2], MIXED_SHARES, MIXED_SHARES)
    own = np.stack([grids[0].ravel(), grids[1].ravel()])
    other = np.stack([grids[2].ravel(), grids[3].ravel()])
    _, errors = _pair(values, known, known, own, other)
    spread = np.nanmean(errors**2, axis=0)
    product = np.nanmean(errors[:, 0] * errors[:, 1], axis=0)
    best = int(np.nanargmin(spread[0] * spread[1] - product**2 + 1e-12 * spread[0] * spread[1]))
    chosen = (own[:, best : best + 1], other[:, best : best + 1])
    predicted, errors = _pair(values, known, total, *chosen)
    ahead = np.maximum(np.arange(total) - known, 0)
    found = []
    for row in range(2):
        variance = float(np.nanmean(errors[:, row] ** 2))
        found.append(Forecast(predicted[:, row, 0], variance * (1 + ahead * float(chosen[0][row, 0]) ** 2)))
    return found[0], found[1]


def along(values: Numbers, other: Numbers, known: int, total: int) -> Forecast:
    """`LLB`: the local level of `values`, which goes on behind `known` with the share of `other`'s errors that both had in common."""
    mine, theirs = local_level(values, known, total), local_level(other, len(other), total)
    error_mine = values[:known] - mine.values[:known]
    error_theirs = other[:known] - theirs.values[:known]
    both = ~np.isnan(error_mine) & ~np.isnan(error_theirs)
    power = float(np.sum(error_theirs[both] ** 2))
    share = float(np.sum(error_mine[both] * error_theirs[both])) / power if power > 0 else 0.0
    steps = np.zeros(total)
    size = min(len(other), total)
    steps[known:size] = np.nan_to_num(other[known:size] - theirs.values[known:size])
    return replace(mine, values=mine.values + share * np.cumsum(steps))


def period_of(values: Numbers) -> int | None:
    """The number of steps after which a series repeats itself, at least three times; `None` where nothing says so."""
    there = ~np.isnan(values)
    size = len(values)
    if size < 2 * FEW or not there.any():
        return None
    places = np.arange(size)
    filled = np.interp(places, places[there], values[there])
    rest = filled - np.polyval(np.polyfit(places, filled, 1), places)
    power = np.abs(np.fft.rfft(rest, 2 * size)) ** 2
    correlation = np.fft.irfft(power)[:size] * size / np.arange(size, 0, -1)
    if correlation[0] <= 1e-12 * max(1.0, float(np.mean(filled**2))):
        return None
    correlation = correlation / correlation[0]
    lags = np.arange(2, size // 3 + 1)
    peaks = [int(n) for n in lags if correlation[n] >= correlation[n - 1] and correlation[n] >= correlation[n + 1]]
    least = max(LEAST_CORRELATION, 2 / np.sqrt(size))
    strong = [n for n in peaks if correlation[n] > least]
    if not strong:
        return None
    highest = max(correlation[n] for n in strong)
    return next(n for n in strong if correlation[n] >= 0.9 * highest)


def _start(values: Numbers, *, trend: bool, period: int) -> _Start:
    """States from the first values: the season as the mean distance from the mean of its first periods."""
    there = np.flatnonzero(~np.isnan(values))
    if not len(there):
        return _Start(0.0, 0.0, np.zeros(period))
    if period > 1:
        whole = min(len(values) // period, 3)
        first = values[: whole * period].reshape(whole, period) if whole else values.reshape(1, -1)
        means = np.array([np.nanmean(row) if not np.isnan(row).all() else np.nan for row in first])
        offsets = first - means[:, None]
        season = np.zeros(period)
        for place in range(first.shape[1]):
            column = offsets[:, place]
            season[place] = np.nanmean(column) if not np.isnan(column).all() else 0.0
        level = means[~np.isnan(means)]
        return _Start(float(level[0]) if len(level) else 0.0, 0.0, season)
    head = there[:FEW]
    if trend and len(head) > 1:
        slope, base = np.polyfit(head, values[head], 1)
        return _Start(float(base - slope), float(slope), np.zeros(1))
    return _Start(float(values[there[0]]), 0.0, np.zeros(1))


def _best(values: Numbers, known: int, total: int, shares: _Shares, start: _Start) -> Forecast:
    warm = min(max(2, len(start.season)), max(known // 3, 1))
    _, errors = _run(values, known, known, shares, start)
    with np.errstate(over="ignore", invalid="ignore"):
        losses = np.nansum(errors[warm:] ** 2, axis=0)
    chosen = shares.only(int(np.nanargmin(losses)))
    predicted, errors = _run(values, known, total, chosen, start)
    used = errors[warm:known, 0]
    count = int(np.sum(~np.isnan(used)))
    variance = float(np.nansum(used**2)) / max(count - 1, 1)
    return Forecast(predicted[:, 0], variance * _growth(known, total, chosen, len(start.season)))


def _growth(known: int, total: int, shares: _Shares, period: int) -> Numbers:
    """How the variance of the error grows behind the known values."""
    found = np.ones(total)
    if total > known:
        ahead = np.arange(1, total - known)
        season = float(shares.season[0]) * (ahead % period == 0) if period > 1 else 0.0
        weights = float(shares.level[0]) + float(shares.trend[0]) * ahead + season
        found[known + 1 :] = 1 + np.cumsum(weights**2)
    return found


def _run(values: Numbers, known: int, total: int, shares: _Shares, start: _Start) -> tuple[Matrix, Matrix]:
    """Predictions and their errors, (steps, candidates); an error is NaN where no value is known."""
    count, period = len(shares.level), len(start.season)
    level, trend = np.full(count, start.level), np.full(count, start.trend)
    season = np.repeat(start.season[:, None], count, axis=1)
    predicted, errors = np.empty((total, count)), np.full((total, count), np.nan)
    trending, seasonal = bool(start.trend or shares.trend.any()), period > 1
    for step in range(total):
        place = step % period
        if trending:
            level = level + trend
        predicted[step] = level + season[place] if seasonal else level
        if step < known and not np.isnan(values[step]):
            error = values[step] - predicted[step]
            errors[step] = error
            level = level + shares.level * error
            if trending:
                trend = trend + shares.trend * error
            if seasonal:
                season[place] += shares.season * error
    return predicted, errors


def _pair(values: Matrix, known: int, total: int, own: Matrix, other: Matrix) -> tuple[Matrix, Matrix]:
    """As `_run` for two levels: (steps, series, candidates)."""
    first = [row[~np.isnan(row)] for row in values[:, :known]]
    level = np.repeat(np.array([[row[0] if len(row) else 0.0] for row in first]), own.shape[1], axis=1)
    predicted, errors = np.empty((total, *level.shape)), np.full((total, *level.shape), np.nan)
    for step in range(total):
        predicted[step] = level
        if step < known:
            error = values[:, step, None] - level
            errors[step] = error
            seen = np.nan_to_num(error)
            level = level + own * seen + other * seen[::-1]
    return predicted, errors
