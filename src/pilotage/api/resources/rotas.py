"""`/api/v1/rotas`: who is on call when."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pilotage.api.documents import Family
from pilotage.api.resource import Call, Operation, Resource
from pilotage.state.deliveries import Document
from pilotage.watch.rota import Rota
from pilotage.watch.setup import decoded


@dataclass(frozen=True, slots=True)
class NamedRota:
    """A rota and its name; `updated` in epoch seconds."""

    name: str
    updated: float
    rota: Rota


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in epoch seconds, default now."""

    at: float | None = None


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call at an instant, if anybody, and the channels that reach them."""

    at: float
    person: str | None
    channels: tuple[str, ...]


def _show(document: Document, value: Rota) -> NamedRota:
    return NamedRota(document.name, document.updated_ms / 1000, value)


def _check(_call: Call, _name: str, value: Rota) -> None:
    value.check()


async def on_call(call: Call) -> OnCall:
    """Who it is."""

    def work() -> OnCall:
        rota = decoded(call.services.state.documents("rotas").get(call.path["name"]).text, Rota)
        at = call.services.clock.now() if call.query.at is None else call.query.at
        return OnCall(at, rota.on_call(at), rota.channels(at))

    return await asyncio.to_thread(work)


_FAMILY = Family("rotas", "rota", Rota, NamedRota, _show, _check)
RESOURCE = Resource(
    "rotas",
    (
        *_FAMILY.operations(),
        Operation("GET", "/api/v1/rotas/{name}/on-call", "Who is on call", "read", on_call, query=Moment, answer=OnCall),
    ),
)
