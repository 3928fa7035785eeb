"""What the operations of the API work with: one value, made by `serve`, handed to every call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pilotage.api.access import Access
from pilotage.api.pipelines import Pipelines
from pilotage.api.searches import Searches
from pilotage.api.sessions import Sessions
from pilotage.api.settings import Settings
from pilotage.api.slos import SloKeeper
from pilotage.api.watching import Watching
from pilotage.ingest.request import Grant
from pilotage.schedule.clock import Clock
from pilotage.state.open import State

if TYPE_CHECKING:
    from pilotage.api.intake import Intake
    from pilotage.api.scraping.scraper import Scraper
    from pilotage.engine.assistance import Assistant
    from pilotage.engine.run import Engine
    from pilotage.ingest.receive import Receiver
    from pilotage.language.catalogue import Knowledge
    from pilotage.store.open import Store
    from pilotage.watch.delivery import Courier

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Services:
    """The parts of a running server. `ready` turns true when the backlog of the last run is loaded; `tails` counts live tails.

    `clock` is that of everything scheduled.
    """

    data: Path
    settings: Settings
    state: State
    access: Access
    searches: Searches
    store: Store
    receiver: Receiver
    intake: Intake
    pipelines: Pipelines
    engine: Callable[[], Engine]
    clock: Clock
    watching: Watching
    sessions: Sessions = field(default_factory=Sessions)
    tails: int = 0
    ready: bool = False
    scraper: Scraper | None = None
    courier: Courier | None = None
    slos: SloKeeper | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    helping: Assistant | None = None

    def waiting(self) -> str | None:
        """Why the server is not ready, if it is not."""
        return self.pipelines.trouble() if self.ready else "the backlog is being loaded"

    def knowledge(self) -> Knowledge:
        """Macros, event types and tags as they are now. Blocking."""
        from pilotage.engine.library import StateLibrary  # noqa: PLC0415 - the languages

        return StateLibrary(self.state).knowledge()

    def assistant(self) -> Assistant:
        """Who answers editors; made with the first question. Blocking."""
        from pilotage.engine.assistance import Assistant  # noqa: PLC0415 - the languages
        from pilotage.engine.library import StateLibrary  # noqa: PLC0415

        if self.helping is None:
            library = StateLibrary(self.state)
            self.helping = Assistant(self.store, library.knowledge, library)
        return self.helping

    async def audit(self, grant: Grant, action: str, target: str, detail: dict[str, str] | None = None) -> None:
        """Write an administrative action to the trail, and to the server's log, from where it reaches `_internal`."""
        actor = f"{grant.name} ({grant.token_id})" if grant.token_id else grant.name
        await asyncio.to_thread(lambda: self.state.audit.record(actor, action, target, detail))
        extra = {"actor": actor, "action": action, "target": target} | {f"detail.{name}": value for name, value in (detail or {}).items()}
        log.info("audit", extra=extra)
