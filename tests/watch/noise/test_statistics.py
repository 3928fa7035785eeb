"""Intervals and rank correlation against SciPy and published values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pilotage.watch.noise.statistics import ranks, rate_ratio, spearman, wilson


@given(st.integers(0, 500), st.integers(1, 500))
def test_wilson_is_scipys(count, of):
    count = min(count, of)
    found = wilson(count, of)
    expected = stats.binomtest(count, of).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert found.low <= found.value <= found.high


def test_nothing_says_nothing():
    assert wilson(0, 0).value is None
    assert rate_ratio(0, 7, 0, 7).value is None
    assert spearman(np.ones(3), np.ones(3)).rho.value is None
    assert spearman(np.arange(30.0), np.ones(30)).rho.value is None


def test_a_rate_that_fell_to_a_fifth():
    found = rate_ratio(100, 30, 10, 15)
    assert found.value == pytest.approx(0.2)
    assert found.low < 0.2 < found.high < 0.45
    assert rate_ratio(0, 7, 5, 7).high is None


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=4, max_size=60))
def test_rho_is_scipys_with_ties(pairs):
    a, b = np.array(pairs, dtype=float).T
    if len(set(a)) > 1 and len(set(b)) > 1:
        assert spearman(a, b).rho.value == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-9)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_ranks_are_scipys(values):
    assert ranks(np.array(values)) == pytest.approx(stats.rankdata(values))


def test_missing_windows_are_left_out():
    a, b = np.arange(50.0), np.arange(50.0) ** 2
    a[3] = b[7] = np.nan
    assert (spearman(a, b).pairs, spearman(a, b).rho.value) == (48, pytest.approx(1.0))


def test_series_that_wander_are_worth_few_pairs_and_intervals_keep_their_promise():
    rng = np.random.default_rng(5)
    inside, naive = 0, 0
    for _ in range(200):
        a, b = (np.convolve(rng.normal(size=540), np.ones(40), "valid") for _ in range(2))
        found = spearman(a, b)
        inside += found.rho.low <= 0 <= found.rho.high
        naive += stats.spearmanr(a, b).pvalue < 0.05
        assert found.effective < 100
    assert naive > 100
    assert inside >= 170
