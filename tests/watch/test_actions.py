"""Actions: nothing is sent before somebody approves, and what is sent is what was approved."""

from __future__ import annotations

import pytest

from pilotage.model.problem import PilotageError
from pilotage.watch.actions import Action, Actions
from pilotage.watch.channel import Channel
from pilotage.watch.matching import Match


@pytest.fixture
def ready(world, sink):
    world.channel("robot", settings={"url": sink.url}, match=None)
    world.put("actions", "retrain", Action("robot", '{"model": "wine", "alert": {{Id}}, "by": "{{Action}}"}'))
    world.alert()
    world.deliver()
    return world


def actions(world):
    return Actions(world.state, world.clock.now())


def test_an_action_waits_for_approval_and_is_sent_then(ready, sink):
    run = actions(ready).request("retrain", "a1", "ana")
    ready.deliver()
    assert (run.state, sink.requests) == ("waiting", [])
    approved = actions(ready).approve(run.id, "bo")
    assert (approved.state, approved.requested_by, approved.decided_by) == ("approved", "ana", "bo")
    ready.deliver()
    assert sink.documents() == [{"model": "wine", "alert": "a1", "by": "retrain"}]
    assert ready.state.outbox.get(approved.delivery_id).state == "sent"
    with pytest.raises(PilotageError, match="run-decided"):
        actions(ready).approve(run.id, "cy")


def test_a_rejected_action_is_never_sent(ready, sink):
    run = actions(ready).request("retrain", "a1", "ana")
    actions(ready).reject(run.id, "bo")
    with pytest.raises(PilotageError, match="run-decided"):
        actions(ready).approve(run.id, "bo")
    ready.deliver()
    assert sink.requests == []


def test_an_automatic_action_is_asked_for_once_by_the_alert(world, sink):
    world.channel("robot", settings={"url": sink.url}, match=None)
    world.put("actions", "roll back", Action("robot", automatic=True, match=Match(levels=("critical",))))
    world.put("actions", "restart", Action("robot", automatic=True, approval=False))
    world.alert("a1")
    world.alert("w1", level="warning")
    world.deliver()
    world.deliver()
    runs = world.state.runs.all()
    assert sorted((run.action, run.alert_id, run.state) for run in runs) == [
        ("restart", "a1", "approved"),
        ("restart", "w1", "approved"),
        ("roll back", "a1", "waiting"),
    ]
    assert sorted(each["alert"] for each in sink.documents()) == ["a1", "w1"]


def test_an_action_does_not_tell_anybody_that_an_alert_ended(ready, sink):
    actions(ready).approve(actions(ready).request("retrain", "a1", "ana").id, "bo")
    ready.deliver()
    ready.resolve()
    ready.deliver()
    assert len(sink.requests) == 1


def test_what_an_alert_offers(ready):
    ready.put("actions", "other", Action("robot", match=Match(monitors=("errors",))))
    assert list(actions(ready).offered("a1")) == ["retrain"]
    with pytest.raises(PilotageError, match="action-invalid"):
        actions(ready).request("other", "a1", "ana")
    with pytest.raises(PilotageError, match="alert-missing"):
        actions(ready).request("retrain", "nope", "ana")
    with pytest.raises(PilotageError, match="action-missing"):
        actions(ready).request("nope", "a1", "ana")


def test_an_action_needs_a_webhook():
    with pytest.raises(PilotageError, match="channel-missing"):
        Action("robot").check(None)
    with pytest.raises(PilotageError, match="action-invalid"):
        Action("robot").check(Channel("email"))


def test_what_was_approved_when_the_server_died_is_sent_by_the_next(ready, sink):
    run = actions(ready).request("retrain", "a1", "ana")
    ready.state.runs.decide(run.id, "approved", "bo", ready.clock.now())
    assert len(actions(ready).resume()) == 1
    assert actions(ready).resume() == []
    ready.deliver()
    assert len(sink.requests) == 1
