"""How much traffic each service gets at a moment: daily and weekly shape with noise, one model for history and live.

Noise is a pure function of seed, service and time, so a slice has the same expected load whether it is backfilled or lived.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotage.demo.clock import SECOND_NS

SLICE_S = 300
SLICE_NS = SLICE_S * SECOND_NS
HOUR_NS = 3600 * SECOND_NS
DAY_NS = 24 * HOUR_NS

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shape:
    """A service's load: `mean` requests a demo second, the UTC hour of its peak, daily swing 0..1, weekend factor."""

    service: str
    mean: float
    peak_hour: float
    swing: float
    weekend: float


CLASSIFIER = Shape("wine-classifier", mean=2.0, peak_hour=14.0, swing=0.6, weekend=0.55)
ASSISTANT = Shape("assistant", mean=0.25, peak_hour=16.0, swing=0.7, weekend=0.35)
REGRESSION = Shape("diabetes-regression", mean=0.15, peak_hour=9.0, swing=0.5, weekend=0.8)
SHAPES = (CLASSIFIER, ASSISTANT, REGRESSION)


def rate(shape: Shape, seed: int, times_ns: Times) -> Floats:
    """Expected requests per demo second at each time (epoch ns), noise included."""
    hours = times_ns / HOUR_NS
    angle = 2 * np.pi * (hours - shape.peak_hour) / 24
    daily = 1 + shape.swing * (0.85 * np.cos(angle) + 0.25 * np.cos(2 * angle) + 0.1 * np.cos(3 * angle - 0.6))
    level = shape.mean * np.maximum(daily, 0.08) * _weekly(times_ns, shape.weekend)
    return np.asarray(level * np.exp(_noise(shape.service, seed, times_ns)), dtype=np.float64)


def rate_at(shape: Shape, seed: int, time_ns: int) -> float:
    """`rate` of one moment."""
    return float(rate(shape, seed, np.array([time_ns], dtype=np.int64))[0])


def load(shape: Shape, rates: Floats) -> Floats:
    """Load relative to the mean: 1 is the weekly average."""
    return rates / shape.mean


def _weekly(times_ns: Times, weekend: float) -> Floats:
    """1 on working days, `weekend` on Saturday and Sunday, with two-hour ramps at both midnights."""
    day = (times_ns / DAY_NS + 3.0) % 7.0  # 1970-01-01 was a Thursday; 0 = Monday midnight
    from_sunday = np.abs((day - 6.0 + 3.5) % 7.0 - 3.5)  # days from the middle of the weekend, round the week
    inside = np.clip((1.0 - from_sunday) * 12 + 0.5, 0, 1)
    return np.asarray(1 - (1 - weekend) * inside, dtype=np.float64)


def _noise(name: str, seed: int, times_ns: Times) -> Floats:
    """Log-scale noise: slow (6 h), medium (1 h) and per slice."""
    key = zlib.crc32(name.encode()) ^ (seed * 0x9E3779B1 & 0xFFFFFFFF)
    total = np.zeros(times_ns.shape)
    for width_ns, deviation in ((6 * HOUR_NS, 0.05), (HOUR_NS, 0.03)):
        whole = times_ns // width_ns
        part = (times_ns - whole * width_ns) / width_ns
        blend = part * part * (3 - 2 * part)
        total += deviation * ((1 - blend) * _normal(key, width_ns, whole) + blend * _normal(key, width_ns, whole + 1))
    return total + 0.02 * _normal(key, SLICE_NS, times_ns // SLICE_NS)


def _normal(key: int, width_ns: int, index: Times) -> Floats:
    """Standard normal numbers that depend on nothing but the arguments (a counter-based generator)."""
    first = _mix(index.astype(np.uint64) * np.uint64(2) + np.uint64(key) * np.uint64(0x100000001) + np.uint64(width_ns))
    second = _mix(first + np.uint64(1))
    uniform = (first >> np.uint64(11)).astype(np.float64) / 2**53
    angle = (second >> np.uint64(11)).astype(np.float64) / 2**53
    return np.asarray(np.sqrt(-2 * np.log(1 - uniform)) * np.cos(2 * np.pi * angle), dtype=np.float64)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """SplitMix64's finaliser."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
