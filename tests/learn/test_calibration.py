"""Tails and rates: what a score promises is what happens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.learn import evidence, expected
from pilotage.learn.calibration import fit_tail, normal_tail


def scores(tail: np.ndarray, values: np.ndarray) -> np.ndarray:
    out = np.zeros(values.size)
    evidence.rare(values, tail, out)
    return out


@pytest.mark.parametrize("draw", ["normal", "laplace", "exponential", "lognormal"])
@pytest.mark.parametrize("nominal", [0.1, 0.01, 0.001])
def test_exceedance_on_new_values_is_the_nominal_one(draw: str, nominal: float) -> None:
    rng = np.random.default_rng(3)
    tail = fit_tail(getattr(rng, draw)(size=20_000))
    share = float(np.mean(scores(tail, getattr(rng, draw)(size=200_000)) >= -np.log10(nominal)))
    # Beyond the last hundredth the tail is exponential or heavier: a normal one is thinner, and its rare values are called less rare.
    assert nominal / (2.5 if nominal < 0.01 else 1.6) <= share <= nominal * 1.6


def test_ties_are_never_rarer_than_they_are() -> None:
    sample = np.where(np.arange(5000) % 50 == 0, 1.0, 0.0)
    found = scores(fit_tail(sample), np.array([0.0, 1.0]))
    assert found[0] <= 0.31
    assert found[1] <= -np.log10(0.02) + 0.05


def test_what_was_seen_is_no_miracle() -> None:
    sample = np.concatenate([np.random.default_rng(5).normal(size=8000), [40.0, 45.0, 50.0]])
    assert scores(fit_tail(sample), np.array([50.0]))[0] < 5
    assert scores(fit_tail(sample[:-3]), np.array([50.0]))[0] > 6


def test_a_short_sample_believes_in_no_thin_tail() -> None:
    rng = np.random.default_rng(6)
    short, long = fit_tail(rng.normal(size=300)), fit_tail(rng.normal(size=9000))
    assert scores(short, np.array([5.0]))[0] < scores(long, np.array([5.0]))[0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=100, max_size=400))
def test_scores_rise_with_the_statistic(sample: list[float]) -> None:
    tail = fit_tail(np.array(sample))
    assert np.all(np.diff(tail[0]) >= 0)
    assert np.all(np.diff(tail[1]) > 0)
    found = scores(tail, np.linspace(-2e6, 4e6, 200))
    assert np.all(np.diff(found) >= -1e-9)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.5, 8), st.sampled_from([-1, 0, 1]))
def test_limits_are_where_the_score_is_reached(level: float, direction: int) -> None:
    rng = np.random.default_rng(7)
    tails = np.concatenate([fit_tail(rng.exponential(size=5000)), normal_tail(2.0)])
    low, high = evidence.limits(level, tails, direction)
    around = np.array([low - 1e-6, low + 1e-6, high - 1e-6, high + 1e-6])
    out = np.zeros(4)
    evidence.judge(around, tails, direction, out)
    if direction >= 0:
        assert out[2] <= level + 1e-4 <= out[3] + 2e-4
    if direction <= 0:
        assert out[1] <= level + 1e-4 <= out[0] + 2e-4


def test_the_vote_is_the_third_largest_of_five() -> None:
    rng = np.random.default_rng(8)
    score = rng.exponential(size=300)
    found = expected.voted(score, 5, 3)
    for t in range(5, 300):
        assert found[t] == sorted(score[t - 4 : t + 1])[2]


def test_the_limit_gives_the_alerts_asked_for() -> None:
    rng = np.random.default_rng(9)
    score = -np.log10(rng.random(2016 * 8))
    log_rates = expected.rates(score, 300)
    for rate in (1.0, 5.0, 20.0):
        limit = expected.limit(rate, log_rates)
        assert expected.at(limit, log_rates) == pytest.approx(rate, rel=0.05)
        fresh = -np.log10(rng.random(2016 * 50))
        rows = np.flatnonzero(fresh >= limit)
        episodes = 1 + int(np.sum(np.diff(rows) > 6))
        assert episodes / 50 == pytest.approx(rate, rel=0.5)


def test_a_short_history_is_doubted() -> None:
    assert expected.doubt(2016 * 4, 300) == 0
    assert expected.doubt(2016, 300) == pytest.approx(np.log10(4))
    assert expected.doubt(10, 300) < 2
