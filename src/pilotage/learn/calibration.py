"""From a statistic to a tail probability: empirical up to the 98th percentile (split conformal), extreme-value beyond it.

A tail is a table of knots: the statistic, and -log10 of the probability to reach it, joined by straight lines; beyond the last knot the
line goes on, which is an exponential tail.
"""

from __future__ import annotations

import numpy as np

from pilotage.learn.contract import Floats

BODY = np.array([0.5, 0.4, 0.3, 0.2, 0.15, 0.1, 0.07, 0.05, 0.04, 0.03, 0.02])
BEYOND = np.array([0.01, 0.005, 0.002, 0.001, 3e-4, 1e-4, 1e-5, 1e-6, 1e-8, 1e-12])
EDGE = 0.02
SMALLEST_B = 0.15
ENOUGH = 100
SLACK = 0.5
# Live slices are a little wilder than those of the backtest (0.1 % exceeded 1.6 times as often without this).
WIDER = 1.1
# A tail seen in so few values is not believed to be thin.
YOUNG = 1000.0
RANKS = (1, 3, 10)
# Upper normal quantiles of BODY and BEYOND.
QUANTILES = np.array(
    [
        0.0,
        0.2533,
        0.5244,
        0.8416,
        1.0364,
        1.2816,
        1.4758,
        1.6449,
        1.7507,
        1.8808,
        2.0537,
        2.3263,
        2.5758,
        2.8782,
        3.0902,
        3.4316,
        3.719,
        4.2649,
        4.7534,
        5.612,
        7.0345,
    ]
)


def normal_tail(width: float = 1.0) -> Floats:
    """Before anything is known: a normal upper tail, widened. Rows: statistic, score."""
    return np.stack([QUANTILES * width, -np.log10(np.concatenate([BODY, BEYOND]))])


def fit_tail(sample: Floats) -> Floats:
    """The upper tail of what was seen out of sample (at least `ENOUGH` values, finite). Rows: statistic and score, both increasing."""
    ordered = np.sort(sample)
    n = ordered.size
    body = ordered[np.minimum(np.ceil((1.0 - BODY) * (n + 1)).astype(np.int64), n) - 1]
    edge, width = float(body[-1]), max(float(body[-1] - body[0]), 1e-9)
    excess = ordered[ordered > edge] - edge
    shape, size = _excess(excess, width)
    size *= WIDER + YOUNG / n
    # The share really above the edge: with ties (counts) it is less than EDGE.
    ratio = np.maximum(max(excess.size, 1) / (n + 1.0) / BEYOND, 1.0)
    beyond = edge + size * (np.log(ratio) if shape < 1e-3 else (ratio**shape - 1.0) / shape)
    for rank in RANKS:
        # What was reached this often is at most SLACK decades rarer than that, however thin the fitted tail.
        if rank <= n:
            p = 10.0**-SLACK * rank / (n + 1.0)
            beyond = np.where(p >= BEYOND, np.maximum(beyond, ordered[n - rank] + size * np.log(p / BEYOND)), beyond)
    statistic = np.maximum.accumulate(np.concatenate([body, beyond]))
    return np.stack([statistic, -np.log10(np.concatenate([BODY, BEYOND]))])


def _excess(excess: Floats, width: float) -> tuple[float, float]:
    """Shape and size of a generalised Pareto tail by probability-weighted moments, kept between exponential and moderately heavy."""
    floor = SMALLEST_B * width / 2.0
    if excess.size < 8:
        return 0.0, max(floor, float(excess.mean()) if excess.size else 0.0)
    ordered = np.sort(excess)
    n = ordered.size
    first = float(ordered.mean())
    second = float(np.mean(ordered * (n - np.arange(1, n + 1)) / (n - 1.0)))
    shape = 2.0 - first / max(first - 2.0 * second, 1e-12)
    shape = float(np.clip(shape * n / (n + 30.0), 0.0, 0.25))
    return shape, max(floor, first * (1.0 - shape))
