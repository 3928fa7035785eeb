"""The batch profile of a series: what repeats each day, each week, or with a period of its own such as a batch job's.

Medians over the repetitions, so that incidents and holidays in the history do not enter; a running median over the week keeps the edge
between working day and weekend sharp. Chosen by the backtest, not by a test of significance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pilotage.learn.compile import kernel
from pilotage.learn.contract import Floats, Frame

Kind = Literal["none", "daily", "weekly", "period"]
DAILY_SMOOTH = 5
WEEKLY_SMOOTH = 97
SHORTEST, LONGEST = 6, 2100
LOBE, PEAK = 0.1, 0.3


@dataclass(frozen=True, slots=True)
class Profile:
    """Additive, on the model's scale: `values` by slot of the week, or by phase of `period` slices."""

    kind: Kind = "none"
    period: float = 0.0
    values: Floats = field(default_factory=lambda: np.zeros(0))

    def beside(self, slots: NDArray[np.int64], number: NDArray[np.int64]) -> Floats:
        """The profile at slices given by `slots[2, n]` and `number[n]`."""
        if self.kind == "none":
            return np.zeros(number.size)
        if self.kind == "period":
            return np.asarray(self.values[_phase(number, self.period, self.values.size)])
        return np.asarray(self.values[slots[0 if self.kind == "daily" else 1]])


def _phase(number: NDArray[np.int64], period: float, bins: int) -> NDArray[np.int64]:
    return np.asarray(np.floor((number % period) / period * bins), dtype=np.int64) % bins


@kernel
def _medians(values: Floats, slot: NDArray[np.int64], size: int) -> Floats:
    """The median of the values of each slot; 0 where a slot has none."""
    counts = np.zeros(size + 1, np.int64)
    for t in range(values.size):
        if values[t] == values[t]:
            counts[slot[t] + 1] += 1
    ends = np.cumsum(counts)
    place, kept = ends[:-1].copy(), np.empty(ends[-1])
    for t in range(values.size):
        if values[t] == values[t]:
            kept[place[slot[t]]] = values[t]
            place[slot[t]] += 1
    out = np.zeros(size)
    for i in range(size):
        if ends[i + 1] > ends[i]:
            out[i] = np.median(kept[ends[i] : ends[i + 1]])
    return out


@kernel
def _running_median(values: Floats, width: int) -> Floats:
    """Over a circle, by a sorted window."""
    n, half = values.size, width // 2
    window = np.empty(width)
    for i in range(width):
        window[i] = values[(i - half) % n]
    window = np.sort(window)
    out = np.empty(n)
    for t in range(n):
        out[t] = window[half]
        gone, new = values[(t - half) % n], values[(t + width - half) % n]
        i = np.searchsorted(window, gone)
        while i + 1 < width and window[i + 1] < new:
            window[i] = window[i + 1]
            i += 1
        while i > 0 and window[i - 1] > new:
            window[i] = window[i - 1]
            i -= 1
        window[i] = new
    return out


def _detrended(values: Floats, width: int) -> Floats:
    """Minus the centred mean over `width` slices; only ever called on the past."""
    known = np.isfinite(values)
    total, count = np.cumsum(np.concatenate([[0.0], np.where(known, values, 0.0)])), np.cumsum(np.concatenate([[0], known]))
    first = np.clip(np.arange(values.size) - width // 2, 0, values.size)
    last = np.clip(np.arange(values.size) + width - width // 2, 0, values.size)
    return np.asarray(values - (total[last] - total[first]) / np.maximum(count[last] - count[first], 1))


def fit(frame: Frame, kind: Kind, period: float = 0.0) -> Profile:
    """The profile of this kind of all slices of the frame."""
    per_day = frame.rhythm.per_day
    week = 7 * per_day
    if kind == "none" or len(frame) < 2 * per_day:
        return Profile()
    flat = _detrended(frame.values, week if len(frame) >= 2 * week else per_day)
    if kind == "period":
        bins = int(min(max(2, round(period)), LONGEST))
        middle = float(np.nanmedian(frame.values)) if np.isfinite(frame.values).any() else 0.0
        return _kept(kind, period, _medians(frame.values - middle, _phase(frame.number, period, bins), bins))
    daily = _medians(flat, frame.slots[0], per_day)
    if per_day >= 4 * DAILY_SMOOTH:
        wide = np.concatenate([daily[-(DAILY_SMOOTH // 2) :], daily, daily[: DAILY_SMOOTH // 2]])
        daily = np.convolve(wide, np.full(DAILY_SMOOTH, 1.0 / DAILY_SMOOTH), mode="valid")
    if kind == "daily":
        return _kept(kind, 0.0, daily)
    both = np.tile(daily, 7)
    deviation = _medians(flat, frame.slots[1], week) - both
    return _kept(kind, 0.0, both + _running_median(deviation, min(WEEKLY_SMOOTH, 2 * (week // 42) + 1)))


def stitched(frame: Frame, kind: Kind, period: float, since: int) -> Floats:
    """The profile beside each slice as one that has not seen it expects it: two folds from `since` on, each learnt from all the rest.

    As much history as the profile in force has, where one learnt before `since` alone would have half and miss more.
    """
    found = fit(frame, kind, period).beside(frame.slots, frame.number)
    half = since + (len(frame) - since) // 2
    for first, last in ((since, half), (half, len(frame))):
        values = frame.values.copy()
        values[first:last] = np.nan
        rest = Frame(values, frame.slots, frame.number, frame.season, frame.rhythm)
        found[first:last] = fit(rest, kind, period).beside(frame.slots[:, first:last], frame.number[first:last])
    return found


def _kept(kind: Kind, period: float, values: Floats) -> Profile:
    # Kept in single precision, so that the live profile and the one read back are the same.
    return Profile(kind, period, values.astype(np.float32).astype(np.float64))


def find_period(values: Floats, per_day: int) -> float:
    """A period in slices that is neither the day nor the week, by the autocorrelation and its multiples; 0 if there is none."""
    highest = min(LONGEST, values.size // 4)
    if highest <= SHORTEST + 2:
        return 0.0
    correlation = _autocorrelation(values)
    lags = np.arange(SHORTEST, highest)
    peak = (correlation[lags] >= correlation[lags - 1]) & (correlation[lags] > correlation[lags + 1]) & (correlation[lags] > PEAK)
    low = np.flatnonzero(correlation[:highest] < LOBE)
    peaks = lags[peak]
    peaks = peaks[peaks > low[0]] if low.size else peaks[:0]
    if peaks.size == 0:
        return 0.0
    strong = correlation[peaks] > 0.85 * correlation[peaks].max()
    period = _refined(correlation, float(peaks[strong][0]))
    days = period / per_day
    return 0.0 if per_day > 1 and days > 0.95 and abs(days - round(days)) < 0.02 else period


def _autocorrelation(values: Floats) -> Floats:
    flat = np.nan_to_num(_detrended(values, min(values.size, LONGEST)))
    limit = 4 * 1.4826 * float(np.median(np.abs(flat)))
    flat = np.clip(flat, -limit, limit) if limit > 0 else flat
    n = flat.size
    spectrum = np.fft.rfft(flat, 1 << (2 * n - 1).bit_length())
    raw = np.fft.irfft(np.abs(spectrum) ** 2)[:n]
    return np.asarray(raw / max(float(raw[0]), 1e-300) * n / (n - np.arange(n)))


def _refined(correlation: Floats, period: float) -> float:
    """The period to a fraction of a slice: the peak at each multiple, as far as there is one."""
    multiple, n = 2, correlation.size
    while period * multiple < 0.6 * n and multiple < 200:
        guess = round(period * multiple)
        width = max(1, int(period * 0.03)) if multiple < 4 else round(period * 0.6 / multiple) + 1
        first = max(1, guess - width)
        best = first + int(np.argmax(correlation[first : min(n - 1, guess + width + 1)]))
        if correlation[best] < LOBE + 0.05:
            break
        period = best / multiple
        multiple += 1
    return period
