"""The audit trail: one row an administrative action, never changed, kept beside what it changed."""

from __future__ import annotations

import json
import time

from sqlalchemy import Engine, insert, select

from pilotage.state.records import AuditEntry
from pilotage.state.tables import AUDIT


class AuditTrail:
    """Append and read; nothing here deletes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, actor: str, action: str, target: str, detail: dict[str, str] | None = None) -> None:
        """Append one action, e.g. `("ops", "token.create", "3f2a…", {"scopes": "read"})`."""
        values = {
            "time_ms": time.time_ns() // 1_000_000,
            "actor": actor,
            "action": action,
            "target": target,
            "detail": json.dumps(detail or {}),
        }
        with self._engine.begin() as connection:
            connection.execute(insert(AUDIT).values(values))

    def entries(self, *, limit: int = 100, before: int | None = None) -> list[AuditEntry]:
        """The newest `limit` entries, newest first; `before` is the id to continue from."""
        query = select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(AUDIT.c.id < before)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings()
            return [
                AuditEntry(row["id"], row["time_ms"], row["actor"], row["action"], row["target"], json.loads(row["detail"])) for row in rows
            ]
