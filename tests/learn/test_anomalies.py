"""Rows of rare values and numbers that lie far out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.learn import anomalies


def test_frequencies_and_cause():
    first = anomalies.frequencies(np.array([0, 0, 0, 1]))
    second = anomalies.frequencies(np.array([0, 1, 0, 0]))
    assert first.tolist() == [0.75, 0.75, 0.75, 0.25]
    found = anomalies.improbable([first, second])
    assert found.cause.tolist() == [0, 1, 0, 0]
    assert found.logarithms[3] == pytest.approx(np.log(0.25 * 0.75))
    assert found.highest.tolist() == [0.75] * 4
    assert found.lowest.tolist() == [0.75, 0.25, 0.75, 0.25]


def test_a_cap_on_how_many():
    logarithms = np.concatenate([np.full(800, -1.0), -10 - np.arange(200.0)])
    assert np.sum(logarithms < anomalies.threshold(logarithms, None, capped=False)) == 200
    assert np.sum(logarithms < anomalies.threshold(logarithms, None, capped=True)) == 50
    assert anomalies.threshold(logarithms, 0.5, capped=True) == pytest.approx(np.log(0.5))


def test_bounds():
    values = np.array([1, 2, 3, 4, 5, 6, 7, 8, np.nan])
    assert anomalies.fences(values, 1.0, lower=True) == (-2.0, 10.0)
    assert anomalies.fences(values, 1.0, lower=False)[0] == -np.inf
    low, high = anomalies.tails(values, 0.05)
    assert (low + high) / 2 == pytest.approx(4.5)
    assert high - 4.5 == pytest.approx(1.959964 * np.std(values[:8], ddof=1), rel=1e-5)
    assert anomalies.tails(np.full(5, 3.0), 0.05) == (-np.inf, np.inf)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.floats(allow_infinity=False), st.just(float("nan"))), min_size=1, max_size=50))
def test_bins_keep_order_and_missing_apart(numbers):
    values = np.array(numbers)
    codes = anomalies.binned(values)
    assert (codes[np.isnan(values)] == 0).all()
    known = values[~np.isnan(values)]
    order = np.argsort(known, kind="stable")
    assert (np.diff(codes[~np.isnan(values)][order]) >= 0).all()
    assert (codes[~np.isnan(values)] > 0).all()
