"""Forecasts: what each model gets right, whatever the numbers, and with gaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.learn import forecast

STEPS = np.arange(120.0)


def test_a_level_is_kept_through_noise():
    values = 50 + np.random.default_rng(1).normal(0, 2, 120)
    found = forecast.local_level(values, 120, 130)
    assert np.allclose(found.values[120:], 50, atol=1.5)
    assert found.variances[100] == pytest.approx(4, rel=0.5)
    assert np.all(np.diff(found.variances[120:]) >= 0)


def test_a_line_goes_on():
    found = forecast.local_trend(7 - 3 * STEPS, 120, 125)
    assert np.allclose(found.values, 7 - 3 * np.arange(125.0), atol=1e-6)


def test_a_level_that_jumps_is_followed():
    values = np.where(STEPS < 60, 10.0, 90.0)
    assert forecast.local_level(values, 120, 121).values[-1] == pytest.approx(90, abs=0.1)


@pytest.mark.parametrize("period", [4, 7, 24])
def test_a_season_is_found_and_goes_on(period):
    wave = 10 * np.sin(2 * np.pi * np.arange(20 * period) / period) + np.arange(20 * period) % period
    noisy = wave + np.random.default_rng(2).normal(0, 0.5, len(wave))
    assert forecast.period_of(noisy) == period
    found = forecast.seasonal_level(noisy, len(noisy), len(noisy) + period, period)
    assert np.allclose(found.values[-period:], wave[:period], atol=1.5)


@pytest.mark.parametrize("values", [np.zeros(100), 3 * STEPS, np.random.default_rng(3).normal(size=400), STEPS[:5]])
def test_no_season_where_there_is_none(values):
    assert forecast.period_of(values) is None


def test_two_series_help_each_other():
    generator = np.random.default_rng(4)
    base = np.cumsum(generator.normal(0, 1, 200))
    values = np.stack([base, np.roll(base, -1)])
    values[1, -1] = base[-1]
    one, _ = forecast.together(values, 200, 200)
    alone = forecast.local_level(values[0], 200, 200)
    assert np.mean((one.values[5:] - base[5:]) ** 2) < np.mean((alone.values[5:] - base[5:]) ** 2)


def test_another_series_carries_on():
    generator = np.random.default_rng(5)
    other = np.cumsum(generator.normal(0, 1, 150))
    values = 2 * other + 5
    found = forecast.along(values, other, 140, 150)
    assert np.mean((found.values[141:] - values[141:]) ** 2) < np.mean((values[139] - values[141:]) ** 2) + 25


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=4, max_size=60), st.integers(0, 12), st.integers(2, 9))
def test_every_series_has_an_answer(numbers, ahead, period):
    values = np.array(numbers)
    size = len(values)
    models = [forecast.local_level(values, size, size + ahead), forecast.local_trend(values, size, size + ahead)]
    if period < size:
        models.append(forecast.seasonal_level(values, size, size + ahead, period))
        models.append(forecast.mixed(models[0], models[-1]))
    for found in models:
        assert len(found.values) == len(found.variances) == size + ahead
        assert np.isfinite(found.values).all()
        assert (found.variances >= 0).all()
    forecast.period_of(values)
