"""The rounds of the watch on a clock that the test moves: monitors are taken up, judged when due, dropped."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime

import pytest

from pilotage.engine.run import Engine
from pilotage.model.problem import PilotageError
from pilotage.schedule.clock import HeldClock
from pilotage.state.open import open_state
from pilotage.store.open import open_store
from pilotage.watch.book import MonitorBook, converted
from pilotage.watch.evaluation import Evaluation
from pilotage.watch.rounds import Watch

SECOND = 1_000_000_000
NOW = 1_767_607_200
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("rounds") / "store")
    events = sys.modules["pilotage_test_script"].events
    rows = [
        {"_time": datetime.fromtimestamp(NOW + 300 * k + 9, UTC).isoformat(), "n": 900 if 3 <= k <= 5 else 100, "_raw": f"e{k}"}
        for k in range(-20, 40)
    ]
    store.backend.insert("pilotage.logs", events("main", rows, NOW * SECOND))
    yield Engine(store)
    store.close()


@pytest.fixture
def state(tmp_path):
    opened = open_state(tmp_path)
    yield opened
    opened.close()


def until(wanted):
    """Wait for another thread; what it does is not in our hands."""
    end = time.monotonic() + PATIENCE_S
    while not (found := wanted()):
        assert time.monotonic() < end, "the watch did not do it"
        time.sleep(0.02)
    return found


def test_monitors_are_taken_up_judged_and_dropped(engine, state):
    clock = HeldClock(NOW + 200.0)
    watch = Watch(lambda: engine, state, clock, Evaluation(lambda: engine, state))
    book = MonitorBook(state, lambda: engine, watch.changed)
    watch.start()
    try:
        static = {"query": "index=main | stats sum(n) as n", "name": "high", "kind": "static", "critical": "> 500"}
        assert book.create(static).state == "waiting"
        both = book.create({"kind": "composite", "name": "both", "when": "high"})
        broken = {"query": "index=main | stats medain(n)"}
        with pytest.raises(PilotageError, match="medain"):
            book.create(broken)
        until(lambda: (report := watch.report()).monitors == 2 and report.learning == 0)
        for _ in range(10):
            done = watch.report().evaluations
            clock.advance(300)
            until(lambda before=done: watch.report().evaluations > before)
        names = {alert.monitor_id: alert for alert in state.alerts.listed(latest=4e10)}
        high = book.show("high")
        assert names[high.id].first_slice == NOW + 900
        assert names[high.id].opened_at == NOW + 1200
        until(lambda: both.id in {alert.monitor_id for alert in state.alerts.listed(latest=4e10)})
        assert high.state == "ok"
        assert watch.report().failures == 0
        assert watch.find(high.id).through == high.through
        book.replace("high", static | {"critical": "> 5000"})
        assert book.show("high").revision == 2
        book.drop("high")
        book.drop(both.id)
        until(lambda: watch.report().monitors == 0)
    finally:
        watch.stop()


def test_a_file_is_applied_whole_or_not_at_all(engine, state):
    changes = []
    book = MonitorBook(state, lambda: engine, lambda: changes.append(1))
    one, two = ({"query": f"index=main n={n}", "name": f"m{n}"} for n in (1, 2))
    assert [step.action for step in book.apply([one, two], dry=True, prune=False)] == ["create", "create"]
    assert book.all() == []
    book.apply([one, two], dry=False, prune=False)
    with pytest.raises(PilotageError):
        book.apply([one | {"window": 7}, {"query": "| nonsense", "name": "m3"}], dry=False, prune=True)
    assert [view.revision for view in book.all()] == [1, 1]
    steps = book.apply([one | {"window": 7}], dry=False, prune=True)
    assert [(step.name, step.action) for step in steps] == [("m1", "change"), ("m2", "drop")]
    assert [view.definition["window"] for view in book.all()] == [7]
    pair = [one | {"name": "x"}, {"kind": "composite", "name": "y", "when": "x"}]
    assert [step.action for step in book.apply(pair, dry=True, prune=False)] == ["create", "create"]
    with pytest.raises(PilotageError, match="twice"):
        book.apply([one, one], dry=False, prune=False)
    with pytest.raises(PilotageError, match="monitor-exists"):
        book.create(one)
    assert len(changes) == 2


def test_a_static_monitor_becomes_an_anomaly_monitor_in_shadow(engine, state):
    book = MonitorBook(state, lambda: engine, lambda: None)
    book.create({"query": "index=main | stats sum(n) as n", "name": "high", "kind": "static", "critical": "> 500"})
    made = converted(book.monitor("high"))
    assert (made.kind, made.direction, made.shadow, made.critical) == ("anomaly", "up", True, "")
    assert book.create(made.document()).name == "high (anomaly)"
