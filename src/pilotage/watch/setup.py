"""What people set up for notification, read from the state in one go and checked when it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import msgspec

from pilotage.model.problem import PilotageError, fail
from pilotage.watch.channel import Channel
from pilotage.watch.escalation import Escalation
from pilotage.watch.muting import Muting, complain
from pilotage.watch.rota import Rota

if TYPE_CHECKING:
    from pilotage.state.open import State

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything by name; `secrets` are those of the channels, `automatic` says whether any action runs by itself."""

    channels: Mapping[str, Channel] = field(default_factory=dict)
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    mutings: Mapping[str, Muting] = field(default_factory=dict)
    escalations: Mapping[str, Escalation] = field(default_factory=dict)
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    automatic: bool = False


def read_setup(state: State) -> Setup:
    """As it is now. Blocking."""
    return Setup(
        channels=_read(state, "channels", Channel),
        secrets={each.name: each.secrets for each in state.documents("channels").all()},
        mutings=_read_mutings(state),
        escalations=_read(state, "escalations", Escalation),
        rotas=_read(state, "rotas", Rota),
        automatic=any(json.loads(each.text)["automatic"] for each in state.documents("actions").all()),
    )


def _read(state: State, table: str, kind: type[T]) -> dict[str, T]:
    return {each.name: decoded(each.text, kind) for each in state.documents(table).all()}


def _read_mutings(state: State) -> dict[str, Muting]:
    found: dict[str, Muting] = {}
    for each in state.documents("mutings").all():
        try:
            found[each.name] = decoded(each.text, Muting)
        except PilotageError as error:
            complain(each.name, error.problem.code, error.problem.sentence)
    return found


def decoded(text: str | bytes, kind: type[T]) -> T:
    """The value of a kept document. Raises PilotageError `document-broken`: it was checked when it was kept."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError as error:
        raise fail("document-broken", f"a kept {kind.__name__.lower()} cannot be read: {error}") from error


def encoded(value: object) -> str:
    """The text that is kept."""
    return msgspec.json.encode(value).decode()
