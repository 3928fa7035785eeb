"""All targets: a task each, so that none waits for another; targets that come and go with their files."""

from __future__ import annotations

import asyncio
import logging
import zlib
from typing import TYPE_CHECKING

from pilotage.api.scraping.scrape import Scrape
from pilotage.api.scraping.targets import Discovery, Target
from pilotage.api.settings import ScrapeSetting
from pilotage.ingest.request import Grant
from pilotage.ingest.senders import Sender
from pilotage.model.problem import PilotageError

if TYPE_CHECKING:
    from pilotage.ingest.receive import Receiver

DISCOVERY_SECONDS = 5.0
SPREAD_SECONDS = 2.0
PATH = "/api/v1/write"
log = logging.getLogger(__name__)


class Scraper:
    """Owns its tasks from `start` to `stop`."""

    def __init__(self, receiver: Receiver, settings: tuple[ScrapeSetting, ...]) -> None:
        self._receiver = receiver
        self._discovery = Discovery(settings)
        self._running: dict[Target, tuple[Scrape, asyncio.Task[None]]] = {}
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._watch = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """End. Series are not marked as ended: the server will come back."""
        tasks = [task for _, task in self._running.values()] + ([self._watch] if self._watch else [])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def scrapes(self) -> list[Scrape]:
        """Every target with its state, by job and instance."""
        return sorted((scrape for scrape, _ in self._running.values()), key=lambda each: (each.target.job, each.target.instance))

    def errors(self) -> dict[str, str]:
        """Files of targets that cannot be read, with the reason."""
        return dict(self._discovery.errors)

    async def refresh(self) -> None:
        """Look for targets once: begin with new ones, end those that are gone."""
        wanted = await asyncio.to_thread(self._discovery.targets)
        for target in [each for each in self._running if each not in wanted]:
            scrape, task = self._running.pop(target)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            try:
                await scrape.end()
            except PilotageError as error:
                log.warning("end of a target not stored", extra={"instance": target.instance, "reason": error.problem.sentence})
        for target in wanted:
            if target not in self._running:
                scrape = Scrape(target, self._deliver)
                self._running[target] = (scrape, asyncio.create_task(_repeat(scrape)))

    async def _follow(self) -> None:
        told: dict[str, str] = {}
        while True:
            await self.refresh()
            errors = self.errors()
            for path, reason in errors.items():
                if told.get(path) != reason:
                    log.warning("targets not read", extra={"path": path, "reason": reason})
            told = errors
            await asyncio.sleep(DISCOVERY_SECONDS)

    async def _deliver(self, target: Target, body: bytes) -> None:
        grant = Grant(name="scrape", default_index=target.setting.index)
        await self._receiver.gathered(PATH, body, grant, Sender("scrape", target.job, target.instance))


async def _repeat(scrape: Scrape) -> None:
    """Scrape every interval. Targets begin at moments of their own, the same at every start."""
    loop = asyncio.get_running_loop()
    share = zlib.crc32(scrape.target.url.encode()) / (1 << 32)
    due = loop.time() + share * min(scrape.target.interval, SPREAD_SECONDS)
    while True:
        await asyncio.sleep(due - loop.time())
        try:
            await scrape.once()
        except Exception:
            # A fault of ours with one page must not end its scrapes.
            log.exception("scrape broke", extra={"job": scrape.target.job, "instance": scrape.target.instance})
        due += scrape.target.interval
        due = max(due, loop.time())
