"""Objectives over a real engine: counted once, caught up after downtime, burning told through the outbox."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest

from pilotage.engine.run import Engine
from pilotage.model.problem import PilotageError
from pilotage.schedule.clock import HeldClock
from pilotage.state.open import open_state
from pilotage.store.open import open_store
from pilotage.watch.facts import facts_of
from pilotage.watch.setup import encoded
from pilotage.watch.slos.counting import checked
from pilotage.watch.slos.objective import Burn, Slo
from pilotage.watch.slos.rounds import Means, SloWatch

NOW = 1_767_614_400  # 2026-01-05T12:00:00Z
HOUR = 3600
REQUEST = "index=web | stats count as total sum(ok) as good"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = open_store(tmp_path_factory.mktemp("slos") / "store")
    events = sys.modules["pilotage_test_script"].events
    rows = []
    for minute in range(-6 * 60, 60):
        # Every minute ten requests; in the last hour before NOW half of them fail, after it none.
        for number in range(10):
            failed = -60 <= minute < 0 and number < 5
            time = datetime.fromtimestamp(NOW + 60 * minute + number, UTC).isoformat()
            rows.append({"_time": time, "ok": 0 if failed else 1, "ms": 900 if failed else 100, "_raw": f"{minute} {number}"})
    opened.backend.insert("pilotage.logs", events("web", rows, NOW * 1_000_000_000))
    yield opened
    opened.close()


class World:
    def __init__(self, folder, store):
        self.state = open_state(folder)
        self.clock = HeldClock(float(NOW + 200))
        self.engine = Engine(store)
        self.watch = self.fresh()

    def fresh(self):
        return SloWatch(Means(lambda: self.engine, self.state, self.clock))

    def put(self, name="checkout", **more):
        slo = Slo(**({"query": REQUEST, "target": 99.0, "period": "1d"} | more))
        slo.check()
        self.state.documents("slos").put(name, encoded(slo))
        self.watch.changed()

    def run(self, seconds=0):
        self.clock.advance(seconds)
        self.watch.step()
        return self.watch.find("checkout")


@pytest.fixture
def world(tmp_path, store):
    made = World(tmp_path, store)
    yield made
    made.state.close()


def test_requests_of_the_past_are_counted_at_once_and_burning_is_told(world):
    world.put()
    found = world.run()
    assert found.reason == ""
    assert found.through == NOW
    assert (found.status.good, found.status.total) == (3300.0, 3600.0)
    assert found.status.indicator == pytest.approx(100 * 3300 / 3600)
    assert found.status.burns[0].long == pytest.approx(50.0)
    (event,) = world.state.outbox.events(1e12)
    assert event.event == "opened"
    facts = facts_of(world.state, event.alert_id)
    assert (facts.name, facts.kind, facts.level) == ("checkout", "slo", "critical")
    assert "the budget burns 50.0 times as fast as it may" in facts.reason


def test_slices_are_counted_once_whatever_happens(world):
    world.put()
    world.run()
    first = world.state.objectives.slices("checkout", 0)
    world.watch = world.fresh()
    world.run()
    assert world.state.objectives.slices("checkout", 0) == first
    assert len(world.state.outbox.events(1e12)) == 1
    world.run(1800)
    assert len(world.state.objectives.slices("checkout", 0)) == len(first) + 6


def test_what_was_missed_is_caught_up_without_an_alert_for_the_past(world):
    world.clock = HeldClock(float(NOW - 2 * HOUR + 200))
    world.watch = world.fresh()
    world.put()
    world.run()
    assert world.state.outbox.events(1e12) == []
    world.clock = HeldClock(float(NOW + HOUR + 200))
    world.watch = world.fresh()
    found = world.run()
    assert found.through == NOW + HOUR
    assert found.status.total == 7 * HOUR / 6
    assert [each.burning for each in found.status.burns][:2] == [False, False]


def test_the_alert_ends_when_nothing_burns_any_more(world):
    world.put(burns=(Burn("1h", rate=14.4, short="5m"),))
    world.run()
    for _ in range(6):
        world.run(600)
    assert [each.event for each in world.state.outbox.events(1e12)] == ["opened", "resolved"]


def test_windows_with_a_threshold(world):
    world.put(kind="window", query="index=web | stats avg(ms) as ms", value="ms", threshold="< 300")
    found = world.run()
    assert (found.status.good, found.status.total) == (60.0, 72.0)


def test_a_slice_without_data_counts_as_asked(world):
    world.put(kind="window", query="index=nothing | stats avg(ms) as ms", value="ms", threshold="< 300", missing="bad", period="6h")
    found = world.run()
    assert (found.status.good, found.status.total) == (0.0, 72.0)


def test_a_monitor_s_alerts_make_bad_minutes(world):
    from pilotage.state.records import Alert, Change, MonitorRow

    world.state.monitors.create([MonitorRow("m1", "latency", "anomaly", '{"query": "x"}', True, 1, 0, 0)])
    begin = float(NOW - 1800)
    alert = Alert("a1", "m1", "{}", "critical", "resolved", begin + 30, int(begin), int(begin), resolved_at=begin + 90)
    live = Alert("a2", "m1", '{"x": "y"}', "critical", "open", float(NOW - 120), NOW - 120, NOW - 120)
    world.state.alerts.commit([Change(alert, "opened"), Change(live, "opened")], [], NOW)
    world.put(kind="monitor", query="", monitor="latency", period="1h")
    found = world.run()
    assert (found.status.total - found.status.good, found.status.total) == (4.0, 60.0)


def test_another_indicator_is_counted_anew(world):
    world.put()
    world.run()
    world.put(good="total")
    found = world.run()
    assert found.status.indicator == 100.0


def test_a_query_that_fails_is_told_and_tried_again(world):
    world.put(query="index=web | stats count as total")
    found = world.run()
    assert found.status is None
    assert "good" in found.reason
    world.put()
    assert world.run().reason == ""


@pytest.mark.parametrize(
    "more",
    [
        {"query": "index=web | stats count as total sum(ok) as good by _raw"},
        {"query": "index=web | stats count as total"},
        {"query": "index=web | nonsense"},
    ],
)
def test_queries_that_cannot_be_counted_are_refused_before(world, more):
    with pytest.raises(PilotageError):
        checked(lambda: world.engine, Slo(**({"query": REQUEST} | more)), NOW)
    checked(lambda: world.engine, Slo(query=REQUEST), NOW)


def test_a_dropped_objective_is_not_counted_any_more(world):
    world.put()
    world.run()
    world.state.documents("slos").drop("checkout")
    world.watch.changed()
    assert world.run() is None
