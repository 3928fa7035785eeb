"""Profiles: what repeats is found, with its edges, and what does not is left alone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pilotage.learn.calendar import Calendar
from pilotage.learn.contract import Frame, Rhythm
from pilotage.learn.season import find_period, fit, stitched

RHYTHM = Rhythm.of(300)
N = 42 * 288


def frame(values: NDArray[np.float64]) -> Frame:
    number = 5_891_904 + np.arange(values.size, dtype=np.int64)
    return Frame(values, Calendar().slots(number * 300, RHYTHM), number, np.zeros(values.size), RHYTHM)


def noise(seed: int = 2) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=N)


@pytest.mark.parametrize("period", [37, 100.5, 443, 801])
def test_a_period_is_found_to_a_fraction_of_a_slice(period: float) -> None:
    assert find_period(np.arange(N) % period / period * 20 + noise(), 288) == pytest.approx(period, rel=2e-3)


@pytest.mark.parametrize(
    "values", [noise(), np.cumsum(noise()), np.full(N, 3.0), np.full(N, np.nan), noise()[:20], np.sin(np.arange(N) * 2 * np.pi / 288)]
)
def test_no_period_is_made_up(values: NDArray[np.float64]) -> None:
    assert find_period(values, 288) == 0


def test_the_edge_of_a_weekend_stays_sharp() -> None:
    found = frame(noise())
    weekend = found.slots[1] >= 5 * 288
    found = frame(10.0 * ~weekend + noise())
    beside = fit(found, "weekly").beside(found.slots, found.number)
    step = np.abs(np.diff(beside))
    assert step.max() > 7
    assert np.median(beside[~weekend]) - np.median(beside[weekend]) == pytest.approx(10, abs=0.6)


def test_an_incident_of_one_day_leaves_no_trace() -> None:
    values = 5 * np.sin(np.arange(N) * 2 * np.pi / 288) + noise()
    clean = fit(frame(values), "daily").values
    values[3000:3100] += 50
    assert np.abs(fit(frame(values), "daily").values - clean).max() < 1.5


def test_a_fold_has_not_seen_its_own_slices() -> None:
    values = noise()
    half = stitched(frame(values), "weekly", 0.0, N // 2)
    changed = values.copy()
    changed[N // 2 : N // 2 + 2000] += 1000
    again = stitched(frame(changed), "weekly", 0.0, N // 2)
    # Inside the changed part only the trend of the rest could differ; the profile there was learnt without it.
    np.testing.assert_allclose(again[N // 2 : N // 2 + 2000], half[N // 2 : N // 2 + 2000], atol=1e-4)
