"""The door to state: nothing is imported or created until something is read or written, since a fresh server has no state yet.

SQLAlchemy costs 0.7 CPU-seconds to import (2026-11-21), half of what a whole start may take.
"""

from __future__ import annotations

import shutil
import sqlite3
import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pilotage.model.knowledge import KnowledgeBook
from pilotage.state.artifacts import Artifacts

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from pilotage.state.access import AccessTokens
    from pilotage.state.alerts import Alerts
    from pilotage.state.audit import AuditTrail
    from pilotage.state.documents import Documents
    from pilotage.state.knowledge import KnowledgeStore
    from pilotage.state.monitors import Monitors
    from pilotage.state.notifications import Outbox
    from pilotage.state.objectives import Objectives
    from pilotage.state.runs import Runs


class State:
    """Tokens, audit trail and knowledge of one installation; safe to use from several threads."""

    def __init__(self, address: str, artifacts: Path) -> None:
        self._address = address
        self.artifacts = Artifacts(artifacts)
        self._path = Path(address.removeprefix("sqlite:///")) if address.startswith("sqlite:///") else None
        self._lock = threading.Lock()
        self._opened: Engine | None = None

    def exists(self) -> bool:
        """False while nothing was ever kept: a file that is not there needs no reading. A server address always counts as existing."""
        return self._path is None or self._path.exists()

    @property
    def shared(self) -> bool:
        """Whether other servers write to it too, so that what was read grows old."""
        return self._path is None

    @property
    def _engine(self) -> Engine:
        with self._lock:
            if self._opened is None:
                from pilotage.state.database import connect  # noqa: PLC0415 - see the module's docstring

                self._opened = connect(self._address)
            return self._opened

    @cached_property
    def tokens(self) -> AccessTokens:
        """The access tokens."""
        from pilotage.state.access import AccessTokens  # noqa: PLC0415

        return AccessTokens(self._engine)

    @cached_property
    def audit(self) -> AuditTrail:
        """The audit trail."""
        from pilotage.state.audit import AuditTrail  # noqa: PLC0415

        return AuditTrail(self._engine)

    @cached_property
    def knowledge(self) -> KnowledgeStore:
        """Macros, event types, tags and lookups."""
        from pilotage.state.knowledge import KnowledgeStore  # noqa: PLC0415

        return KnowledgeStore(self._engine, self.artifacts, shared=self.shared)

    @cached_property
    def monitors(self) -> Monitors:
        """Monitors, their progress and detector states."""
        from pilotage.state.monitors import Monitors  # noqa: PLC0415

        return Monitors(self._engine)

    @cached_property
    def alerts(self) -> Alerts:
        """Episodes."""
        from pilotage.state.alerts import Alerts  # noqa: PLC0415

        return Alerts(self._engine)

    @cached_property
    def outbox(self) -> Outbox:
        """Notifications to send and sent."""
        from pilotage.state.notifications import Outbox  # noqa: PLC0415

        return Outbox(self._engine)

    @cached_property
    def runs(self) -> Runs:
        """Runs of actions."""
        from pilotage.state.runs import Runs  # noqa: PLC0415

        return Runs(self._engine)

    @cached_property
    def objectives(self) -> Objectives:
        """What objectives have counted."""
        from pilotage.state.objectives import Objectives  # noqa: PLC0415

        return Objectives(self._engine)

    def documents(self, table: str) -> Documents:
        """The named documents of a table of `state.documents.KINDS`."""
        from pilotage.state.documents import Documents  # noqa: PLC0415

        return Documents(self._engine, table)

    def book(self) -> KnowledgeBook:
        """What `knowledge` has; nothing is opened while nothing was ever kept."""
        return self.knowledge.book() if self.exists() else KnowledgeBook()

    def backup(self, folder: Path) -> Path | None:
        """Copy a SQLite state into `folder/state.db` (a consistent copy of a live file); None when there is nothing of ours to copy.

        The artefacts go to `folder/artifacts` in any case: all that the copied rows name are among them or were replaced meanwhile.
        """
        if self.artifacts.folder.is_dir():
            shutil.copytree(self.artifacts.folder, folder / "artifacts", ignore=shutil.ignore_patterns(".*"))
        if self._path is None or not self._path.exists():
            return None
        target = folder / "state.db"
        target.touch(mode=0o600)
        source, copy = sqlite3.connect(self._path), sqlite3.connect(target)
        try:
            source.backup(copy)
        finally:
            copy.close()
            source.close()
        return target

    def close(self) -> None:
        """Release the connections."""
        with self._lock:
            if self._opened is not None:
                self._opened.dispose()
                self._opened = None


def open_state(data: Path, address: str | None = None) -> State:
    """The state at `address`, by default `DATA/state.db`; cheap, nothing is read yet."""
    return State(address or f"sqlite:///{data / 'state.db'}", data / "artifacts")
