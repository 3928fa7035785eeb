"""Shares, rates and rank correlation with honest intervals, for small numbers and for series whose neighbours resemble each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z = 1.959963984540054
FEWEST_PAIRS = 4
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; None where nothing can be said."""

    value: float | None
    low: float | None
    high: float | None


UNKNOWN = Estimate(None, None, None)


def wilson(count: int, of: int) -> Estimate:
    """A share by E. B. Wilson's score interval (1927): it stays within 0 to 1 and is sensible for few cases."""
    if of <= 0:
        return UNKNOWN
    share, square = count / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of * of))
    return Estimate(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))


def rate_ratio(before: int, days_before: float, after: int, days_after: float) -> Estimate:
    """How many times as often after as before. Given the sum of both, the count after is binomial, whose share Wilson bounds."""
    if days_before <= 0 or days_after <= 0 or before + after == 0:
        return UNKNOWN
    share = wilson(after, before + after)
    scale = days_before / days_after

    def ratio(part: float | None) -> float | None:
        return None if part is None or part >= 1.0 else part / (1.0 - part) * scale

    return Estimate(ratio(share.value), ratio(share.low), ratio(share.high))


@dataclass(frozen=True, slots=True)
class Correlation:
    """Spearman's rank correlation of `pairs` values. `effective` is how many independent pairs they are worth, `p` two-sided."""

    rho: Estimate
    pairs: int
    effective: float
    p: float | None


def spearman(first: Floats, second: Floats) -> Correlation:
    """Pairs with a missing value (NaN) are left out; ties share their mean rank.

    Neighbouring windows resemble each other, so fewer than all count: the effective number is Bayley and Hammersley's (1946),
    n / (1 + 2 Σ r₁(k) r₂(k)); the interval is Fisher's with the variance of Bonett and Wright (2000), (1 + rho² / 2) / (n - 3), and `p`
    has that of Fieller, Hartley and Pearson (1957), 1.06 / (n - 3).
    """
    there = ~(np.isnan(first) | np.isnan(second))
    a, b = ranks(first[there]), ranks(second[there])
    count = len(a)
    if count < FEWEST_PAIRS or not a.std() or not b.std():
        return Correlation(UNKNOWN, count, float(count), None)
    rho = float(np.corrcoef(a, b)[0, 1])
    effective = _effective(a, b)
    freedom = max(effective - 3.0, 1e-9)
    centre, spread = math.atanh(max(-0.999999, min(0.999999, rho))), math.sqrt((1.0 + rho * rho / 2.0) / freedom)
    low, high = math.tanh(centre - Z * spread), math.tanh(centre + Z * spread)
    return Correlation(Estimate(rho, low, high), count, effective, math.erfc(abs(centre) / math.sqrt(2 * 1.06 / freedom)))


def ranks(values: Floats) -> Floats:
    """1 for the smallest; ties share the mean of their places."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: Floats = (last - (counts - 1) / 2.0)[place]
    return means


def _effective(a: Floats, b: Floats) -> float:
    count = len(a)
    a, b = (a - a.mean()) / a.std(), (b - b.mean()) / b.std()
    total = 0.0
    for lag in range(1, min(count // 4, 200) + 1):
        product = float(a[lag:] @ a[:-lag]) / count * (float(b[lag:] @ b[:-lag]) / count)
        if product < 4.0 / count**2:
            break
        total += product * (1.0 - lag / count)
    return max(3.0 + 1e-6, min(float(count), count / (1.0 + 2.0 * total)))
