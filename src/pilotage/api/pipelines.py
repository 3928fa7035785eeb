"""How each ingest stream is doing, from the counts of ingest and the spool: for `/api/v1/status`, own telemetry and the stall alarm."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilotage.ingest.load import Loader
    from pilotage.ingest.spool import Spool
    from pilotage.ingest.statistics import Statistics

STALLED_SECONDS = 20.0
REMIND_SECONDS = 60.0
SLOW = "loading does not come to an end"
DEAD = "its loading thread has died, restart the server"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """One stream. Items are spans, records, points or events since the start; `backlog_bytes` are acknowledged and not yet loaded.

    `lag_seconds` is the age of the oldest thing waiting, or how long the last load took from receipt; `failing` why loading waits.
    """

    stream: str
    requests: int
    received_bytes: int
    acknowledged: int
    repeated: int
    loaded: int
    buried: int
    backlog_bytes: int
    lag_seconds: float
    stalled: bool
    failing: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Requests a protocol refused for one reason."""

    protocol: str
    code: str
    requests: int


class Pipelines:
    """Reads the live counts; `check` raises the alarm."""

    def __init__(self, statistics: Statistics, spool: Spool, loader: Loader) -> None:
        self._statistics = statistics
        self._spool = spool
        self._loader = loader
        self._alarmed: dict[str, float] = {}

    def report(self) -> list[Pipeline]:
        """Every stream that has held anything, by name."""
        now = time.time()
        waiting: dict[str, tuple[int, float]] = {}
        for segment in self._spool.segments():
            size, oldest = waiting.get(segment.stream, (0, now))
            waiting[segment.stream] = (size + segment.size, min(oldest, segment.wall))
        counts = self._statistics.streams()
        failing: Mapping[str, str] = self._loader.failing
        dead = self._loader.dead
        found = []
        for stream in sorted(counts.keys() | waiting.keys()):
            count = counts.get(stream)
            size, oldest = waiting.get(stream, (0, now))
            age = now - oldest
            since_load = now - count.last_loaded if count and count.last_loaded else age
            found.append(
                Pipeline(
                    stream=stream,
                    requests=count.requests if count else 0,
                    received_bytes=count.received_bytes if count else 0,
                    acknowledged=count.acknowledged if count else 0,
                    repeated=count.repeated if count else 0,
                    loaded=count.loaded if count else 0,
                    buried=count.buried if count else 0,
                    backlog_bytes=size,
                    lag_seconds=age if size else (count.lag_seconds if count else 0.0),
                    stalled=stream in dead or (bool(size) and min(age, since_load) > STALLED_SECONDS),
                    failing=DEAD if stream in dead else failing.get(stream),
                )
            )
        return found

    def trouble(self) -> str | None:
        """What does not load and why, or None. Blocking."""
        if "" in self._loader.dead:
            return f"nothing new loads: {DEAD}"
        found = [f"`{each.stream}`: {each.failing or SLOW}" for each in self.report() if each.stalled]
        return f"the loading of acknowledged data has stalled, {'; '.join(found)}" if found else None

    def refusals(self) -> list[Refusal]:
        """Refused requests by protocol and reason."""
        return [Refusal(protocol, code, count) for (protocol, code), count in sorted(self._statistics.refusals().items())]

    def check(self) -> None:
        """Log `pipeline stalled` when a stream stops loading, again every minute, and `pipeline recovered` after."""
        now = time.monotonic()
        stalled = {each.stream: each for each in self.report() if each.stalled}
        for stream in self._alarmed.keys() - stalled.keys():
            del self._alarmed[stream]
            log.warning("pipeline recovered", extra={"stream": stream})
        for stream, each in stalled.items():
            if stream not in self._alarmed or now - self._alarmed[stream] >= REMIND_SECONDS:
                self._alarmed[stream] = now
                reason = each.failing or SLOW
                fields = {"stream": stream, "backlog_bytes": each.backlog_bytes, "lag_seconds": round(each.lag_seconds, 1)}
                log.error("pipeline stalled", extra=fields | {"reason": reason})
