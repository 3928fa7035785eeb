"""Who is told of what and when: mutings, throttles, escalations, on-call people, hours, flapping. Alerts stay recorded throughout."""

from __future__ import annotations

import pytest

from pilotage.watch.escalation import Escalation, Step
from pilotage.watch.matching import Match
from pilotage.watch.muting import Muting
from pilotage.watch.rota import Rota, Rotation


def told(sink):
    return [(each["type"].removeprefix("alert."), each["data"]["alert"]["Id"]) for each in sink.documents()]


@pytest.fixture
def hooked(world, sink):
    world.channel("hook", settings={"url": sink.url})
    return world


def test_a_muted_alert_is_recorded_and_told_when_it_outlives_the_muting(hooked, sink):
    hooked.put("mutings", "works", Muting("2026-01-05T11:30", 60, Match(labels={"team": ("core",)}), maintenance=True))
    hooked.alert()
    hooked.deliver()
    assert told(sink) == []
    assert hooked.state.alerts.find("a1").muted is True
    event = hooked.state.outbox.rows(alert_id="a1")[0]
    assert (event.state, event.error) == ("pending", "muted by `works`")
    hooked.clock.advance(1800)
    hooked.deliver()
    assert told(sink) == [("opened", "a1")]


def test_a_muted_alert_that_ends_in_time_is_never_told(hooked, sink):
    hooked.put("mutings", "works", Muting("2026-01-05T11:30", 60))
    hooked.alert()
    hooked.deliver()
    hooked.clock.advance(600)
    hooked.resolve()
    hooked.deliver()
    hooked.clock.advance(3600)
    hooked.deliver()
    assert told(sink) == []
    assert [each.error for each in hooked.state.outbox.rows()] == ["nobody was told of it", "ended while it was muted"]


def test_mutings_that_are_broken_hold_nothing_back(hooked, sink):
    hooked.put("mutings", "backwards", Muting("2026-01-05T11:30", 60, rrule="FREQ=DAILY;INTERVAL=-1"))
    hooked.state.documents("mutings").put("torn", '{"start": 3}')
    hooked.alert()
    hooked.deliver()
    assert told(sink) == [("opened", "a1")]


def test_a_muting_of_others_changes_nothing(hooked, sink):
    hooked.put("mutings", "works", Muting("2026-01-05T11:30", 60, Match(monitors=("errors",))))
    hooked.alert()
    hooked.deliver()
    assert told(sink) == [("opened", "a1")]


def test_a_throttle_is_silent_for_each_value_of_its_fields(world, sink):
    world.channel("hook", settings={"url": sink.url}, throttle={"period": "1h", "fields": ["team"]})
    world.alert("a1", "a2")
    world.deliver()
    assert told(sink) == [("opened", "a1")]
    assert world.state.outbox.rows(alert_id="a2")[0].error == "`hook` is throttled"
    world.clock.advance(1800)
    world.resolve("a1")
    world.resolve("a2")
    world.deliver()
    assert told(sink) == [("opened", "a1"), ("resolved", "a1")]
    world.clock.advance(1801)
    world.alert("a3")
    world.deliver()
    assert told(sink)[-1] == ("opened", "a3")


def test_throttling_by_group_lets_other_groups_through(world, sink):
    world.channel("hook", settings={"url": sink.url}, throttle={"period": "1h", "fields": ["service"]})
    world.alert("a1", "a2")
    world.deliver()
    assert told(sink) == [("opened", "a1"), ("opened", "a2")]


def escalate(world, sink, **more):
    for name in ("first", "second"):
        world.channel(name, settings={"url": sink.url + "/" + name}, match=None)
    steps = (Step(("first",)), Step(("second",), after="15m"))
    world.put("escalations", "core", Escalation(steps, Match(), **more))


def paths(sink):
    return [path.rpartition("/")[2] for path, _, _ in sink.requests]


def test_an_escalation_goes_on_until_somebody_acknowledges(world, sink):
    escalate(world, sink)
    world.alert("a1", "a2")
    world.deliver()
    assert paths(sink) == ["first", "first"]
    world.state.alerts.act("a1", world.clock.now(), state="acknowledged")
    world.clock.advance(900)
    world.deliver()
    assert told(sink)[2:] == [("opened", "a2")]
    assert paths(sink) == ["first", "first", "second"]
    assert [each.error for each in world.rows(alert_id="a1")] == [None, "the alert is acknowledged"]


def test_the_end_of_an_alert_ends_its_escalation(world, sink):
    escalate(world, sink)
    world.alert()
    world.deliver()
    world.clock.advance(300)
    world.resolve()
    world.clock.advance(900)
    world.deliver()
    assert paths(sink) == ["first", "first"]
    assert told(sink)[-1] == ("resolved", "a1")


def test_the_last_step_repeats_while_nobody_answers(world, sink):
    escalate(world, sink, repeat="1h")
    world.alert()
    world.deliver()
    world.clock.advance(900)
    world.deliver()
    for _ in range(3):
        world.clock.advance(3600)
        world.deliver()
    assert paths(sink) == ["first", "second", "second", "second", "second"]
    assert told(sink)[-1] == ("reminder", "a1")
    world.state.alerts.act("a1", world.clock.now(), state="acknowledged")
    world.clock.advance(7200)
    world.deliver()
    assert len(sink.requests) == 5


def test_a_growing_alert_does_not_start_its_escalation_again(world, sink):
    escalate(world, sink)
    world.alert(level="warning")
    world.deliver()
    world.alert(level="critical", event="escalated")
    world.clock.advance(900)
    world.deliver()
    assert paths(sink) == ["first", "second"]


def test_who_is_on_call_at_the_time_of_the_step(world, sink):
    for name in ("ana", "bo"):
        world.channel(name, settings={"url": sink.url + "/" + name}, match=None)
    rota = Rota({"ana": ("ana",), "bo": ("bo",)}, (Rotation(("ana", "bo"), "2026-01-04T12:10", "1d"),))
    world.put("rotas", "primary", rota)
    world.put("escalations", "core", Escalation((Step(rotas=("primary",)), Step(rotas=("primary",), after="15m")), Match()))
    world.alert()
    world.deliver()
    world.clock.advance(900)
    world.deliver()
    assert paths(sink) == ["ana", "bo"]


def test_a_monitor_names_its_channels(hooked, sink):
    hooked.channel("own", settings={"url": sink.url + "/own"}, match=None)
    hooked.monitor("errors", channels=["own"])
    hooked.alert("b1", monitor="errors")
    hooked.deliver()
    assert paths(sink) == ["own"]


@pytest.mark.parametrize(
    "more",
    [
        {"enabled": False},
        {"levels": ["warning"]},
        {"events": ["resolved"]},
        {"match": None},
        {"match": {"monitors": ["other"]}},
        {"match": {"labels": {"team": ["edge"]}}},
    ],
)
def test_what_a_channel_does_not_take(world, sink, more):
    world.channel("hook", settings={"url": sink.url}, **more)
    world.alert()
    world.deliver()
    assert sink.requests == []
    assert world.state.outbox.rows()[0].state == "dropped"


def test_out_of_hours_a_warning_waits_and_a_critical_alert_does_not(world, sink):
    hours = {"zone": "America/New_York", "start": "09:00", "end": "17:00"}
    world.channel("hook", settings={"url": sink.url}, hours=hours)
    world.alert("w1", "w2", level="warning")
    world.alert("c1", level="critical")
    world.deliver()
    assert told(sink) == [("opened", "c1")]
    world.resolve("w2")
    world.clock.advance(2 * 3600)
    world.deliver()
    assert told(sink) == [("opened", "c1"), ("opened", "w1")]


def test_out_of_hours_a_warning_may_be_dropped(world, sink):
    world.channel("hook", settings={"url": sink.url}, hours={"zone": "America/New_York"}, outside="drop")
    world.alert(level="warning")
    world.deliver()
    assert world.state.outbox.rows()[0].error == "`hook` is out of its hours"


def test_an_alert_that_flaps_is_told_once(hooked, sink):
    hooked.alert()
    hooked.deliver()
    hooked.resolve()
    hooked.deliver()
    for _ in range(3):
        hooked.clock.advance(300)
        hooked.alert(event="reopened", flaps=1)
        hooked.deliver()
        hooked.clock.advance(300)
        hooked.resolve()
        hooked.deliver()
    assert told(sink) == [("opened", "a1"), ("resolved", "a1")]
