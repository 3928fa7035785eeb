"""`/api/v1/audit`: who administered what, newest first."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from pilotage.api.resource import Call, Operation, Resource
from pilotage.state.records import AuditEntry


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """`before` is the id to continue from."""

    limit: Annotated[int, Meta(ge=1, le=1000)] = 100
    before: int | None = None


async def show(call: Call) -> list[AuditEntry]:
    """One page of the trail."""
    state, asked = call.services.state, call.query
    return await asyncio.to_thread(lambda: state.audit.entries(limit=asked.limit, before=asked.before) if state.exists() else [])


RESOURCE = Resource(
    "audit",
    (Operation("GET", "/api/v1/audit", "Administrative actions, newest first", "admin", show, query=AuditQuery, answer=list[AuditEntry]),),
)
