"""What every detector of the folder must keep, unasked: causality, cuts, gaps, odd numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from pilotage.learn.calendar import Calendar
from pilotage.learn.contract import Detector, Floats, Frame, Rhythm
from pilotage.learn.registry import detector, detectors
from pilotage.model.problem import PilotageError

RHYTHM = Rhythm.of(300)
NAMES = sorted(detectors())


def frame(values: Floats, first: int = 0) -> Frame:
    number = first + np.arange(values.size, dtype=np.int64)
    return Frame(values, Calendar().slots(number * 300, RHYTHM), number, np.zeros(values.size), RHYTHM)


def signal(n: int = 1500, seed: int = 3) -> Floats:
    rng = np.random.default_rng(seed)
    return np.asarray(10 + 3 * np.sin(np.arange(n) / 46) + rng.normal(0, 1, n))


def run(each: Detector, values: Floats, cuts: tuple[int, ...] = ()) -> Floats:
    settings = each.candidates(RHYTHM)[-1]
    state = each.start(settings, RHYTHM)
    edges = [0, *cuts, values.size]
    parts = [each.advance(settings, state, frame(values[a:b], a)) for a, b in itertools.pairwise(edges)]
    return np.concatenate(parts, axis=1)


@pytest.mark.parametrize("name", NAMES)
def test_truncating_the_future_changes_nothing(name: str) -> None:
    values = signal()
    whole = run(detector(name), values)
    changed = values.copy()
    changed[1000:] = 1e6
    # The forecast of slice 1000 may not see slice 1000.
    np.testing.assert_array_equal(run(detector(name), changed)[:, :1001], whole[:, :1001])
    np.testing.assert_array_equal(run(detector(name), values[:1000]), whole[:, :1000])


@pytest.mark.parametrize("name", NAMES)
def test_cuts_change_nothing(name: str) -> None:
    values = signal()
    values[700:760] = np.nan
    np.testing.assert_array_equal(run(detector(name), values, (1, 2, 730, 1400)), run(detector(name), values))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "values",
    [
        np.full(900, np.nan),
        np.full(900, 7.0),
        np.zeros(0),
        np.array([4.0]),
        np.where(np.arange(1200) % 5 < 2, np.nan, signal(1200)),
        np.concatenate([signal(600), np.full(288, np.nan), signal(600)]),
    ],
    ids=["all missing", "constant", "empty", "one", "forty percent missing", "a day missing"],
)
def test_odd_series_give_numbers_or_nothing(name: str, values: Floats) -> None:
    expected, scale = run(detector(name), values)
    assert not np.isinf(expected).any()
    known = np.isfinite(expected)
    assert (scale[known] >= 0).all()
    if np.isfinite(values).sum() > 600:
        assert known[-100:].all()
        assert np.abs(expected[known]).max() < 100


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("factor", [1e15, 1e-12, -1.0])
def test_scale_of_the_values_does_not_matter(name: str, factor: float) -> None:
    values = signal()
    plain, scaled = run(detector(name), values), run(detector(name), values * factor)
    known = np.isfinite(plain[0])
    np.testing.assert_array_equal(np.isfinite(scaled[0]), known)
    late = known & (np.arange(values.size) > 700)
    np.testing.assert_allclose(scaled[0, late] / factor, plain[0, late], rtol=0.02)


def test_an_unknown_detector_names_the_known_ones() -> None:
    with pytest.raises(PilotageError) as caught:
        detector("oracle")
    assert caught.value.problem.code == "detector-unknown"
    assert "holt_winters" in (caught.value.problem.hint or "")
