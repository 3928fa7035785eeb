from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.problem import PilotageError
from pilotage.watch.composite import read_when
from pilotage.watch.conditions import read_condition
from pilotage.watch.monitors import KINDS, read_monitor, share


def test_the_query_is_all_that_is_needed():
    monitor = read_monitor({"query": "index=main"})
    assert (monitor.name, monitor.kind, monitor.votes, monitor.vote_window, monitor.slice_seconds) == ("index=main", "anomaly", 3, 5, 300)
    assert monitor.document() == {"query": "index=main", "name": "index=main"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "composite"])
def test_a_document_comes_back_as_it_was_written(kind):
    extra = {"critical": "> 1"} if kind == "static" else {"limit": 5.0} if kind == "resource" else {}
    document = {"query": "index=main", "name": "n", "kind": kind, "labels": {"a": "b"}, "by": ["host"], "shadow": True} | extra
    found = read_monitor(document)
    assert read_monitor(found.document()) == found


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "object"),
        ({}, "`query`"),
        ({"query": "x" * 15_001}, "15001 characters"),
        ({"query": "x", "qery": "y"}, "no field `qery`"),
        ({"query": "x", "kind": "statc"}, "`kind`"),
        ({"query": "x", "kind": "static"}, "`critical`"),
        ({"query": "x", "kind": "composite"}, "`when`"),
        ({"query": "x", "kind": "resource"}, "`limit`"),
        ({"query": "x", "slice": "abc"}, "`slice`"),
        ({"query": "x", "slice": "1mon"}, "`slice`"),
        ({"query": "x", "window": 0}, "`window`"),
        ({"query": "x", "min_unusual": "6"}, "`min_unusual`"),
        ({"query": "x", "sensitivity": 2}, "`sensitivity`"),
        ({"query": "x", "min_deviation": -1}, "negative"),
        ({"query": "x", "critical": "more"}, "`critical`"),
        ({"query": "x", "critical": "outside 5..1"}, "`critical`"),
        ({"query": "x", "zone": "Nowhere/Land"}, "Nowhere/Land"),
        ({"query": "x", "labels": {f"l{i}": "v" for i in range(51)}}, "50 labels"),
        ({"query": "x", "most_groups": 0}, "`most_groups`"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(document, said):
    with pytest.raises(PilotageError) as caught:
        read_monitor(document)
    assert said in caught.value.problem.sentence + (caught.value.problem.hint or "")


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        (">2", [3]),
        (">= 2", [2, 3]),
        ("< 2", [-1, 1]),
        ("<=2", [-1, 1, 2]),
        ("outside 0..2", [-1, 3]),
        ("inside 1..2", [1, 2]),
        ("= 3", [3]),
    ],
)
def test_conditions_hold_for_these_values_and_never_for_missing_ones(text, fits):
    values = np.array([-1.0, 1.0, 2.0, 3.0, np.nan])
    condition = read_condition(text, "critical")
    assert values[condition.holds(values)].tolist() == fits
    assert read_condition(str(condition), "critical") == condition


@given(st.integers(1, 1000), st.integers(1, 100))
def test_a_share_is_the_smallest_count_that_reaches_it(window, percent):
    count = share(f"{percent}%", window)
    assert 1 <= count <= window
    assert count * 100 >= percent * window
    assert (count - 1) * 100 < percent * window


@pytest.mark.parametrize(
    ("text", "alerting", "truth"),
    [
        ("a AND b", {"a"}, False),
        ("a AND b", {"a", "b"}, True),
        ("a OR b AND c", {"a"}, True),
        ("(a OR b) AND c", {"a"}, False),
        ("a and not b", {"a"}, True),
        ('"two words" AND NOT (a OR b)', {"two words"}, True),
        ("NOT a", set(), True),
    ],
)
def test_composites_follow_logic(text, alerting, truth):
    found, names = read_when(text)
    assert found(dict.fromkeys(alerting, True)) is truth
    assert alerting <= names


@pytest.mark.parametrize("text", ["", "a AND", "(a", "a b", "AND a", "a)"])
def test_composites_that_cannot_be_read_are_refused(text):
    with pytest.raises(PilotageError, match="bad-monitor"):
        read_when(text)
