"""What `/api/v1/sources` says of the sources: the JSON shapes, without the watching behind them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from pilotage.api.pipelines import Pipeline

Signal = Literal["logs", "traces", "metrics"]
SourceState = Literal["new", "ok", "silent", "stalled"]
SenderState = Literal["new", "ok", "rejecting", "stalled"]


@dataclass(frozen=True, slots=True)
class Source:
    """What was stored of one origin. Times are epoch seconds, rates items a second, lags seconds from event to receipt.

    `since` is when it came into its `state`, `reason` why. It counts as silent `silent_after` seconds after its last row: a few times
    its `usual_gap`, both null while its rhythm is not known. Counts begin when the watching began.
    """

    id: str
    signal: Signal
    index: str
    source: str
    sourcetype: str
    host: str
    service: str
    state: SourceState
    reason: str | None
    since: float
    first_seen: float
    last_seen: float
    items_total: int
    rate_1m: float
    rate_5m: float
    rate_1h: float
    lag_p50: float | None
    lag_max: float | None
    usual_gap: float | None
    silent_after: float | None


@dataclass(frozen=True, slots=True)
class Reject:
    """Requests of one sender refused for one reason (a problem code); `last` is epoch seconds, `sentence` what the last was told."""

    reason: str
    count: int
    last: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a protocol, the name of the token (empty when none was right) and the address, `*` for those too many to tell apart.

    `requests`, `items` and `bytes` are what was acknowledged since the server's start; times and rates as of a source. It is `rejecting`
    while a request of it was refused in the last minute.
    """

    id: str
    protocol: str
    token: str
    peer: str
    state: SenderState
    reason: str | None
    since: float
    first_seen: float
    last_seen: float | None
    requests: int
    items: int
    bytes: int
    rate_1m: float
    rate_5m: float
    rejects: list[Reject]


@dataclass(frozen=True, slots=True)
class SourceList:
    """The sources that matched, `total` of them before `limit`; senders and streams whole. `looked` is when the rows were last read.

    `states` counts all sources and senders by state. A stream's `lag_seconds` is the time from acknowledged to searchable.
    """

    now: float
    looked: float | None
    total: int
    states: dict[str, int]
    sources: list[Source]
    senders: list[Sender]
    streams: list[Pipeline]


TOLD = 20


def largest(sources: list[Source]) -> list[Source]:
    """The sources that own telemetry tells one by one: the `TOLD` with most rows lately, without the server's own indexes."""
    foreign = [each for each in sources if not each.index.startswith("_")]
    return sorted(foreign, key=lambda s: (-s.rate_1h, -s.items_total, s.id))[:TOLD]


def rest_of(sources: list[Source]) -> dict[str, float]:
    """Signal → rows a second over the last minute of all other sources."""
    told = {each.id for each in largest(sources)}
    rest: Counter[str] = Counter()
    for each in sources:
        if each.id not in told and not each.index.startswith("_"):
            rest[each.signal] += each.rate_1m  # type: ignore[assignment]  # a Counter adds fractions as well
    return dict(rest)
