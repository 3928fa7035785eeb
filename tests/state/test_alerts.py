from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from pilotage.model.problem import PilotageError
from pilotage.state.open import open_state
from pilotage.state.records import Alert, Change, MonitorRow, Progress

ROW = MonitorRow("m1", "one", "static", "{}", True, 1, 5, 5)
ALERT = Alert("a1", "m1", "{}", "warning", "open", 300.0, 0, 0)


@pytest.fixture
def state(tmp_path):
    opened = open_state(tmp_path)
    opened.monitors.create([ROW])
    yield opened
    opened.close()


def told(state):
    with state._engine.connect() as connection:
        return connection.execute(text("SELECT event FROM outbox ORDER BY id")).scalars().all()


def test_an_opening_that_is_repeated_is_told_once(state):
    for _ in range(2):
        state.alerts.commit([Change(ALERT, "opened")], [Progress("m1", 300, "ok", "", 1)], 1.0)
    assert told(state) == ["opened"]
    assert state.monitors.progress_of("m1").through == 300
    over = replace(ALERT, state="resolved", resolved_at=900.0)
    for _ in range(2):
        state.alerts.commit([Change(over, "resolved")], [], 2.0)
    assert told(state) == ["opened", "resolved"]
    assert state.alerts.find("a1").state == "resolved"


def test_evaluation_keeps_what_people_decided(state):
    state.alerts.commit([Change(ALERT, "opened")], [], 1.0)
    state.alerts.act("a1", 2.0, state="acknowledged", assignee="ana", verdict="true")
    state.alerts.commit([Change(replace(ALERT, level="critical", last_slice=300), "escalated")], [], 3.0)
    found = state.alerts.find("a1")
    assert (found.state, found.assignee, found.verdict, found.level, found.last_slice) == ("acknowledged", "ana", "true", "critical", 300)
    state.alerts.act("a1", 4.0, state="resolved")
    assert told(state) == ["opened", "escalated", "resolved"]
    with pytest.raises(PilotageError, match="alert-over"):
        state.alerts.act("a1", 5.0, state="acknowledged")


def test_a_flap_is_silent_and_a_shadow_too(state):
    over = replace(ALERT, state="resolved", resolved_at=900.0)
    state.alerts.commit([Change(ALERT, "opened"), Change(over, "resolved")], [], 1.0)
    state.alerts.commit([Change(replace(ALERT, flaps=1), "reopened")], [], 2.0)
    assert state.alerts.live()[0].flaps == 1
    state.alerts.commit([Change(replace(ALERT, id="a2", first_slice=600, shadow=True), "opened")], [], 3.0)
    assert told(state) == ["opened", "resolved"]


def test_switching_a_monitor_off_ends_its_alerts_and_dropping_it_forgets_them(state):
    state.alerts.commit([Change(ALERT, "opened")], [], 1.0)
    state.monitors.keep_states([("m1", [("{}", 300, b"x")]), ("gone", [("{}", 300, b"x")])])
    assert state.monitors.states("m1") == {"{}": (300, b"x")}
    state.monitors.replace(replace(ROW, enabled=False, revision=2, updated_ms=7000))
    assert state.alerts.find("a1").state == "expired"
    assert state.monitors.states("m1") == {}
    state.monitors.drop("m1")
    with pytest.raises(PilotageError, match="alert-missing"):
        state.alerts.find("a1")
    with pytest.raises(PilotageError, match="monitor-missing"):
        state.monitors.find("one")
