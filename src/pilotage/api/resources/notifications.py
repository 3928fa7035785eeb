"""`/api/v1/notifications`: the outbox: what was sent, what waits and why, and dead letters to send again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail
from pilotage.state.deliveries import Delivery

STATES = ("pending", "routed", "sent", "dead", "dropped")
MOST = 1000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which rows, newest first: a state, an alert; `before` is the id to continue from."""

    state: str | None = None
    alert: str | None = None
    before: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Notification:
    """A row: without a channel an event of an alert, with one its message. `reason` says why it waits, died or was dropped.

    Times in epoch seconds; `event_id` is the row of the event it comes from.
    """

    id: int
    alert_id: str
    event: str
    channel: str | None
    state: str
    reason: str | None
    attempts: int
    created: float
    due: float
    finished: float | None
    message_id: str | None
    summary: bool
    escalation: str | None
    step: int | None
    event_id: int | None


def _shown(row: Delivery) -> Notification:
    return Notification(
        row.id,
        row.alert_id,
        row.event,
        row.channel_id,
        row.state,
        row.error,
        row.attempts,
        row.created_at,
        row.not_before,
        row.finished_at,
        row.message_id,
        row.summary,
        row.policy,
        row.step,
        row.parent,
    )


async def show(call: Call) -> list[Notification]:
    """Rows, newest first."""
    choice: Choice = call.query
    if choice.state is not None and choice.state not in STATES:
        raise fail("bad-request", f"`{choice.state[:80]}` is not a state of a notification", hint=f"states: {', '.join(STATES)}")
    if not 1 <= choice.limit <= MOST:
        raise fail("bad-request", f"`limit` is {choice.limit}, must be 1 to {MOST}")
    state = call.services.state

    def work() -> list[Notification]:
        if not state.exists():
            return []
        return [
            _shown(each) for each in state.outbox.rows(state=choice.state, alert_id=choice.alert, before=choice.before, limit=choice.limit)
        ]

    return await asyncio.to_thread(work)


async def retry(call: Call) -> Notification:
    """Send a dead one again."""
    written = call.path["id"]
    if not written.isdigit() or len(written) > 18:
        raise fail("notification-missing", f"no notification `{written[:80]}`", hint="`GET /api/v1/notifications` lists them")
    services = call.services
    row = await asyncio.to_thread(lambda: services.state.outbox.retry(int(written), services.clock.now()))
    await services.audit(call.grant, "notification.retry", written, {"channel": row.channel_id or ""})
    return _shown(row)


RESOURCE = Resource(
    "notifications",
    (
        Operation("GET", "/api/v1/notifications", "List notifications", "read", show, query=Choice, answer=list[Notification]),
        Operation("POST", "/api/v1/notifications/{id}/retry", "Send a dead notification again", "admin", retry, answer=Notification),
    ),
)
