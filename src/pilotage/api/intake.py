"""Ingest put together for one data directory: spool, retries, receiver, loader, and what is asked of them as a whole."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pilotage.api.access import Access
from pilotage.api.journal import leave_out_exception_texts
from pilotage.api.pipelines import Pipelines
from pilotage.api.settings import Settings
from pilotage.api.sources.watch import Parts as Watched
from pilotage.api.sources.watch import Sources
from pilotage.ingest.dead_letters import DeadLetters
from pilotage.ingest.load import Loader, Parts
from pilotage.ingest.receive import Limits, Receiver
from pilotage.ingest.retries import Retries
from pilotage.ingest.rules import Rules
from pilotage.ingest.spool import Spool
from pilotage.ingest.statistics import Statistics
from pilotage.model.problem import fail

if TYPE_CHECKING:
    from pilotage.store.open import Store

POLL_SECONDS = 0.05
DRAIN_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Intake:
    """The running parts; `close` ends their threads. What is not loaded by then stays in the spool for the next start."""

    spool: Spool
    receiver: Receiver
    loader: Loader
    pipelines: Pipelines
    sources: Sources
    rules: Rules | None = None

    async def loaded(self) -> None:
        """Return when everything acknowledged before the call has become rows."""
        left = {each.token for each in self.spool.segments()}
        while left & {each.token for each in self.spool.segments()}:  # noqa: ASYNC110 - the loader is threads
            await asyncio.sleep(POLL_SECONDS)

    async def drain(self) -> None:
        """Close the open segments and wait until they are loaded. Raises PilotageError `backlog-stuck` after two minutes."""
        await asyncio.to_thread(self.spool.flush)
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.loaded()
        except TimeoutError as error:
            hint = "`/api/v1/status` says why loading waits"
            raise fail("backlog-stuck", f"acknowledged data did not load within {DRAIN_SECONDS:g} seconds", hint=hint) from error

    def close(self) -> None:
        """Stop taking, stop loading after the insert in progress, sync what waits."""
        self.receiver.stop()
        self.loader.stop()
        self.spool.close()
        self.sources.close()


def open_rules(store: Store, settings: Settings) -> Rules | None:
    """The configured rules, checked; None without any, and then nothing of them is even imported. Raises `bad-rule`."""
    if not settings.redact and not settings.extract:
        return None
    from pilotage.engine.rules import compile_rules  # noqa: PLC0415 - the languages

    if settings.redact:
        leave_out_exception_texts()
    return Rules(compile_rules(settings.redact, settings.extract, store.backend.rows), store.backend.rows)


def open_intake(data: Path, store: Store, settings: Settings, access: Access) -> Intake:
    """Take over what an earlier run left behind in `DATA/spool`, and start loading."""
    rules = open_rules(store, settings)
    spool = Spool(data / "spool")
    retries = Retries(data / "retries", spool.segments())
    statistics = Statistics()
    limits = Limits(
        request_bytes=settings.limits.request_bytes,
        backlog_bytes=settings.limits.backlog_bytes,
        waiting_bytes=settings.limits.in_flight_bytes,
    )
    receiver = Receiver(spool, retries, statistics, access.authorize, limits)
    letters = DeadLetters(store.backend) if rules is None else DeadLetters(store.backend, rules.scrubbed)
    loader = Loader(Parts(store.backend, spool, receiver.streams, retries, letters, statistics, rules))
    loader.start()
    pipelines = Pipelines(statistics, spool, loader)
    tables = {stream: tuple(each.table for each in decodes) for stream, decodes in receiver.streams.items()}
    watched = Watched(store.backend, spool, pipelines, statistics.senders, tables, data / "sources.json")
    return Intake(spool, receiver, loader, pipelines, Sources(watched), rules)
