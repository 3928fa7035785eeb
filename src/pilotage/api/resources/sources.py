"""`/api/v1/sources`: who sends what, how fast, how late, and who is silent, stalled or refused."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from pilotage.api.resource import Call, Operation, Resource
from pilotage.api.sources.report import Source, SourceList
from pilotage.api.sources.watch import Sources

Sort = Literal["state", "name", "rate", "items", "lag", "last_seen"]
_TROUBLE = {"stalled": 0, "silent": 1, "new": 2, "ok": 3}
_SORTS: dict[Sort, Callable[[Source], tuple[float, float]]] = {
    "state": lambda s: (_TROUBLE[s.state], -s.rate_1m),
    "name": lambda _: (0.0, 0.0),
    "rate": lambda s: (-s.rate_1m, -s.rate_5m),
    "items": lambda s: (-s.items_total, 0.0),
    "lag": lambda s: (-(s.lag_p50 or 0.0), 0.0),
    "last_seen": lambda s: (-s.last_seen, 0.0),
}


@dataclass(frozen=True, slots=True)
class SourceQuery:
    """Which sources: of one `state`, `index`, `signal`, with `text` somewhere in their names; worst first unless `sort` says else."""

    state: Literal["new", "ok", "silent", "stalled"] | None = None
    index: str | None = None
    signal: Literal["logs", "traces", "metrics"] | None = None
    text: str | None = None
    sort: Sort = "state"
    limit: Annotated[int, Meta(ge=1, le=5000)] = 500


async def show(call: Call) -> SourceList:
    """The sources that match, every sender, every stream; what arrived since the last look is read first."""
    asked: SourceQuery = call.query
    watch: Sources = call.services.intake.sources
    await asyncio.to_thread(watch.refresh)
    sources, senders = watch.sources(), watch.senders()
    matching = sorted((each for each in sources if _matches(each, asked)), key=lambda s: (_SORTS[asked.sort](s), _names(s)))
    return SourceList(
        now=time.time(),
        looked=watch.looked,
        total=len(matching),
        states=dict(Counter([each.state for each in sources] + [each.state for each in senders])),
        sources=matching[: asked.limit],
        senders=senders,
        streams=await asyncio.to_thread(call.services.pipelines.report),
    )


def _names(source: Source) -> tuple[str, ...]:
    return source.index, source.service, source.source, source.sourcetype, source.host, source.signal


def _matches(source: Source, asked: SourceQuery) -> bool:
    text = (asked.text or "").casefold()
    return (
        asked.state in (None, source.state)
        and asked.index in (None, source.index)
        and asked.signal in (None, source.signal)
        and any(text in name.casefold() for name in _names(source))
    )


RESOURCE = Resource(
    "sources",
    (
        Operation(
            "GET",
            "/api/v1/sources",
            "Sources and senders with state, rate, lag and refusals",
            "read",
            show,
            query=SourceQuery,
            answer=SourceList,
        ),
    ),
)
