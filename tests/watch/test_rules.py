from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.watch.monitors import read_monitor
from pilotage.watch.verdicts import distances, rule_of

RULES = [
    {"kind": "static", "critical": "> 5", "warning": "> 2"},
    {"kind": "outlier", "baseline": 5},
    {"kind": "sudden-change", "baseline": 3},
    {"kind": "resource", "limit": 100, "baseline": 5},
]
VALUES = st.lists(st.floats(-1e15, 1e15) | st.just(float("nan")), min_size=1, max_size=40)


def judged(fields, values):
    _, rule = rule_of(read_monitor({"query": "x"} | fields))
    return rule(300 * np.arange(len(values)), np.array(values, float))


@pytest.mark.parametrize("fields", RULES, ids=lambda each: each["kind"])
@given(values=VALUES, data=st.data())
def test_a_rule_never_looks_ahead(fields, values, data):
    cut = data.draw(st.integers(1, len(values)))
    whole, part = judged(fields, values), judged(fields, values[:cut])
    assert whole.level[:cut].tolist() == part.level.tolist()
    assert set(whole.level.tolist()) <= {0, 1, 2}


@pytest.mark.parametrize("fields", RULES, ids=lambda each: each["kind"])
def test_missing_slices_are_not_unusual(fields):
    assert not judged(fields, [np.nan] * 20).level.any()


def test_sudden_changes_are_in_percent_of_the_slices_before():
    found = judged({"kind": "sudden-change", "baseline": 3, "critical": "> 50", "warning": "> 20"}, [10, 10, 10, 13, 13, 13, 30, 30, 30])
    assert found.level.tolist()[5] == 1
    assert found.level.tolist()[8] == 2


def test_a_disk_that_fills_is_told_hours_before():
    values = [10.0 + 5 * k for k in range(18)]
    found = judged({"kind": "resource", "limit": 100, "baseline": 5, "critical": "< 1", "warning": "< 1.25"}, values)
    hours_left = [(100 - v) / 5 / 12 for v in values]
    for level, left in zip(found.level.tolist()[5:], hours_left[5:], strict=True):
        assert level == (2 if left < 0.999 else 1 if left < 1.249 else 0)
    assert not judged({"kind": "resource", "limit": 100, "baseline": 5}, values[::-1]).level.any()


def test_distances_need_five_peers():
    table = np.array([[1.0, 1.0], [1.1, 1.1], [0.9, 0.9], [1.0, np.nan], [9.0, 9.0]])
    found = distances(table)
    assert found[4, 0] > 50
    assert np.isnan(found[:, 1]).all()
