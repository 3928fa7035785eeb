from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from pilotage.model.problem import PilotageError
from pilotage.store.arrivals import Origin, Window, arrivals

START = 1_767_607_190.0


def moments(seconds, unit):
    return pa.array([datetime.fromtimestamp(each, UTC) for each in seconds], pa.timestamp(unit, "UTC"))


def insert(store, table, received, *, lag=0.5, **columns):
    count = len(received)
    names = {"index": "main", "source": "s", "sourcetype": "st", "host": "h", "service": "svc"} | columns
    data = {name: [value] * count for name, value in names.items()}
    data |= {"time": moments([each - lag for each in received], "ns"), "received": moments(received, "ms")}
    store.backend.insert(f"pilotage.{table}", pa.table(data))


def test_rows_by_origin_slot_and_table(store):
    insert(store, "logs", [START, START + 1, START + 12])
    insert(store, "logs", [START + 1], host="other", lag=3.0)
    insert(store, "points", [START + 2])
    insert(store, "logs", [START - 1], service="before")
    found, names = arrivals(store.backend, Window(START, START + 1, 10.0), set())
    origins = {number: origin for number, (origin, _) in names.items()}
    rows = {(origins[a.origin], a.slot - int(START / 10)): (a.rows, a.late, a.last - START) for a in found}
    logs, points = (Origin(signal, "main", "s", "st", "h", "svc") for signal in ("logs", "metrics"))
    other = Origin("logs", "main", "s", "st", "other", "svc")
    assert rows == {(logs, 0): (2, 1, 1.0), (logs, 1): (1, 1, 12.0), (other, 0): (1, 1, 1.0), (points, 0): (1, 1, 2.0)}
    assert {origin: first - START for origin, first in names.values()} == {logs: 0.0, other: 1.0, points: 2.0}
    assert {origins[a.origin]: (a.lag_p50, a.lag_max) for a in found if a.rows == 1} == {
        logs: (0.5, 0.5),
        other: (3.0, 3.0),
        points: (0.5, 0.5),
    }


def test_names_are_read_for_the_unknown_only(store):
    insert(store, "spans", [START])
    _, names = arrivals(store.backend, Window(START, START, 10.0), set())
    insert(store, "spans", [START + 1], source="new")
    found, fresh = arrivals(store.backend, Window(START, START, 10.0), names.keys())
    assert len(found) == 2
    assert [origin.source for origin, _ in fresh.values()] == ["new"]


def test_names_that_trade_places_are_not_mixed_up(store):
    insert(store, "logs", [START], source="a", sourcetype="b", host="c", service="d")
    insert(store, "logs", [START], source="b", sourcetype="a", host="d", service="c")
    insert(store, "spans", [START], source="a", sourcetype="b", host="c", service="d")
    assert len({each.origin for each in arrivals(store.backend, Window(START, START, 10.0), set())[0]}) == 3


def test_too_much_to_read_is_refused(store):
    insert(store, "logs", [START + n / 1000 for n in range(20_000)])
    with pytest.raises(PilotageError, match="query-rows"):
        arrivals(store.backend, Window(START, START, 10.0), set(), rows_read=100)


def test_lags_are_measured_when_asked_for(store):
    insert(store, "logs", [START, START + 1, START + 2], lag=2.0)
    ((found,), _) = arrivals(store.backend, Window(START, START + 1, 10.0, lags=False), set())
    assert (found.rows, found.late, found.lag_p50, found.lag_max) == (3, 2, None, None)
    ((found,), _) = arrivals(store.backend, Window(START, START + 1, 10.0), set())
    assert (found.rows, found.late, found.lag_p50, found.lag_max) == (3, 2, 2.0, 2.0)
