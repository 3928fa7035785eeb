"""A channel: where notifications go, which ones, and the contract of the kinds in `watch/notify/`, which are found by their folder."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Literal, Protocol
from urllib.parse import quote

import msgspec

from pilotage.model.problem import fail
from pilotage.watch.hours import Hours
from pilotage.watch.matching import Match
from pilotage.watch.reach import Reach

Level = Literal["warning", "critical", "missing"]
Event = Literal["opened", "escalated", "resolved", "expired", "reminder"]
Setting = str | int | bool | tuple[str, ...] | dict[str, str]
EVENTS: tuple[Event, ...] = ("opened", "escalated", "resolved", "expired", "reminder")
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Throttle:
    """After a message about an alert is sent, silence about others of its monitor for `period`, for each value of `fields` on its own."""

    period: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Storm:
    """More than `messages` within `window` become one summary, and the next not before another window has passed."""

    messages: int = 20
    window: str = "5m"


@dataclass(frozen=True, slots=True)
class Channel:
    """One place to send to. `kind` is the name of a file in `watch/notify/`, which says what `settings` there are.

    `match` None: only what a monitor or an escalation sends here by name; the empty match takes every alert that names no channel itself.
    `title` and `body` are templates, empty for the kind's own. Outside of `hours` messages wait, or are dropped, except critical ones.
    """

    kind: str
    settings: dict[str, Setting] = field(default_factory=dict)
    description: str = ""
    enabled: bool = True
    match: Match | None = field(default_factory=Match)
    levels: tuple[Level, ...] = ("warning", "critical", "missing")
    events: tuple[Event, ...] = EVENTS
    title: str = ""
    body: str = ""
    throttle: Throttle | None = None
    storm: Storm = field(default_factory=Storm)
    hours: Hours | None = None
    outside: Literal["hold", "drop"] = "hold"
    critical_always: bool = True


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be sent: rendered texts, the variables they came from, and an id that stays the same when it is sent again."""

    id: str
    title: str
    text: str
    level: str
    event: str
    time: float
    variables: Mapping[str, object] = field(default_factory=dict)
    payload: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt. A `permanent` failure is not worth repeating; `retry_after` is what the receiver asked for, seconds."""

    ok: bool
    reason: str = ""
    permanent: bool = False
    retry_after: float | None = None


SENT = Outcome(ok=True)


class Kind(Protocol):
    """One family of channels. `secrets` are the settings that are kept apart, never shown again and never logged."""

    name: str
    secrets: tuple[str, ...]

    def check(self, settings: Mapping[str, Setting], reach: Reach) -> None:
        """Refuse settings that cannot work, secrets included. Raises PilotageError."""

    def send(self, settings: Mapping[str, Setting], message: Message, reach: Reach) -> Outcome:
        """Deliver; blocks, for seconds at most. What the outcome says may quote a secret: the caller takes it out."""


@cache
def kinds() -> dict[str, Kind]:
    """Every `KIND` in `watch/notify/`, by name."""
    package = import_module("pilotage.watch.notify")
    found = [import_module(f"{package.__name__}.{each.name}").KIND for each in pkgutil.iter_modules(package.__path__)]
    return {kind.name: kind for kind in found}


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises PilotageError `channel-kind-unknown`."""
    found = kinds().get(name)
    if found is None:
        raise fail("channel-kind-unknown", f"`{name[:80]}` is not a kind of channel", hint=f"kinds: {', '.join(sorted(kinds()))}")
    return found


def split(kind: Kind, settings: Mapping[str, Setting]) -> tuple[dict[str, Setting], dict[str, str]]:
    """The open settings, and the secret ones as text, objects as JSON; what is empty is the empty text."""
    secret = {name: _text(value) for name, value in settings.items() if name in kind.secrets}
    return {name: value for name, value in settings.items() if name not in kind.secrets}, secret


def _text(value: Setting) -> str:
    return (msgspec.json.encode(value).decode() if value else "") if isinstance(value, dict) else str(value)


def scrubbed(text: str, secrets: Mapping[str, str]) -> str:
    """The text without secret values, also where they are quoted as in an address, cut to a readable length."""
    forms = {form for value in secrets.values() if value for form in (value, quote(value, safe=""), quote(value), *_parts(value))}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, "***")
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "…"


def _parts(value: str) -> list[str]:
    """An address is secret in its pieces too: a library quotes host, user or path on its own. Short pieces would hide whole words."""
    if value.startswith("{"):
        try:
            return [each for each in msgspec.json.decode(value, type=dict[str, str]).values() if len(each) >= 4]
        except msgspec.DecodeError:
            return []
    pieces = value.replace("?", "/").replace("@", "/").replace("&", "/").replace("=", "/").replace(":", "/").split("/")
    return [piece for piece in pieces if len(piece) >= 8] if "/" in value else []
