"""Rows of the outbox → texts: of one alert, and of many alerts in one when there is a storm of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pilotage.state.deliveries import Delivery
from pilotage.watch.channel import Channel, Message
from pilotage.watch.facts import Facts
from pilotage.watch.templates import BODY, TITLE, rendered, variables_of

MOST_LINES = 50
_URGENCY = {"critical": 0, "missing": 1, "warning": 2}


def message_of(channel: Channel, delivery: Delivery, facts: Facts | None, now: float, public_url: str) -> Message:
    """The message of one row; one with a fixed payload (an action) needs no alert."""
    variables = {} if facts is None else variables_of(facts, delivery.event, public_url)
    title = " ".join(rendered(channel.title or TITLE, variables).split())
    level = "" if facts is None else facts.level
    identity = delivery.message_id or f"msg_{delivery.id}"
    return Message(
        id=identity,
        title=title[:1].upper() + title[1:],
        text=rendered(channel.body or BODY, variables, tidy=not channel.body).strip(),
        level=level,
        event=delivery.event,
        time=now,
        variables=variables,
        payload=delivery.payload,
    )


def summary_of(rows: Sequence[tuple[Delivery, Facts | None]], identity: str, now: float, public_url: str) -> Message:
    """One message for all: how many of what, by monitor, then a line each, the most urgent first, 50 at most."""
    known = [(delivery, facts) for delivery, facts in rows if facts is not None]
    events = Counter(delivery.event for delivery, _ in known)
    monitors = Counter(facts.name for _, facts in known)
    known.sort(key=lambda row: (row[0].event in ("resolved", "expired"), _URGENCY.get(row[1].level, 3), row[0].id))
    counted = ", ".join(f"{count} {event}" for event, count in events.most_common())
    lines = [f"{len(rows)} notifications in one, because so many came at once: {counted}.", ""]
    lines += [f"{name}: {count}" for name, count in monitors.most_common(10)]
    lines += [f"and {len(monitors) - 10} monitors more"] if len(monitors) > 10 else []
    lines.append("")
    for delivery, facts in known[:MOST_LINES]:
        shown = variables_of(facts, delivery.event, public_url)
        lines.append(" ".join(f"{delivery.event} {facts.level} {shown['AlertName']} {shown['AlertResponseUrl']}".split()))
    lines += [f"and {len(known) - MOST_LINES} more"] if len(known) > MOST_LINES else []
    worst = known[0] if known else None
    return Message(
        id=identity,
        title=f"{len(rows)} notifications: {counted}",
        text="\n".join(lines),
        level=worst[1].level if worst else "",
        event=worst[0].event if worst else "opened",
        time=now,
        variables={"Summary": "true", "Count": len(rows), "AlertIds": [delivery.alert_id for delivery, _ in known]},
    )
