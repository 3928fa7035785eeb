"""`/api/v1/indexes`: what is stored, how much of it, and from when to when."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pilotage.api.resource import Call, Operation, Resource


@dataclass(frozen=True, slots=True)
class Index:
    """One index; `first` and `last` are event times in epoch seconds, `retention` as configured (null = unlimited)."""

    name: str
    rows: int
    bytes_on_disk: int
    first: float
    last: float
    retention: str | None


async def show(call: Call) -> list[Index]:
    """Every index, by name."""
    from pilotage.store.retention import usage  # noqa: PLC0415 - store imports are heavy and loaded by then

    configured = call.services.settings.index
    found = await asyncio.to_thread(usage, call.services.store.backend)
    return [
        Index(
            each.index,
            each.rows,
            each.bytes_on_disk,
            each.first / 1e9,
            each.last / 1e9,
            configured[each.index].retention if each.index in configured else None,
        )
        for each in found
    ]


RESOURCE = Resource(
    "indexes", (Operation("GET", "/api/v1/indexes", "Indexes with rows, bytes and times", "read", show, answer=list[Index]),)
)
