"""The outbox: nothing lost, nothing claimed twice, order kept an alert and channel."""

from __future__ import annotations

import pytest

from pilotage.model.problem import PilotageError
from pilotage.state.database import connect
from pilotage.state.deliveries import NewDelivery, Routed
from pilotage.state.notifications import Outbox, enqueue


@pytest.fixture
def engine(tmp_path):
    made = connect(f"sqlite:///{tmp_path / 's.db'}")
    yield made
    made.dispose()


@pytest.fixture
def outbox(engine):
    return Outbox(engine)


def routed(engine, outbox, *made, event="opened", now=100.0):
    with engine.begin() as connection:
        enqueue(connection, made[0].alert_id, event, now)
    event = outbox.events(now)[-1]
    outbox.route([Routed(event, made)], now)
    return event


def test_an_event_of_a_transaction_that_fails_is_not_there(engine, outbox):
    connection = engine.connect()
    enqueue(connection, "a", "opened", 1.0)
    connection.close()
    assert outbox.events(2.0) == []


def test_an_event_is_routed_once(engine, outbox):
    event = routed(engine, outbox, NewDelivery("a", "opened", "mail", 100.0))
    outbox.route([Routed(event, (NewDelivery("a", "opened", "mail", 100.0),))], 100.0)
    assert [each.state for each in outbox.rows()] == ["pending", "routed"]


def test_a_claimed_message_is_free_again_when_its_lease_ends_or_is_released(engine, outbox):
    routed(engine, outbox, NewDelivery("a", "opened", "mail", 100.0))
    first = outbox.claim(100.0, 60.0)
    assert [each.channel_id for each in first] == ["mail"]
    assert outbox.claim(159.0, 60.0) == []
    assert [each.message_id for each in outbox.claim(160.0, 60.0)] == [first[0].message_id]
    outbox.release()
    assert len(outbox.claim(161.0, 60.0)) == 1


def test_a_message_waits_for_earlier_ones_about_the_same_alert(engine, outbox):
    routed(engine, outbox, NewDelivery("a", "opened", "mail", 100.0))
    first = outbox.claim(100.0, 60.0)
    outbox.failed([first[0].id], "connection refused", 500.0)
    routed(engine, outbox, NewDelivery("a", "resolved", "mail", 200.0), event="resolved", now=200.0)
    routed(engine, outbox, NewDelivery("b", "opened", "mail", 200.0), now=200.0)
    assert [each.alert_id for each in outbox.claim(300.0, 10.0)] == ["b"]
    assert [each.event for each in outbox.claim(500.0, 60.0) if each.alert_id == "a"] == ["opened"]
    outbox.sent([first[0].id], 501.0)
    assert [each.event for each in outbox.claim(502.0, 60.0) if each.alert_id == "a"] == ["resolved"]


def test_a_later_step_of_an_escalation_does_not_hold_back_what_is_due(engine, outbox):
    routed(engine, outbox, NewDelivery("a", "opened", "mail", 100.0), NewDelivery("a", "opened", "mail", 1900.0, "p", 1))
    outbox.sent([outbox.claim(100.0, 60.0)[0].id], 100.0)
    routed(engine, outbox, NewDelivery("a", "resolved", "mail", 300.0), event="resolved", now=300.0)
    assert [each.event for each in outbox.claim(300.0, 60.0)] == ["resolved"]


def test_busy_channels_are_left_out(engine, outbox):
    routed(engine, outbox, NewDelivery("a", "opened", "mail", 100.0), NewDelivery("a", "opened", "chat", 100.0))
    assert [each.channel_id for each in outbox.claim(100.0, 60.0, busy=["mail"])] == ["chat"]


def test_a_dead_message_is_sent_again_by_hand_only(engine, outbox):
    routed(engine, outbox, NewDelivery("a", "opened", "mail", 100.0))
    found = outbox.claim(100.0, 60.0)[0]
    with pytest.raises(PilotageError, match="notification-alive"):
        outbox.retry(found.id, 101.0)
    outbox.dead([found.id], "refused", 101.0)
    assert outbox.claim(1e9, 60.0) == []
    assert outbox.rows(state="dead")[0].error == "refused"
    outbox.retry(found.id, 200.0)
    assert [each.id for each in outbox.claim(200.0, 60.0)] == [found.id]
    with pytest.raises(PilotageError, match="notification-missing"):
        outbox.get(999)


def test_a_summary_counts_as_one_message(engine, outbox):
    for alert in "abc":
        routed(engine, outbox, NewDelivery(alert, "opened", "mail", 100.0))
    ids = [each.id for each in outbox.claim(100.0, 60.0)]
    outbox.sent(ids[:1], 101.0)
    outbox.sent(ids[1:], 102.0, "msg_summary")
    assert outbox.messages_since("mail", 0.0) == (2, 102.0)
    assert outbox.messages_since("mail", 101.5) == (1, 102.0)
    assert outbox.counts() == {"routed": 3, "sent": 3}
    assert outbox.purge(1e9) == 6
