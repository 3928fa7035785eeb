"""One target over time: each scrape becomes a remote-write request; series that are gone get the marker that ends them."""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version

from pilotage.api.scraping.exposition import ACCEPT, Contents, Reading, contents
from pilotage.api.scraping.fetch import Page, fetch
from pilotage.api.scraping.targets import Target
from pilotage.ingest.prometheus import STALE, described, labelled, measured
from pilotage.model.problem import PilotageError

Deliver = Callable[[Target, bytes], Awaitable[None]]
"""Hands a request to ingest. Raises `PilotageError` when it is not taken."""

DESCRIBED_SECONDS = 60.0
# Pages are taken apart one at a time: hostile ones must not hold the threads that everything else waits for.
_READER = ThreadPoolExecutor(1, thread_name_prefix="scrape")
log = logging.getLogger(__name__)


@dataclass(slots=True)
class State:
    """What the last scrape of a target came to. `last` in epoch seconds; `up` is None before the first."""

    up: bool | None = None
    last: float | None = None
    seconds: float = 0.0
    samples: int = 0
    error: str | None = None


@dataclass(slots=True)
class Scrape:
    """The scrapes of one target."""

    target: Target
    deliver: Deliver
    state: State = field(default_factory=State)
    _alive: set[bytes] = field(default_factory=set)
    _told: float = 0.0

    async def once(self) -> None:
        """Fetch, read, hand over. What goes wrong is the state's `error`."""
        started, begin = time.time(), time.monotonic()
        found: Contents | None = None
        error: str | None = None
        try:
            async with asyncio.timeout(self.target.timeout):
                page = await self._fetch()
            found = await asyncio.get_running_loop().run_in_executor(_READER, contents, page, self.target.setting.sample_limit)
        except TimeoutError:
            error = f"no whole answer within {self.target.timeout} seconds"
        except PilotageError as problem:
            error = problem.problem.sentence
        except OSError as problem:
            action = f"read `{problem.filename}`" if problem.filename else "connect"
            error = f"cannot {action}: {problem.strerror or problem}"
        except (ValueError, OverflowError) as problem:
            error = f"the address is none: {problem}"
        seconds = time.monotonic() - begin
        samples = len(found.readings) if found is not None else 0
        body, alive = await asyncio.get_running_loop().run_in_executor(_READER, self._request, found, round(started * 1000), seconds)
        try:
            await self.deliver(self.target, body)
            # Only what was stored can be ended later.
            self._alive = alive
        except PilotageError as problem:
            error = error or f"not stored: {problem.problem.sentence}"
            self._told = 0.0
        if error != self.state.error:
            extra = {"job": self.target.job, "instance": self.target.instance, "reason": error}
            log.warning("scrape failed" if error else "scrape recovered", extra=extra)
        self.state = State(found is not None, started, seconds, samples, error)

    async def end(self) -> None:
        """The target is gone: end all its series. Raises `PilotageError` when that is not taken."""
        now = round(time.time() * 1000)
        gone = self._alive | {head for head, _ in self._report(up=False, seconds=0.0, samples=0)} if self.state.last else set()
        if gone:
            await self.deliver(self.target, b"".join(measured(head, STALE, now) for head in sorted(gone)))

    async def _fetch(self) -> Page:
        target = self.target
        headers = {
            "user-agent": f"pilotage/{version('pilotage')}",
            "accept": ACCEPT,
            "accept-encoding": "gzip",
            "x-prometheus-scrape-timeout-seconds": str(target.timeout),
            **target.credentials(),
        }
        return await fetch(target.url, headers, target.setting.body_bytes, await asyncio.to_thread(target.tls))

    def _request(self, found: Contents | None, at: int, seconds: float) -> tuple[bytes, set[bytes]]:
        """The request's body, and the labels of the series that live on."""
        parts: list[bytes] = []
        alive: set[bytes] = set()
        for reading in found.readings if found is not None else ():
            head = labelled(self._labels(reading))
            own = reading.milliseconds if self.target.setting.honor_timestamps else None
            parts.append(measured(head, reading.value, at if own is None else own, reading.exemplar))
            if own is None:
                alive.add(head)
        parts.extend(measured(head, STALE, at) for head in sorted(self._alive - alive))
        samples = len(found.readings) if found is not None else 0
        report = self._report(up=found is not None, seconds=seconds, samples=samples)
        parts.extend(measured(head, struct.pack("<d", value), at) for head, value in report)
        if found is not None and time.monotonic() - self._told > DESCRIBED_SECONDS:
            self._told = time.monotonic()
            parts.extend(described(each.kind, each.name, each.text, each.unit) for each in found.families)
        return b"".join(parts), alive

    def _labels(self, reading: Reading) -> dict[str, str]:
        """The target's labels and the page's own; of two with one name the target's wins unless the page is honoured."""
        own, given = reading.labels, dict(self.target.labels)
        if self.target.setting.honor_labels:
            return {**given, **own}
        merged = dict(given)
        for name, value in own.items():
            free = name
            while free in given or (free != name and free in own):
                free = f"exported_{free}"
            merged[free] = value
        return merged

    def _report(self, *, up: bool, seconds: float, samples: int) -> list[tuple[bytes, float]]:
        """The series every target has."""
        values = {"up": float(up), "scrape_duration_seconds": seconds, "scrape_samples_scraped": float(samples)}
        return [(labelled({**dict(self.target.labels), "__name__": name}), value) for name, value in values.items()]
