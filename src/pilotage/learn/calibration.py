"""From a statistic to a tail probability: empirical up to the 98th percentile (split conformal), extreme-value beyond it.

A tail is a table of knots: the statistic, and -log10 of the probability to reach it, joined by straight lines; beyond the last knot the
line goes on, which is an exponential tail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotage.learn.contract import Floats

BODY = np.array([0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.04, 0.03, 0.02])
BEYOND = np.array([0.01, 0.005, 0.002, 0.001, 3e-4, 1e-4, 1e-5, 1e-6, 1e-8, 1e-12])
EDGE = 0.02
SMALLEST_B = 0.15
ENOUGH = 100


@dataclass(frozen=True, slots=True)
class Tail:
    """Increasing `statistic` at increasing `score`."""

    statistic: Floats
    score: Floats


def normal_tail(width: float = 1.0) -> Tail:
    """Before anything is known: a normal upper tail, widened."""
    from scipy.special import ndtri  # noqa: PLC0415 - slow to import

    p = np.concatenate([BODY, BEYOND])
    return Tail(np.asarray(-ndtri(p) * width, dtype=np.float64), -np.log10(p))


def fit_tail(sample: Floats) -> Tail:
    """The upper tail of what was seen out of sample (at least `ENOUGH` values, finite)."""
    ordered = np.sort(sample)
    n = ordered.size
    body = np.quantile(ordered, 1.0 - BODY, method="higher")
    edge = float(body[-1])
    excess = ordered[ordered > edge] - edge
    spread = max(float(body[-1] - body[0]), 1e-9)
    shape, size = _excess(excess, spread)
    # The share really above the edge: with ties (counts) it is less than EDGE.
    share = max(excess.size, 1) / (n + 1.0)
    ratio = np.maximum(share / BEYOND, 1.0)
    gain = np.log(ratio) if shape < 1e-3 else (ratio**shape - 1.0) / shape
    beyond = edge + size * gain
    statistic = np.concatenate([body, beyond])
    score = np.concatenate([-np.log10(np.maximum(BODY, 1.0 / (n + 1.0))), -np.log10(BEYOND)])
    return Tail(np.maximum.accumulate(statistic), score)


def _excess(excess: Floats, spread: float) -> tuple[float, float]:
    """Shape and size of a generalised Pareto tail by probability-weighted moments, kept between exponential and moderately heavy."""
    floor = SMALLEST_B * spread / 2.0
    if excess.size < 8:
        return 0.0, max(floor, float(excess.mean()) if excess.size else 0.0)
    ordered = np.sort(excess)
    n = ordered.size
    first = float(ordered.mean())
    second = float(np.mean(ordered * (n - np.arange(1, n + 1)) / (n - 1.0)))
    shape = 2.0 - first / max(first - 2.0 * second, 1e-12)
    shape = float(np.clip(shape * n / (n + 30.0), 0.0, 0.25))
    return shape, max(floor, first * (1.0 - shape))
