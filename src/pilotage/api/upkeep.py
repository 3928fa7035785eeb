"""What a running server does by itself: watch the pipelines, follow new fields, promote hot attributes, let old rows go."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from pilotage.api.sources.watch import LOOK_SECONDS
from pilotage.model.problem import PilotageError

if TYPE_CHECKING:
    from pilotage.api.services import Services

WATCH_SECONDS = 5.0
RELOAD_SECONDS = 10.0
CATALOGUE_SECONDS = 30.0
READY_SECONDS = 10.0
PROMOTE_SECONDS = 60.0
EXPIRE_SECONDS = 600.0
log = logging.getLogger(__name__)


class Upkeep:
    """Owns its tasks from `start` to `stop`. Each chore runs in a thread, one after the other, and a failing one is tried again."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._tasks: list[asyncio.Task[None]] = []
        self._uses: Counter[tuple[str, str]] = Counter()

    def start(self) -> None:
        """Begin."""
        chores: list[tuple[str, float, Callable[[], object]]] = [
            ("pipelines", WATCH_SECONDS, self._services.pipelines.check),
            ("catalogue", CATALOGUE_SECONDS, self._services.store.catalogue.refresh),
            ("promotion", PROMOTE_SECONDS, self._promote),
        ]
        if any(each.retention for each in self._services.settings.index.values()):
            chores.append(("retention", EXPIRE_SECONDS, self._expire))
        if self._services.state.shared:
            chores.append(("tokens", RELOAD_SECONDS, self._services.access.reload))
        self._tasks = [asyncio.create_task(self._repeat(*chore)) for chore in chores]
        self._tasks += [asyncio.create_task(self._become_ready()), asyncio.create_task(self._watch_sources())]

    async def stop(self) -> None:
        """End; a chore in progress is not waited for."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _repeat(self, name: str, seconds: float, chore: Callable[[], object]) -> None:
        while True:
            await asyncio.sleep(seconds)
            await self._do(name, chore)

    async def _do(self, name: str, chore: Callable[[], object]) -> None:
        try:
            await asyncio.to_thread(chore)
        except PilotageError as error:
            log.warning("chore failed", extra={"chore": name, "code": error.problem.code, "reason": error.problem.sentence})

    async def _watch_sources(self) -> None:
        """Look once the backlog is loaded, or does not load, and from then on regularly: a start must not wait for it."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._services.intake.loaded(), READY_SECONDS)
        await self._do("sources", self._services.intake.sources.look)
        await self._repeat("sources", LOOK_SECONDS, self._services.intake.sources.look)

    async def _become_ready(self) -> None:
        """Ready when every segment that an earlier run left behind has become rows."""
        await self._services.intake.loaded()
        self._services.ready = True

    def _promote(self) -> None:
        if not self._services.store.catalogue.uses():
            return
        from pilotage.store.promotion import promote  # noqa: PLC0415 - needs sqlglot, which a server without queries never loads

        store = self._services.store
        for table, attribute in promote(store.backend, store.catalogue, self._uses):
            log.info("attribute promoted", extra={"table": table, "attribute": attribute})

    def _expire(self) -> None:
        from pilotage.store.retention import expire  # noqa: PLC0415 - loaded with the store by then

        seconds = {name: each.retention_seconds() for name, each in self._services.settings.index.items()}
        kept = {name: float(value) for name, value in seconds.items() if value is not None}
        for index, rows in expire(self._services.store.backend, kept).items():
            log.info("rows expired", extra={"index": index, "rows": rows})
