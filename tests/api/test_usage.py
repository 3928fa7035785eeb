from __future__ import annotations

import json

import pytest

from pilotage.api.resources import usage
from pilotage.store import retention
from pilotage.store.volume import DayVolume, Sample, Volume

FOUND = Volume(
    days=[DayVolume("main", "logs", "2026-01-05", 30, 300), DayVolume("main", "metrics", "2026-01-05", 12, 20)],
    sources=[],
    keys=[],
    metrics=[],
    samples=[Sample("logs", 30, 1, 4), Sample("metrics", 12, 1, 1)],
)


@pytest.fixture
def measured(app, monkeypatch):
    """A store whose volume is known, and the ranges that were asked for."""
    ranges = []
    monkeypatch.setattr(usage, "volume", lambda _, asked: ranges.append(asked) or FOUND)
    held = [retention.Usage(name, 100, 900, 1, 2) for name in ("main", "old")]
    monkeypatch.setattr(retention, "usage", lambda _: held)
    return app, ranges


def test_every_index_has_its_disk_and_its_share_of_the_range(measured):
    app, ranges = measured
    found = json.loads(app.call("GET", "/api/v1/usage?earliest=1767571200&latest=1767657600&top=5").body)
    assert found["indexes"] == [
        {"name": "main", "rows_total": 100, "bytes_on_disk": 900, "rows": 42, "bytes": 320},
        {"name": "old", "rows_total": 100, "bytes_on_disk": 900, "rows": 0, "bytes": 0},
    ]
    assert found["note"].startswith("a sample was read: one of 4 rows for the keys of logs; ")
    assert (ranges[0].earliest, ranges[0].latest, ranges[0].index, ranges[0].top) == (1767571200, 1767657600, None, 5)


def test_the_last_day_is_measured_unless_asked_otherwise(measured):
    app, ranges = measured
    assert [each["name"] for each in json.loads(app.call("GET", "/api/v1/usage?index=old").body)["indexes"]] == ["old"]
    assert ranges[0].latest - ranges[0].earliest == pytest.approx(86_400)
    assert ranges[0].index == "old"


@pytest.mark.parametrize("query", ["earliest=now&latest=-1h", "earliest=soon", "index=a'b", "top=0", "sort=x"])
def test_what_cannot_be_measured_is_refused(measured, query):
    app, ranges = measured
    assert app.call("GET", f"/api/v1/usage?{query}").status == 400
    assert not ranges


def test_one_at_a_time(measured):
    app, _ = measured
    with usage._TURN:
        answer = app.call("GET", "/api/v1/usage")
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (503, "searches-busy")
    assert app.call("GET", "/api/v1/usage").status == 200


def test_reading_needs_a_token_where_there_are_any(closed):
    assert closed.call("GET", "/api/v1/usage").status == 401
    assert closed.call("GET", "/api/v1/sources").status == 401
