"""`/api/v1/status`: what the server is doing: pipelines, refusals, searches, its own use of the machine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pilotage.api.pipelines import Pipeline, Refusal
from pilotage.api.resource import Call, Operation, Resource


@dataclass(frozen=True, slots=True)
class Status:
    """`ready` when the backlog of the last run is loaded and every stream loads, else `waiting` says what does not.

    Times in seconds, `started` epoch seconds.
    """

    version: str
    started: float
    ready: bool
    waiting: str | None
    cpu_seconds: float
    rss_bytes: int
    searches_running: int
    pipelines: list[Pipeline]
    refusals: list[Refusal]


async def show(call: Call) -> Status:
    """A snapshot."""
    from importlib.metadata import version  # noqa: PLC0415 - these two cost a start 0.1 CPU-seconds

    import psutil  # noqa: PLC0415

    services = call.services
    process = psutil.Process()
    times = process.cpu_times()
    pipelines = await asyncio.to_thread(services.pipelines.report)
    waiting = await asyncio.to_thread(services.waiting)
    return Status(
        version=version("pilotage"),
        started=process.create_time(),
        ready=waiting is None,
        waiting=waiting,
        cpu_seconds=times.user + times.system,
        rss_bytes=process.memory_info().rss,
        searches_running=services.searches.running(),
        pipelines=pipelines,
        refusals=services.pipelines.refusals(),
    )


RESOURCE = Resource("status", (Operation("GET", "/api/v1/status", "Pipelines and use of the machine", "read", show, answer=Status),))
