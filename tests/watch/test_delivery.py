"""From an alert's transaction to what a real receiver got: retries, dead letters, storms, order, secrets."""

from __future__ import annotations

import json
import logging
import threading

import pytest

from pilotage.watch.delivery import LEASE_SECONDS, LONGEST_RETRY_SECONDS, MOST_ATTEMPTS, backoff
from pilotage.watch.setup import read_setup


def test_an_alert_reaches_a_webhook_with_its_end(world, sink):
    world.channel("hook", settings={"url": sink.url})
    world.alert()
    world.deliver()
    world.clock.advance(600)
    world.resolve()
    world.deliver()
    opened, resolved = sink.documents()
    assert opened["type"] == "alert.opened"
    assert opened["data"]["title"] == "Critical: latency (service=a1)"
    assert opened["data"]["alert"]["TriggerValue"] == 812
    assert opened["data"]["alert"]["Expected"] == 200.5
    assert json.loads(opened["data"]["alert"]["ResultsJson"])[0]["service"] == "a1"
    assert opened["data"]["alert"]["AlertResponseUrl"] == "https://pilotage.example/alerts/a1"
    assert resolved["type"] == "alert.resolved"
    assert [each.state for each in world.rows()] == ["sent", "sent"]


def test_a_receiver_that_fails_is_asked_again_later_and_later(world, sink):
    world.channel("hook", settings={"url": sink.url})
    sink.statuses = [503, 500, 204]
    world.alert()
    world.deliver()
    first = world.rows()[0]
    assert (first.state, first.attempts, first.error) == ("pending", 1, "the receiver answered with status 503")
    assert 2.5 <= first.not_before - world.clock.now() <= 5.0
    world.deliver()
    assert len(sink.requests) == 1
    world.clock.advance(5)
    world.deliver()
    second = world.rows()[0]
    assert 5.0 <= second.not_before - world.clock.now() <= 10.0
    world.clock.advance(10)
    world.deliver()
    assert world.rows()[0].state == "sent"
    assert len({headers["webhook-id"] for _, headers, _ in sink.requests}) == 1


def test_waiting_grows_to_a_quarter_of_an_hour_and_never_repeats_exactly():
    assert max(backoff(n) for n in range(200)) <= LONGEST_RETRY_SECONDS
    assert min(backoff(20) for _ in range(50)) >= LONGEST_RETRY_SECONDS / 2
    assert len({backoff(3) for _ in range(20)}) > 10


def test_the_receiver_may_say_when(world, sink):
    world.channel("hook", settings={"url": sink.url})
    sink.statuses = [(429, {"Retry-After": "120"})]
    world.alert()
    world.deliver()
    assert world.rows()[0].not_before == world.clock.now() + 120


def test_a_refusal_is_a_dead_letter_at_once_and_can_be_sent_again(world, sink):
    world.channel("hook", settings={"url": sink.url})
    sink.statuses = [404]
    world.alert()
    world.deliver()
    dead = world.rows(state="dead")
    assert [each.error for each in dead] == ["the receiver answered with status 404"]
    world.state.outbox.retry(dead[0].id, world.clock.now())
    world.deliver()
    assert world.rows()[0].state == "sent"


def test_what_never_goes_is_a_dead_letter_in_the_end(world, sink):
    world.channel("hook", settings={"url": sink.url})
    sink.statuses = [500] * (MOST_ATTEMPTS + 5)
    world.alert()
    for _ in range(MOST_ATTEMPTS):
        world.courier.step()
        world.courier.settle()
        world.clock.advance(LONGEST_RETRY_SECONDS)
    assert world.rows()[0].state == "dead"
    assert len(sink.requests) == MOST_ATTEMPTS


def test_redirects_are_not_followed(world, sink):
    world.channel("hook", settings={"url": sink.url})
    sink.statuses = [(302, {"Location": "http://169.254.169.254/latest"})]
    world.alert()
    world.deliver()
    assert world.rows()[0].state == "dead"
    assert len(sink.requests) == 1


def test_a_storm_becomes_one_message_and_the_next_waits_a_window(world, sink):
    world.channel("hook", settings={"url": sink.url}, storm={"messages": 5, "window": "5m"})
    world.alert(*(f"a{number}" for number in range(3)))
    world.deliver()
    assert len(sink.requests) == 3
    world.alert(*(f"a{number}" for number in range(3, 400)))
    world.deliver()
    assert len(sink.requests) == 4
    summary = sink.documents()[-1]["data"]
    assert summary["title"] == "397 notifications: 397 opened"
    assert "and 347 more" in summary["text"]
    world.alert(*(f"a{number}" for number in range(400, 420)))
    world.clock.advance(60)
    world.deliver()
    assert len(sink.requests) == 4
    world.clock.advance(240)
    world.deliver()
    assert len(sink.requests) == 5
    assert sink.documents()[-1]["data"]["title"] == "20 notifications: 20 opened"
    assert {each.state for each in world.rows(limit=1000)} == {"sent"}


def test_the_end_is_not_told_before_the_beginning(world, sink):
    world.channel("hook", settings={"url": sink.url})
    sink.statuses = [500]
    world.alert()
    world.deliver()
    world.resolve()
    world.deliver()
    assert len(sink.requests) == 1
    world.clock.advance(60)
    world.deliver()
    assert [each["type"] for each in sink.documents()[1:]] == ["alert.opened", "alert.resolved"]


def test_what_was_claimed_when_the_server_died_is_sent_by_the_next(world, sink):
    world.channel("hook", settings={"url": sink.url})
    world.alert()
    outbox = world.state.outbox
    world.courier._route(outbox.events(world.clock.now()), read_setup(world.state), world.clock.now())
    assert len(outbox.claim(world.clock.now(), LEASE_SECONDS)) == 1
    world.deliver()
    assert sink.requests == []
    outbox.release()
    world.deliver()
    assert len(sink.requests) == 1


def test_a_channel_that_was_deleted_is_a_dead_letter_with_its_reason(world):
    world.monitor("other", channels=["nowhere"])
    world.alert("b", monitor="other")
    world.deliver()
    event = world.state.outbox.rows(alert_id="b")[0]
    assert (event.state, event.error) == ("dropped", "there is no channel `nowhere`")


def test_secrets_are_in_no_log_and_no_error(world, sink, caplog):
    world.channel("hook", settings={"url": sink.url, "secret": "whsec_" + "c2VjcmV0" * 4, "authorization": "Bearer abcdef123456"})
    world.channel("gone", settings={"url": f"http://127.0.0.1:1/{'path-of-nobody'}"})
    world.channel("apprise", "apprise", settings={"url": "json://127.0.0.1:1/private-token-123"})
    sink.statuses = [500]
    with caplog.at_level(logging.DEBUG):
        world.alert()
        world.deliver()
    told = caplog.text + json.dumps([str(record.__dict__) for record in caplog.records]) + str([each.error for each in world.rows()])
    assert [each.state for each in world.rows()] == ["pending"] * 3
    for secret in ("very-secret-path", "c2VjcmV0", "abcdef123456", "path-of-nobody", "private-token-123"):
        assert secret not in told


@pytest.mark.parametrize("state", ["acknowledged", "resolved"])
def test_a_deleted_monitor_sends_nothing_more(world, sink, state):
    world.channel("hook", settings={"url": sink.url})
    world.alert(state=state)
    world.state.monitors.drop("m-latency")
    world.deliver()
    assert sink.requests == []
    assert {each.state for each in world.state.outbox.rows()} == {"dropped"}


def test_a_receiver_that_hangs_holds_up_neither_the_others_nor_the_end(world, sink, mails):
    world.channel("hook", settings={"url": sink.url})
    settings = {"host": "127.0.0.1", "port": mails.port, "security": "none", "sender": "p@example.com", "to": ["a@example.com"]}
    world.channel("mail", "email", settings=settings)
    sink.hold_from(1)
    world.alert()
    world.courier.start()
    assert sink.arrived.acquire_at(1, 30)
    assert mails.arrived.acquire_at(1, 30)
    for _ in range(600):
        if [each.state for each in world.rows()] == ["pending", "sent"]:
            break
        threading.Event().wait(0.05)
    world.courier.stop()
    assert [each.state for each in world.rows()] == ["pending", "sent"]
    sink.let_go()
    world.courier.settle()
