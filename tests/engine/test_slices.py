"""Queries cut into slices: one plan answers for every slice what the query alone would say of it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import numpy as np
import pytest

from pilotage.engine.run import Engine, Search
from pilotage.engine.slices import check_query, own_span, values_of
from pilotage.engine.slicing import Cut
from pilotage.model.problem import PilotageError
from pilotage.store.open import open_store

SECOND = 1_000_000_000
NOW = 1_767_607_200  # 2026-01-05T10:00:00Z
WEB = ("a", "b", None)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("slices") / "store")
    events = sys.modules["pilotage_test_script"].events
    rows = [
        {"_time": datetime.fromtimestamp(NOW - 60 * k - 1, UTC).isoformat(), "ms": k, "_raw": f"event {k}"}
        | ({"web": WEB[k % 3]} if WEB[k % 3] else {})
        for k in range(60)
    ]
    store.backend.insert("pilotage.logs", events("main", rows, NOW * SECOND))
    yield Engine(store)
    store.close()


def values(engine, query, *, language="spl", **options):
    return values_of(engine, Search(query, language), Cut(300, NOW - 3600, NOW, **options))


def table(found):
    rows = zip(found.series.tolist(), found.time.tolist(), found.value.tolist(), found.count.tolist(), strict=True)
    return {(found.names[s], (t - NOW) // 300): (v, c) for s, t, v, c in rows}


def test_events_without_an_aggregate_are_counted(engine):
    found = table(values(engine, "index=main"))
    assert found == {("{}", -k): (5, 5) for k in range(1, 13)}


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("index=main | stats avg(ms) as a", "spl"),
        ("index=main | timechart span=1m avg(ms)", "spl"),
        ("index=main | bin _time span=5m | stats avg(ms) by _time | sort -_time", "spl"),
        ("index=main | eval x=ms | stats avg(x) as y | rename y as z | head 3 | fields z", "spl"),
        ("_index=main | timeslice 5m | avg(ms) by _timeslice", "sumo"),
    ],
)
def test_an_aggregate_gives_its_value_in_each_slice(engine, query, language):
    found = table(values(engine, query, language=language))
    assert found == {("{}", -k): (5 * k - 3, 5) for k in range(1, 13)}


def test_each_group_is_a_series_and_a_missing_group_its_own(engine):
    found = values(engine, "index=main | stats count by web")
    assert sorted(found.names) == ['{"web": "a"}', '{"web": "b"}', '{"web": null}']
    assert np.bincount(found.series, found.count).tolist() == [20, 20, 20]
    by_hand = values(engine, "index=main", by=("web",))
    assert table(by_hand) == table(found)


def test_the_watched_column_can_be_named_or_the_rows_counted(engine):
    query = "index=main | stats count, max(ms) as top by web | where top>30"
    assert all(v == c for v, c in table(values(engine, query)).values())
    assert max(v for v, _ in table(values(engine, query, value="top")).values()) == 59
    rows = table(values(engine, query, value="rows"))
    assert rows[("{}", -12)] == (3, 5)
    assert ("{}", -1) not in rows


def test_a_computed_column_is_watched_by_default(engine):
    found = table(values(engine, 'index=main | stats count as n, count(eval(web="a")) as a | eval share=a/n'))
    assert {v for v, _ in found.values()} == {0.2, 0.4}


def test_too_many_groups_are_cut_to_the_largest_with_a_message(engine):
    found = values(engine, "index=main | stats count by ms").largest(7)
    assert len(found.names) == 7
    assert len(found.time) == len(found.value) == len(found.count) == 7
    assert [m.code for m in found.messages] == ["groups-limited"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("| makeresults count=3", "monitor-query"),
        ("index=main | streamstats count", "monitor-query"),
        ("index=main | head 10 | stats count", "monitor-query"),
        ("index=main | stats medain(ms)", "unknown-function"),
    ],
)
def test_what_cannot_be_cut_is_refused_before_it_is_kept(engine, query, code):
    with pytest.raises(PilotageError) as caught:
        check_query(engine, Search(query), Cut(300, NOW - 300, NOW))
    assert caught.value.problem.code == code


def test_unknown_values_and_groups_are_named(engine):
    search = Search("index=main | stats count by web")
    with pytest.raises(PilotageError, match="no column `x`"):
        check_query(engine, search, Cut(300, NOW - 300, NOW, value="x"))
    with pytest.raises(PilotageError, match="no group field `host`"):
        check_query(engine, search, Cut(300, NOW - 300, NOW, by=("host",)))


def test_the_querys_own_slices_are_found(engine):
    assert own_span(engine, Search("index=main | timechart span=1h count")) == 3600
    assert own_span(engine, Search("_index=main | timeslice 1m | count by _timeslice", "sumo")) == 60
    assert own_span(engine, Search("index=main | stats count")) is None


def test_no_events_give_no_rows(engine):
    found = values(engine, "index=nothing | stats count by web")
    assert found.names == ()
    assert len(found.time) == 0
