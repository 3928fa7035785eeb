"""`/api/v1/channels`: where notifications go. Secret settings (addresses, passwords) are written, never read."""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from dataclasses import dataclass

from pilotage.api.documents import Family
from pilotage.api.names import checked
from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail
from pilotage.state.deliveries import Document
from pilotage.watch.channel import Channel, Setting, kind_of, kinds, scrubbed, split
from pilotage.watch.escalation import length
from pilotage.watch.facts import Facts
from pilotage.watch.messages import message_of
from pilotage.watch.reach import Reach
from pilotage.watch.setup import decoded, encoded
from pilotage.watch.trial import trial_delivery


@dataclass(frozen=True, slots=True)
class NamedChannel:
    """A channel without its secrets, of which `secrets` are the names; `updated` in epoch seconds."""

    name: str
    updated: float
    secrets: tuple[str, ...]
    channel: Channel


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a test message; `reason` why it did not go."""

    sent: bool
    reason: str


@dataclass(frozen=True, slots=True)
class KindAnswer:
    """A kind of channel and which of its settings are secret."""

    name: str
    secrets: tuple[str, ...]


def _show(document: Document, value: Channel) -> NamedChannel:
    # What became secret after the channel was kept still stands among the open settings.
    kind = kinds().get(value.kind)
    settings, late = ({}, {}) if kind is None else split(kind, value.settings)
    names = tuple(sorted(document.secrets.keys() | late.keys()))
    return NamedChannel(document.name, document.updated_ms / 1000, names, dataclasses.replace(value, settings=settings))


def _check(_call: Call, _name: str, value: Channel) -> None:
    """What does not depend on the kind."""
    if value.hours is not None:
        value.hours.check()
    length(value.storm.window)
    if not 1 <= value.storm.messages <= 1000:
        raise fail("bad-request", f"`storm.messages` is {value.storm.messages}, must be 1 to 1000")
    if value.throttle is not None:
        length(value.throttle.period)


async def put(call: Call) -> NamedChannel:
    """Keep a channel. A secret that is left out keeps its value, an empty one is forgotten."""
    name = checked("a channel", call.path["name"])
    asked: Channel = call.body
    reach = Reach(call.services.settings.notify.allow)
    documents = await asyncio.to_thread(call.services.state.documents, "channels")

    def work() -> Document:
        _check(call, name, asked)
        kind = kind_of(asked.kind)
        settings, given = split(kind, asked.settings)
        before = documents.find(name)
        kept: dict[str, str] = {}
        if before is not None and (old := decoded(before.text, Channel)).kind == asked.kind:
            kept = split(kind, old.settings)[1] | before.secrets
        secret = {key: value for key, value in (kept | given).items() if value}
        whole: dict[str, Setting] = {**settings, **secret}
        kind.check(whole, reach)
        documents.put(name, encoded(dataclasses.replace(asked, settings=settings)), secret)
        return documents.get(name)

    found = await asyncio.to_thread(work)
    await call.services.audit(call.grant, "channel.put", name, {"kind": asked.kind, "secrets": ",".join(sorted(found.secrets))})
    return _show(found, decoded(found.text, Channel))


async def try_out(call: Call) -> Tried:
    """Send a test message now, whatever mutings say."""
    name = call.path["name"]

    def work() -> Tried:
        document = call.services.state.documents("channels").get(name)
        channel = decoded(document.text, Channel)
        now = call.services.clock.now()
        notify = call.services.settings.notify
        facts = Facts("test", "test", "Test of a channel", "warning", "open", now, reason="This is a test, nothing is wrong.")
        delivery = trial_delivery(name, f"msg_{secrets.token_hex(12)}", now)
        message = message_of(channel, delivery, facts, now, notify.url)
        outcome = kind_of(channel.kind).send({**channel.settings, **document.secrets}, message, Reach(notify.allow))
        return Tried(outcome.ok, scrubbed(outcome.reason, document.secrets))

    tried = await asyncio.to_thread(work)
    await call.services.audit(call.grant, "channel.test", name, {"sent": str(tried.sent).lower()})
    return tried


async def show_kinds(_call: Call) -> list[KindAnswer]:
    """What kinds there are."""
    return [KindAnswer(name, kind.secrets) for name, kind in sorted(kinds().items())]


_FAMILY = Family("channels", "channel", Channel, NamedChannel, _show, _check)
_ONE = "/api/v1/channels/{name}"
RESOURCE = Resource(
    "channels",
    (
        *(each for each in _FAMILY.operations() if each.method != "PUT"),
        Operation("PUT", _ONE, "Keep a channel", "admin", put, body=Channel, answer=NamedChannel, strict=True),
        Operation("POST", f"{_ONE}/test", "Send a test message", "admin", try_out, answer=Tried),
        Operation("GET", "/api/v1/channel-kinds", "List the kinds of channels", "read", show_kinds, answer=list[KindAnswer]),
    ),
)
