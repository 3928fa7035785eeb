"""`/api/v1/mutings`: when whom not to tell, maintenance windows among them, and the times that follow from a rule."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pilotage.api.documents import Family
from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail
from pilotage.state.deliveries import Document
from pilotage.watch.muting import DAY, Muting
from pilotage.watch.setup import decoded

FARTHEST_DAYS = 400


@dataclass(frozen=True, slots=True)
class NamedMuting:
    """A muting and its name; `updated` in epoch seconds."""

    name: str
    updated: float
    muting: Muting


@dataclass(frozen=True, slots=True)
class Ahead:
    """How far to look."""

    days: int = 30


@dataclass(frozen=True, slots=True)
class MutedTime:
    """A time in which a muting is in force, epoch seconds, the end excluded."""

    start: float
    end: float


def _show(document: Document, value: Muting) -> NamedMuting:
    return NamedMuting(document.name, document.updated_ms / 1000, value)


def _check(_call: Call, _name: str, value: Muting) -> None:
    value.check()


async def times(call: Call) -> list[MutedTime]:
    """When it is in force from now on."""
    days = call.query.days
    if not 1 <= days <= FARTHEST_DAYS:
        raise fail("bad-request", f"`days` is {days}, must be 1 to {FARTHEST_DAYS}")

    def work() -> list[MutedTime]:
        now = call.services.clock.now()
        muting = decoded(call.services.state.documents("mutings").get(call.path["name"]).text, Muting)
        return [MutedTime(start, end) for start, end in muting.windows(now, now + days * DAY)]

    return await asyncio.to_thread(work)


_FAMILY = Family("mutings", "muting", Muting, NamedMuting, _show, _check)
RESOURCE = Resource(
    "mutings",
    (
        *_FAMILY.operations(),
        Operation("GET", "/api/v1/mutings/{name}/times", "When a muting is in force", "read", times, query=Ahead, answer=list[MutedTime]),
    ),
)
