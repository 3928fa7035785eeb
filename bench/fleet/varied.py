"""A second fleet, unlike FleetBench on purpose: other noise, other seasons, and incidents of the kinds that a forecast finds hard.

Monitor `index` of fleet `seed` depends on nothing else. Sixty days of history and fourteen of test in five-minute slices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DAY = 288
HISTORY, TEST = 60 * DAY, 14 * DAY
SLICES = HISTORY + TEST
SHAPES = ("office", "evening", "batch", "flat", "asymmetric", "hourly")
NOISES = ("normal", "student", "wandering", "lognormal", "poisson", "laplace")
# kind → slices [low, high)
KINDS = {
    "short spike": (1, 3),
    "short dip": (1, 3),
    "shift": (18, 144),
    "surge": (6, 36),
    "slow drift": (96, 288),
    "flatline": (24, 96),
    "noisier": (12, 72),
    "calmer": (48, 144),
    "phase shift": (72, 144),
    "missed batch": (1, 1),
    "late batch": (1, 1),
}
Floats = NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True, slots=True)
class Incident:
    """Slices start..end inclusive, counted from the start of the history."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Monitor:
    """NaN = nothing arrived; the detector sees `values`, the scorer `incidents`."""

    name: str
    archetype: str
    values: Floats
    incidents: tuple[Incident, ...]


def _season(rng: Rng, shape: str, clock: Floats) -> tuple[Floats, int]:
    """A profile of spread about 1 over the slices of `clock`, and where in the day a batch starts (-1: no batch)."""
    hour = (clock % DAY) / 12.0
    weekday = (clock // DAY).astype(int) % 7
    start = -1
    if shape == "office":
        begin, end = rng.uniform(6, 9), rng.uniform(16, 19)
        up = 1 / (1 + np.exp(-(hour - begin) * 3)) - 1 / (1 + np.exp(-(hour - end) * 3))
        found = up * np.where(weekday < 5, 1.0, rng.uniform(0, 0.3)) * 2.5
    elif shape == "evening":
        peak = rng.uniform(18, 22)
        away = np.minimum(np.abs(hour - peak), 24 - np.abs(hour - peak))
        found = 2 * np.exp(-((away / rng.uniform(2, 4)) ** 2)) * np.where(weekday >= 4, rng.uniform(1, 1.5), 1.0)
    elif shape == "batch":
        start, length = int(rng.integers(0, DAY - 30)), int(rng.integers(6, 24))
        inside = ((clock % DAY) >= start) & ((clock % DAY) < start + length)
        found = np.where(inside, rng.uniform(4, 10), 0.0) + 0.3 * np.sin(2 * np.pi * clock / DAY)
    elif shape == "asymmetric":
        phase = ((clock + rng.integers(0, DAY)) % DAY) / DAY
        found = 3 * np.where(phase < 0.2, phase / 0.2, (1 - phase) / 0.8)
    elif shape == "hourly":
        found = np.where((clock + rng.integers(0, 12)) % 12 < 2, rng.uniform(2, 5), 0.0) + 0.5 * np.sin(2 * np.pi * clock / DAY)
    else:
        found = np.zeros(clock.size)
    return found, start


def _noise(rng: Rng, kind: str, n: int) -> Floats:
    """Standard deviation about 1."""
    if kind == "student":
        return rng.standard_t(3, n) / np.sqrt(3)
    if kind == "laplace":
        return rng.laplace(0, 1 / np.sqrt(2), n)
    if kind == "lognormal":
        return (rng.lognormal(0, 0.5, n) - np.exp(0.125)) / 0.604
    if kind == "wandering":
        white = rng.normal(size=n)
        found, last, phi = np.empty(n), 0.0, rng.uniform(0.6, 0.97)
        for t in range(n):
            last = phi * last + np.sqrt(1 - phi * phi) * white[t]
            found[t] = last
        return 0.9 * found + 0.44 * rng.normal(size=n)
    return rng.normal(size=n)


def _plan(rng: Rng, start: int) -> list[Incident]:
    """Nought to three incidents, half a day apart at least; batch incidents only where there is a batch."""
    kinds = [k for k in KINDS if start >= 0 or "batch" not in k]
    found: list[Incident] = []
    for _ in range(int(rng.choice([0, 1, 1, 2, 3]))):
        kind = str(rng.choice(kinds))
        length = int(rng.integers(*KINDS[kind])) if "batch" not in kind else 12
        begin = HISTORY + int(rng.integers(1, 13)) * DAY + start if "batch" in kind else HISTORY + int(rng.integers(72, TEST - length - 12))
        if all(begin > i.end + 144 or begin + length < i.start - 144 for i in found):
            found.append(Incident(begin, begin + length - 1, kind))
    return sorted(found, key=lambda i: i.start)


def _apply(rng: Rng, plan: list[Incident], shape: Callable[[Floats], Floats], parts: tuple[Floats, Floats, Floats]) -> None:
    """Write the incidents into clock, signal and spread."""
    clock, signal, spread = parts
    for i in plan:
        at, size, n = slice(i.start, i.end + 1), rng.uniform(3.5, 12), i.end - i.start + 1
        sign = rng.choice([-1.0, 1.0])
        if i.kind == "short spike":
            signal[at] += 1.5 * size + 3
        elif i.kind == "short dip":
            signal[at] -= 1.5 * size + 3
        elif i.kind == "slow drift":
            signal[at] += sign * size * np.linspace(0, 1, n)
        elif i.kind in ("shift", "surge"):
            signal[at] += sign * size
        elif i.kind == "noisier":
            spread[at] *= rng.uniform(3, 7)
        elif i.kind == "calmer":
            spread[at] *= rng.uniform(0.02, 0.15)
        elif i.kind == "phase shift":
            clock[at] -= rng.integers(12, 48)
        elif i.kind == "missed batch":
            clock[at.start : at.start + 30] = 0.0 if shape(np.zeros(1))[0] < 2 else DAY - 1
        elif i.kind == "late batch":
            clock[at.start : at.start + 40] -= 12
    del shape


def monitor(index: int, seed: int) -> Monitor:
    """One monitor."""
    rng = np.random.Generator(np.random.PCG64([seed, index, 20261122]))
    kind, shape = str(rng.choice(NOISES)), str(rng.choice(SHAPES))
    clock = np.arange(SLICES, dtype=np.float64)
    seed_of_shape = int(rng.integers(2**31))

    def season(at: Floats) -> Floats:
        return _season(np.random.default_rng(seed_of_shape), shape, at)[0]

    start = _season(np.random.default_rng(seed_of_shape), shape, clock[:1])[1]
    plan = _plan(rng, start)
    signal, spread = np.zeros(SLICES), np.ones(SLICES)
    _apply(rng, plan, season, (clock, signal, spread))
    strength = rng.uniform(0.5, 4)
    trend = rng.choice([0.0, 0.0, 1.0]) * rng.normal(0, 2) * np.arange(SLICES) / SLICES
    steps = np.zeros(SLICES)
    for at in rng.integers(0, SLICES, rng.poisson(2)):
        steps[at:] += rng.normal(0, 0.7)
    shape_now = strength * season(clock) + trend + steps
    if kind == "poisson":
        base = rng.uniform(0.5, 40)
        mean = np.maximum(base * (1 + 0.3 * shape_now), 0.05)
        x = rng.poisson(np.maximum(mean + np.sqrt(mean) * (signal + (spread - 1) * rng.normal(size=SLICES)), 0)).astype(float)
    else:
        x = shape_now + spread * _noise(rng, kind, SLICES) + signal
        x = rng.uniform(5, 200) * (x + rng.uniform(8, 40)) / 20
    for i in plan:
        if i.kind == "flatline":
            x[i.start : i.end + 1] = x[i.start]
    x[rng.random(SLICES) < rng.choice([0, 0.005, 0.05], p=[0.6, 0.3, 0.1])] = np.nan
    for at in rng.integers(0, SLICES, rng.poisson(1.5)):
        x[at : at + int(rng.integers(3, 60))] = np.nan
    return Monitor(f"v{index:04d}", f"{shape}/{kind}", x, tuple(plan))
