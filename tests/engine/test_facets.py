"""Facets: exact counts of the most frequent values, the useful fields by themselves, bounded and said so."""

from __future__ import annotations

import sys
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotage.engine.facets import facets
from pilotage.engine.run import Search
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000
HOSTILE = "we ird`\"'\\"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = open_store(tmp_path_factory.mktemp("facets") / "store")
    rows = [
        {"_raw": f"event {k}", "severity": ("INFO", "")[k % 2], "service": "pay", "code": k % 5, "user": f"u{k}", "trace_id": f"{k:032x}"}
        for k in range(100)
    ]
    rows[0][HOSTILE] = "<script>'\"\\"
    opened.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events("main", rows, NOW))
    yield opened
    opened.close()


def ask(store, query="index=main", **options):
    return facets(store, Search(query, now=NOW), **options)


def by_name(found):
    return {each.name: each for each in found.fields}


def test_the_useful_fields_by_themselves(store):
    found = ask(store)
    assert [f.name for f in found.fields] == ["index", "service", "severity", "code", HOSTILE]
    assert (found.rows, found.sampled, found.messages) == (100, False, ())
    code = by_name(found)["code"]
    assert (code.present, code.distinct, [(v.value, v.count) for v in code.values]) == (100, 5, [(str(k), 20) for k in range(5)])
    severity = by_name(found)["severity"]
    assert (severity.kind, severity.present, severity.distinct) == ("text", 50, 1)
    assert by_name(found)[HOSTILE].values[0].value == "<script>'\"\\"


def test_asked_for_are_any_fields_in_that_order(store):
    found = ask(store, fields=["user", "nothing", "severity", "user", "trace_id"], limit=3)
    assert [f.name for f in found.fields] == ["user", "severity", "trace_id"]
    assert (found.fields[0].distinct, len(found.fields[0].values)) == (100, 3)
    assert [m.sentence for m in found.messages] == ["no field `nothing` here"]


def test_the_newest_when_there_are_many(store):
    found = ask(store, fields=["user"], rows=10, limit=20)
    assert (found.rows, found.sampled) == (10, True)
    assert {v.value for v in found.fields[0].values} == {f"u{k}" for k in range(10)}
    assert [m.code for m in found.messages] == ["facets-sampled"]


def test_fields_that_the_query_makes(store):
    found = ask(
        store, 'index=main | rex "event (?<digit>\\d)" | eval half=if(code<2, "low", "high") | stats count', fields=["digit", "half"]
    )
    assert [(v.value, v.count) for v in by_name(found)["half"].values] == [("high", 60), ("low", 40)]
    assert by_name(found)["digit"].distinct == 10


def test_only_the_fields_that_are_left(store):
    assert [f.name for f in ask(store, "index=main | table code severity").fields] == ["severity", "code"]


def test_each_member_of_a_multivalue_counts(store):
    found = ask(store, 'index=main | eval parts=split("a,b,a", ",")', fields=["parts"])
    assert [(v.value, v.count) for v in found.fields[0].values] == [("a", 200), ("b", 100)]


def test_nothing_is_nothing(store):
    found = ask(store, "index=main code>100")
    assert (found.rows, found.fields) == (0, ())
    assert ask(store, "index=none").messages[0].code == "unknown-index"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 30), st.integers(1, 100))
def test_counts_are_those_of_the_rows(store, limit, rows):
    found = ask(store, fields=["code"], limit=limit, rows=rows)
    expected = Counter(str(k % 5) for k in range(rows))
    assert {v.value: v.count for v in found.fields[0].values} == dict(sorted(expected.items(), key=lambda i: (-i[1], i[0]))[:limit])
    assert (found.fields[0].present, found.fields[0].distinct) == (rows, len(expected))
