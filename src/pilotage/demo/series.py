"""Past metrics as arrays: one value or histogram a five-minute slice, in the same names and bounds as the live services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from pilotage.demo.telemetry import Value
from pilotage.demo.traffic import Floats

Counts = NDArray[np.int64]


class Form(Enum):
    """How a series' points are sent."""

    SUM = "sum"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Series:
    """One metric series over the slices: `values` `(n,)`, NaN where there is no point.

    A histogram's `values` are its sums and `buckets` `(n, bounds + 1)` its counts. `versioned` series carry the model version
    that was in service as an attribute.
    """

    name: str
    unit: str
    form: Form
    values: Floats
    attributes: Mapping[str, Value]
    buckets: Counts | None = None
    bounds: tuple[float, ...] = ()
    versioned: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """A lognormal distribution a slice, moved to the right: `shift + exp(N(mu, sigma))`; arrays `(n,)` or numbers."""

    mu: Floats | float
    sigma: Floats | float
    shift: Floats | float = 0.0

    def quantile(self, rng: np.random.Generator, counts: Counts) -> Floats:
        """The 95th percentile of a sample of each size, with its sampling error."""
        error = 1.9 * np.asarray(self.sigma) / np.sqrt(np.maximum(counts, 4))
        return np.asarray(np.exp(self.mu + 1.645 * np.asarray(self.sigma) + error * rng.normal(size=counts.shape)) + self.shift)


def positive(values: NDArray[np.generic]) -> Floats:
    """The values as numbers, NaN where they are 0: a delta counter that was not touched sends nothing."""
    numbers = values.astype(np.float64)
    return np.where(numbers > 0, numbers, np.nan)


def histogram(rng: np.random.Generator, counts: Counts, spread: Spread, bounds: tuple[float, ...]) -> tuple[Floats, Counts]:
    """Sums `(n,)` (NaN where the count is 0) and bucket counts `(n, bounds + 1)` of samples of these sizes."""
    edges = np.asarray(bounds)[None, :]
    mu, sigma, shift = (
        np.broadcast_to(np.asarray(part, dtype=np.float64), counts.shape)[:, None] for part in (spread.mu, spread.sigma, spread.shift)
    )
    over = np.maximum(edges - shift, 1e-12)
    below = ndtr((np.log(over) - mu) / sigma)
    chances = np.diff(np.concatenate([np.zeros((len(counts), 1)), below, np.ones((len(counts), 1))], axis=1), axis=1)
    buckets = rng.multinomial(counts, np.maximum(chances, 0))
    expected = np.exp(mu + sigma**2 / 2)[:, 0]
    deviation = expected * np.sqrt(np.expm1(sigma[:, 0] ** 2))
    sums = counts * (expected + shift[:, 0]) + np.sqrt(counts) * deviation * rng.normal(size=counts.shape)
    return np.where(counts > 0, np.maximum(sums, counts * shift[:, 0]), np.nan), buckets


@dataclass(frozen=True, slots=True)
class ServiceHistory:
    """One service's past: its metric series and the values of its summary events (no event where `requests` is 0)."""

    service: str
    series: tuple[Series, ...]
    summary: Mapping[str, Floats]
