"""How improbable a row is by the frequency of its values, and which of its numbers lie far out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]
Codes = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]

FENCE = 1.5
MOST_SHARE = 0.05
FEWEST_MOST = 10


@dataclass(frozen=True, slots=True)
class Improbable:
    """Of each row the logarithm of its probability, its most frequent and its rarest value's frequency, and the field of the rarest."""

    logarithms: Numbers
    highest: Numbers
    lowest: Numbers
    cause: Codes


def frequencies(codes: Codes) -> Numbers:
    """The share of rows with each row's value; `codes` number the values from 0."""
    counts = np.bincount(codes)
    return np.asarray(counts[codes] / max(len(codes), 1), dtype=np.float64)


def binned(values: Numbers) -> Codes:
    """The bin of each number, missing ones in a bin of their own; bins are 3.5 standard deviations by the cube root of the count wide."""
    there = ~np.isnan(values)
    codes = np.zeros(len(values), dtype=np.int64)
    known = values[there]
    if len(known):
        with np.errstate(over="ignore", invalid="ignore"):
            width = 3.5 * float(np.std(known)) / len(known) ** (1 / 3)
            steps = np.floor((known - known.min()) / width) if np.isfinite(width) and width > 0 else np.zeros(len(known))
        codes[there] = np.unique(steps, return_inverse=True)[1] + 1
    return codes


def improbable(shares: list[Numbers]) -> Improbable:
    """Rows by the frequencies of their values, a list a field."""
    table = np.stack(shares)
    cause = np.argmin(table, axis=0)
    return Improbable(np.log(table).sum(axis=0), table.max(axis=0), table.min(axis=0), cause)


def threshold(logarithms: Numbers, probability: float | None, *, capped: bool) -> float:
    """Rows below this logarithm are anomalous.

    With a `probability` its logarithm; else the first quartile less 1.5 times the distance of the quartiles, where `capped` so low that at
    most 5 % of the rows (or 10) are.
    """
    if probability is not None:
        return float(np.log(probability))
    low, high = np.quantile(logarithms, [0.25, 0.75], method="inverted_cdf")
    fence = float(low - FENCE * (high - low))
    if capped:
        most = max(FEWEST_MOST, int(MOST_SHARE * len(logarithms)))
        if np.sum(logarithms < fence) > most:
            fence = min(fence, float(np.partition(logarithms, most)[most]))
    return fence


def tails(values: Numbers, probability: float) -> tuple[float, float]:
    """The bounds outside of which a normal distribution with the numbers' mean and deviation has `probability`."""
    from scipy.special import ndtri  # noqa: PLC0415 - 0.1 s that only this needs

    known = values[~np.isnan(values)]
    if len(known) < 2:
        return -np.inf, np.inf
    reach = float(ndtri(1 - probability / 2)) * float(np.std(known, ddof=1))
    middle = float(np.mean(known))
    return (middle - reach, middle + reach) if reach > 0 else (-np.inf, np.inf)


def fences(values: Numbers, factor: float, *, lower: bool) -> tuple[float, float]:
    """The quartiles less and plus `factor` times their distance; no lower bound unless `lower`."""
    known = values[~np.isnan(values)]
    if not len(known):
        return -np.inf, np.inf
    first, third = np.quantile(known, [0.25, 0.75], method="inverted_cdf")
    reach = factor * (third - first)
    return float(first - reach) if lower else -np.inf, float(third + reach)
