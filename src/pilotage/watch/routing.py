"""From an event of an alert to its messages: which channels, when, and why not. Pure: the clock and all that is known are arguments."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pilotage.state.deliveries import Delivery, NewDelivery
from pilotage.watch.channel import Channel
from pilotage.watch.escalation import Escalation, length
from pilotage.watch.facts import Facts
from pilotage.watch.muting import muted
from pilotage.watch.setup import Setup

ENDS = ("resolved", "expired")
_LEVELS = {"warning": "warning", "critical": "critical", "missing": "missing"}
Throttled = Callable[[str, str, float], bool]


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with an event: make `messages`, or wait until `hold`; `note` says why nothing is sent. `stale` rows are not needed now."""

    messages: tuple[NewDelivery, ...] = ()
    note: str | None = None
    hold: float | None = None
    stale: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """An event with what is known of its alert: `past` are all earlier rows of the outbox about it."""

    event: Delivery
    facts: Facts
    past: Sequence[Delivery]
    now: float


def decide(case: Case, setup: Setup, throttled: Throttled) -> Decision:
    """Route one event. `throttled(channel, key, since)` tells whether such a message went since then."""
    held = muted(setup.mutings, case.facts, case.now)
    if held is not None:
        return Decision(note=f"muted by `{held[0]}`", hold=held[1])
    if case.event.event in ENDS:
        return _end(case, setup)
    if not case.facts.live and case.event.not_before > case.event.created_at:
        return Decision(note="ended while it was muted")
    messages: dict[tuple[str, float], NewDelivery] = {}
    notes: list[str] = []
    for each in _wanted(case, setup):
        channel = setup.channels.get(each.channel_id)
        checked = f"there is no channel `{each.channel_id}`" if channel is None else _fitted(case, channel, each, throttled)
        if isinstance(checked, str):
            notes.append(checked)
        else:
            messages.setdefault((checked.channel_id, checked.not_before), checked)
    note = "; ".join(dict.fromkeys(notes)) or (None if messages else "no channel takes it")
    return Decision(tuple(messages.values()), note)


def _wanted(case: Case, setup: Setup) -> Iterator[NewDelivery]:
    """Who is to be told, before any rule of the channels."""
    facts, event, now = case.facts, case.event, case.now
    named = facts.notify
    for name, channel in setup.channels.items():
        if name in named or (not named and channel.match is not None and channel.match.fits(facts)):
            yield NewDelivery(facts.alert_id, event.event, name, now)
    running = {each.policy for each in case.past if each.policy is not None and each.state in ("pending", "sent")}
    for name, escalation in setup.escalations.items():
        chosen = name in named or (not named and escalation.match is not None and escalation.match.fits(facts))
        if chosen and name not in running and event.event != "reminder":
            yield from _steps(name, escalation, case, setup)
    for name in named:
        if name not in setup.channels and name not in setup.escalations:
            yield NewDelivery(facts.alert_id, event.event, name, now)


def _steps(name: str, escalation: Escalation, case: Case, setup: Setup) -> Iterator[NewDelivery]:
    for number, step in enumerate(escalation.steps):
        at = case.now + step.delay
        on_call = [channel for rota in step.rotas if rota in setup.rotas for channel in setup.rotas[rota].channels(at)]
        for channel in dict.fromkeys((*step.channels, *on_call)):
            yield NewDelivery(case.facts.alert_id, case.event.event, channel, at, name, number)


def _fitted(case: Case, channel: Channel, message: NewDelivery, throttled: Throttled) -> NewDelivery | str:
    """The message as the channel takes it, or why it does not."""
    name, level = message.channel_id, case.facts.level
    if not channel.enabled:
        return f"`{name}` is switched off"
    if level not in channel.levels:
        return f"`{name}` takes no {_LEVELS.get(level, level)}"
    if message.event not in channel.events:
        return f"`{name}` is not told of alerts {message.event}"
    at = message.not_before
    if channel.hours is not None and not (channel.critical_always and level == "critical") and not channel.hours.covers(at):
        opening = channel.hours.opening(at) if channel.outside == "hold" else None
        if opening is None:
            return f"`{name}` is out of its hours"
        at = opening
    key = None
    if channel.throttle is not None and message.policy is None:
        key = throttle_key(case.facts, channel.throttle.fields)
        if throttled(name, key, case.now - length(channel.throttle.period)):
            return f"`{name}` is throttled"
    return NewDelivery(message.alert_id, message.event, name, at, message.policy, message.step, key)


def throttle_key(facts: Facts, fields: Sequence[str]) -> str:
    """The monitor and the values of the fields, of the group before the labels."""
    values = {**facts.labels, **facts.group}
    return json.dumps([facts.monitor_id, *(values.get(name, "") for name in fields)])


def _end(case: Case, setup: Setup) -> Decision:
    """Those who were told hear of the end; what was still to come is not needed."""
    if case.facts.live:
        return Decision(note="it goes on")
    stale = [each for each in case.past if each.state == "pending" and not each.attempts and each.channel_id and each.event != "action"]
    stale = [each for each in stale if each.not_before > each.created_at]
    left = {each.id for each in stale}
    told: dict[str, str] = {}
    for each in case.past:
        if each.channel_id is not None and each.id not in left and each.state in ("pending", "sent", "dead") and each.event != "action":
            told[each.channel_id] = each.event
    messages = [
        NewDelivery(case.facts.alert_id, case.event.event, name, case.now)
        for name, last in told.items()
        if last not in ENDS and name in setup.channels and setup.channels[name].enabled and case.event.event in setup.channels[name].events
    ]
    return Decision(tuple(messages), None if messages else "nobody was told of it", stale=tuple(each.id for each in stale))


def wanted_still(delivery: Delivery, facts: Facts | None) -> str | None:
    """Why a message that is due is not needed any more, or None."""
    if delivery.event == "action":
        return None
    if facts is None:
        return "the alert or its monitor was deleted"
    later = delivery.not_before > delivery.created_at and not delivery.attempts
    if delivery.event not in ENDS and later and not facts.live:
        return f"the alert is {facts.state}"
    if facts.state == "acknowledged" and (delivery.event == "reminder" or (delivery.step or 0) > 0):
        return "the alert is acknowledged"
    return None
