"""`/api/v1/usage`: what takes the room: volume per index and day, source and attribute key, and series per metric."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from pilotage.api.resource import Call, Operation, Resource
from pilotage.api.settings import valid_index
from pilotage.model.names import INDEX_HINT
from pilotage.model.problem import fail
from pilotage.model.time import read_time, read_zone
from pilotage.store.volume import DayVolume, KeyVolume, MetricVolume, Range, Sample, SourceVolume, Volume, volume

if TYPE_CHECKING:
    from pilotage.store.backend import Backend

# Measuring reads much: one at a time for the whole process.
_TURN = threading.Lock()


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """Rows received in a range, times as in a search; the `top` largest of each list."""

    earliest: str = "-24h"
    latest: str = "now"
    index: str | None = None
    top: Annotated[int, Meta(ge=1, le=1000)] = 100


@dataclass(frozen=True, slots=True)
class UsageIndex:
    """One index: all its rows and bytes on disk, whenever received; then rows and estimated bytes of the range."""

    name: str
    rows_total: int
    bytes_on_disk: int
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Times in epoch seconds; lists are ordered by size. `note` says in words what is estimated, null when nothing was sampled."""

    earliest: float
    latest: float
    indexes: list[UsageIndex]
    days: list[DayVolume]
    sources: list[SourceVolume]
    keys: list[KeyVolume]
    metrics: list[MetricVolume]
    samples: list[Sample]
    note: str | None


async def show(call: Call) -> Usage:
    """Measure, one at a time."""
    asked: UsageQuery = call.query
    if asked.index is not None and not valid_index(asked.index):
        raise fail("bad-request", f"`{asked.index}` is not an index name", hint=INDEX_HINT)
    now, zone = time.time_ns(), read_zone("UTC")
    earliest, latest = (read_time(each, now=now, zone=zone) / 1e9 for each in (asked.earliest, asked.latest))
    if earliest >= latest:
        raise fail("bad-request", "`earliest` is not before `latest`", hint="write a range such as `-24h` to `now`")
    return await asyncio.to_thread(_measure, call.services.store.backend, Range(earliest, latest, asked.index, asked.top))


def _measure(backend: Backend, asked: Range) -> Usage:
    from pilotage.store.retention import usage  # noqa: PLC0415 - as in `indexes`

    if not _TURN.acquire(blocking=False):
        raise fail("searches-busy", "the usage is being measured for somebody else", hint="ask again in a few seconds")
    try:
        found = volume(backend, asked)
        held = [each for each in usage(backend) if asked.index in (None, each.index)]
    finally:
        _TURN.release()
    rows, sizes = (
        {i: sum(getattr(d, f) for d in found.days if d.index == i) for i in {d.index for d in found.days}} for f in ("rows", "bytes")
    )
    return Usage(
        earliest=asked.earliest,
        latest=asked.latest,
        indexes=[UsageIndex(e.index, e.rows, e.bytes_on_disk, rows.get(e.index, 0), sizes.get(e.index, 0)) for e in held],
        days=found.days,
        sources=found.sources,
        keys=found.keys,
        metrics=found.metrics,
        samples=found.samples,
        note=_note(found),
    )


def _note(found: Volume) -> str | None:
    shares = [(s.signal, what, every) for s in found.samples for what, every in (("sources", s.sources_every), ("keys", s.keys_every))]
    sampled = [f"one of {every} rows for the {what} of {signal}" for signal, what, every in shares if every > 1]
    if not sampled:
        return None
    return f"a sample was read: {', '.join(sampled)}; counts are multiplied by it, distinct values are those of the sample"


RESOURCE = Resource(
    "usage", (Operation("GET", "/api/v1/usage", "Volume, cardinality and disk", "read", show, query=UsageQuery, answer=Usage),)
)
