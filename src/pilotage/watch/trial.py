"""A row as the outbox has them, for a message that is sent at once and kept nowhere: the test of a channel."""

from __future__ import annotations

from pilotage.state.deliveries import Delivery


def trial_delivery(channel: str, message_id: str, now: float) -> Delivery:
    """An opening of an alert that does not exist."""
    return Delivery(
        id=0,
        alert_id="test",
        event="opened",
        channel_id=channel,
        state="pending",
        created_at=now,
        not_before=now,
        attempts=0,
        error=None,
        parent=None,
        policy=None,
        step=None,
        throttle_key=None,
        message_id=message_id,
        summary=False,
        payload=None,
        lease_until=None,
        finished_at=None,
    )
