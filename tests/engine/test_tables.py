"""Searches over spans, points and several tables at once."""

from __future__ import annotations

import json
import sys

import pyarrow as pa
import pytest

from pilotage.engine.run import Engine, Search
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("tables") / "store")
    events = sys.modules["pilotage_test_script"].events
    store.backend.insert("pilotage.logs", events("main", [{"ms": 5, "service": "pay", "_raw": "hello"}], NOW))
    store.backend.insert("pilotage.logs", events("_internal", [{"ms": 1, "service": "self"}], NOW))
    store.backend.insert(
        "pilotage.spans",
        pa.table(
            {
                "index": ["traces"],
                "time": pa.array([NOW - 5_000_000], pa.timestamp("ns", "UTC")),
                "received": pa.array([NOW // 1_000_000], pa.timestamp("ms", "UTC")),
                "service": ["pay"],
                "trace_id": ["ab" * 16],
                "span_id": ["cd" * 8],
                "name": ["GET /"],
                "kind": ["SERVER"],
                "status": ["ERROR"],
                "duration": pa.array([1_500_000], pa.int64()),
                "attributes": [["7", "x"]],
                "attribute_keys": ["\x1fms\x1froute\x1f"],
                "attribute_types": ["is"],
                "resource": ['{"service.name":"pay"}'],
                "scope": ["{}"],
                "events": [""],
                "links": [""],
            }
        ),
    )
    store.backend.insert(
        "pilotage.points",
        pa.table(
            {
                "index": ["metrics"],
                "metric": ["cpu"],
                "time": pa.array([NOW - 6_000_000], pa.timestamp("ns", "UTC")),
                "received": pa.array([NOW // 1_000_000], pa.timestamp("ms", "UTC")),
                "service": ["pay"],
                "value": [0.5],
                "number": ["d"],
                "type": ["gauge"],
                "attributes": ['{"core":1,"zone":"a"}'],
                "resource": ["{}"],
                "scope": ["{}"],
            }
        ),
    )
    yield Engine(store)
    store.close()


def rows(engine, query):
    result = engine.start(Search(query, now=NOW))
    return [json.loads(line) for piece in result.ndjson() for line in piece.splitlines()]


def test_a_span_has_its_fields_in_seconds_and_words(engine):
    (span,) = rows(engine, "index=traces status=error")
    assert span["duration"] == 0.0015
    assert (span["name"], span["kind"], span["trace_id"], span["ms"], span["route"]) == ("GET /", "SERVER", "ab" * 16, 7, "x")
    assert "events" not in span


def test_a_point_has_its_value_and_dimensions(engine):
    (point,) = rows(engine, "index=metrics metric_name=cpu core=1")
    assert (point["_value"], point["metric_name"], point["metric_type"], point["zone"]) == (0.5, "cpu", "gauge", "a")


def test_several_tables_are_one_stream_newest_first(engine):
    found = rows(engine, "index=*")
    assert [r["index"] for r in found] == ["main", "traces", "metrics"]
    assert [r.get("ms") for r in found] == [5, 7, None]
    assert found[1]["kind"] == "SERVER"
    assert "kind" not in found[0]


def test_fields_of_several_tables_meet_in_one_column(engine):
    assert rows(engine, "index=main OR index=traces | stats count sum(ms) as s by service") == [{"service": "pay", "count": 2, "s": 12}]
    assert rows(engine, "index=* | table index ms _raw | sort -ms | head 1") == [{"index": "traces", "ms": 7, "_raw": "GET /"}]


def test_internal_indexes_must_be_asked_for(engine):
    assert rows(engine, "index=_internal | table ms") == [{"ms": 1}]


@pytest.mark.parametrize("function", ["count", "avg(ms)", "max(ms)", "values(ms)", "perc50(ms)", "dc(service)"])
def test_a_column_of_a_chart_is_the_statistic_of_its_group(engine, function):
    """Cutting the plan at the chart's barrier changes no value."""
    plain = {r["index"]: r.get("v") for r in rows(engine, f"index=* | stats {function} as v by index")}
    (wide,) = rows(engine, f"index=* | eval all=1 | chart {function} as v over all by index limit=0")
    found = {k: v for k, v in wide.items() if k != "all"}
    assert found == {k: v for k, v in plain.items() if v is not None}
    (ranked,) = rows(engine, f"index=* | eval all=1 | chart {function} as v over all by index limit=2")
    assert set(ranked) <= {"all", "main", "traces", "metrics", "OTHER"}
