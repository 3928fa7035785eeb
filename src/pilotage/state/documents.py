"""What people set up for notification and objectives, kept as named JSON documents; `watch` knows what stands in them.

Of a channel the secret values stand in a column of their own, which nothing but the delivery reads.
"""

from __future__ import annotations

import json
import time

from sqlalchemy import BigInteger, Column, Engine, Table, Text, delete, insert, select, update

from pilotage.model.problem import fail
from pilotage.state.deliveries import Document
from pilotage.state.tables import METADATA

KINDS = {
    "channels": "channel",
    "mutings": "muting",
    "rotas": "rota",
    "escalations": "escalation",
    "actions": "action",
    "calendars": "calendar",
    "slos": "slo",
}
"""Tables and what a row of each is called."""


def _table(name: str) -> Table:
    return Table(
        name,
        METADATA,
        Column("name", Text, primary_key=True),
        Column("document", Text, nullable=False),
        Column("secrets", Text, nullable=False),
        Column("created_ms", BigInteger, nullable=False),
        Column("updated_ms", BigInteger, nullable=False),
    )


TABLES = {name: _table(name) for name in KINDS}


class Documents:
    """The documents of one table, by name."""

    def __init__(self, engine: Engine, table: str) -> None:
        self._engine = engine
        self._table = TABLES[table]
        self._kind = KINDS[table]

    def all(self) -> list[Document]:
        """Every one, by name."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(self._table).order_by(self._table.c.name)).mappings()
            return [Document(row["name"], row["document"], json.loads(row["secrets"]), row["updated_ms"]) for row in rows]

    def find(self, name: str) -> Document | None:
        """The one of that name, if there is one."""
        with self._engine.connect() as connection:
            row = connection.execute(select(self._table).where(self._table.c.name == name)).mappings().one_or_none()
        return None if row is None else Document(row["name"], row["document"], json.loads(row["secrets"]), row["updated_ms"])

    def get(self, name: str) -> Document:
        """The one of that name. Raises PilotageError `KIND-missing`."""
        found = self.find(name)
        if found is None:
            raise self._missing(name)
        return found

    def put(self, name: str, text: str, secrets: dict[str, str] | None = None) -> None:
        """Keep a document in the place of the one of that name; with `secrets` None it keeps those it has."""
        stamp = time.time_ns() // 1_000_000
        values = {"document": text, "updated_ms": stamp} | ({} if secrets is None else {"secrets": json.dumps(secrets)})
        with self._engine.begin() as connection:
            if not connection.execute(update(self._table).where(self._table.c.name == name).values(values)).rowcount:
                connection.execute(insert(self._table).values({"name": name, "created_ms": stamp, "secrets": "{}"} | values))

    def drop(self, name: str) -> None:
        """Forget a document. Raises PilotageError `KIND-missing`."""
        with self._engine.begin() as connection:
            found = connection.execute(delete(self._table).where(self._table.c.name == name)).rowcount
        if not found:
            raise self._missing(name)

    def _missing(self, name: str) -> Exception:
        return fail(f"{self._kind}-missing", f"no {self._kind} is called `{name}`", hint=f"`GET /api/v1/{self._table.name}` lists them")
