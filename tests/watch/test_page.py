from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.state.records import Alert
from pilotage.watch.drawing import MOST_LINES, nice, svg, ticks
from pilotage.watch.page import compared, over_represented, related, traces_of


def alert(name, opened, *, labels="{}", group="{}", resolved=None):
    return Alert(name, "m", group, "critical", "open", opened, int(opened), int(opened), resolved_at=resolved, labels=labels)


def test_values_that_grew_are_told_with_both_shares():
    now = [{"host": "a", "status": 500}] * 8 + [{"host": "b", "status": 200}] * 2
    before = [{"host": "a", "status": 200}] * 5 + [{"host": "b", "status": 200}] * 5
    found = over_represented(now, before)
    assert [(each.field, each.value, each.share, each.baseline) for each in found] == [
        ("status", "500", 0.8, 0.0),
        ("host", "a", 0.8, 0.5),
    ]
    assert over_represented(now, now) == []


def test_kinds_of_text_are_new_gone_more_or_fewer():
    found = compared({"a": 10, "b": 20, "c": 3}, {"b": 5, "c": 3, "d": 7})
    assert [(each.signature, each.change) for each in found] == [("a", "new"), ("b", "more"), ("d", "gone")]


def test_traces_come_from_events_and_exemplars_each_once():
    rows = [{"trace_id": "t1"}, {"exemplars": [{"trace_id": "t2"}, {"trace_id": "t1"}, 3]}, {"exemplars": "x"}, {}]
    assert traces_of(rows) == ["t1", "t2"]


def test_related_alerts_are_near_in_time_or_of_the_same_entity():
    mine = alert("x", 10_000, labels='{"service": "web"}')
    near = alert("near", 10_900, resolved=11_000)
    same = alert("same", 13_000, group='{"service": "web"}')
    far = alert("far", 20_000, labels='{"service": "web"}')
    assert [(each.id, why) for each, why in related(mine, [mine, far, same, near])] == [
        ("near", "at the same time"),
        ("same", "same service=web"),
    ]


NUMBERS = st.none() | st.floats(-1e12, 1e12)


@given(st.lists(st.tuples(st.integers(0, 10**9), NUMBERS, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.integers(0, 3)), max_size=30), st.text())
def test_any_rows_make_a_picture(rows, title):
    title = "".join(c for c in title if c.isprintable())
    root = ET.fromstring(svg(sorted(rows, key=lambda row: row[0]), title, markers=[(5.0, "<deploy>")]))
    assert root.tag.endswith("svg")
    dots = [each for each in root.iter() if each.tag.endswith("circle")]
    assert len(dots) == sum(bool(row[6] & 1) and row[1] is not None for row in rows)


@given(st.floats(1e-9, 1e9))
def test_steps_are_one_two_or_five(step):
    found = nice(step)
    assert step * 0.999 <= found <= step * 5.01


@pytest.mark.parametrize(
    "values",
    [
        [9007199254740993.0, 9007199254740994.0],
        [1e16, 1e16 + 4],
        [1e308, -1e308],
        [1.7e308, 1.7e308],
        [-1.7e308, 0.0],
        [math.inf, 1.0],
        [math.nan, -math.inf],
        [5e-324, 1e-323],
        [-0.0, 0.0],
    ],
)
def test_ranges_at_the_ends_of_what_floats_can_tell_apart_are_drawn(values):
    drawn = svg([[300.0 * number, value, value, value, value, None, 1.0] for number, value in enumerate(values)], "edges")
    ET.fromstring(drawn)
    assert not re.search(r"\b(?:nan|inf)\b", drawn)


@given(st.floats(-1e307, 1e307), st.floats(-1e307, 1e307))
def test_ticks_are_few_and_within_their_range(one, other):
    low, high = sorted((one, other))
    found = ticks(low, high) if low < high else []
    assert len(found) <= MOST_LINES
    assert found == sorted(set(found))
    assert all(low <= value <= high for value in found)


def test_a_chart_of_years_has_few_dates():
    assert svg([[0.0, 1.0, None, None, None, None, 0.0], [9e8, 2.0, None, None, None, None, 0.0]], "years").count("<text") < 40
