"""`/api/v1/escalations`: whom to tell next while nobody has acknowledged an alert."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.api.documents import Family
from pilotage.api.resource import Call, Resource
from pilotage.model.problem import fail
from pilotage.state.deliveries import Document
from pilotage.watch.escalation import Escalation


@dataclass(frozen=True, slots=True)
class NamedEscalation:
    """An escalation and its name; `updated` in epoch seconds."""

    name: str
    updated: float
    escalation: Escalation


def _show(document: Document, value: Escalation) -> NamedEscalation:
    return NamedEscalation(document.name, document.updated_ms / 1000, value)


def _check(call: Call, _name: str, value: Escalation) -> None:
    value.check()
    channels = {name for step in value.steps for name in step.channels}
    rotas = {name for step in value.steps for name in step.rotas}
    for table, named in (("channels", channels), ("rotas", rotas)):
        known = {each.name for each in call.services.state.documents(table).all()}
        if missing := sorted(named - known):
            raise fail(f"{table[:-1]}-missing", f"no {table[:-1]} is called `{missing[0]}`", hint="make it first")


RESOURCE = Resource("escalations", Family("escalations", "escalation", Escalation, NamedEscalation, _show, _check).operations())
