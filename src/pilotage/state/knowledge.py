"""What people name for their searches, kept: macros, event types, tags, and the definitions and files of lookups."""

from __future__ import annotations

import json
import threading
import time

from sqlalchemy import Connection, Engine, RowMapping, Table, delete, func, insert, select

from pilotage.model.knowledge import KnowledgeBook, Lookup, Macro
from pilotage.model.problem import fail
from pilotage.state.artifacts import Artifacts
from pilotage.state.tables import EVENTTYPES, LOOKUPS, MACROS, TAGS

_LISTS = ("columns", "matches")


class KnowledgeStore:
    """The kept knowledge of one installation. Searches read `book`; every change replaces it at once."""

    def __init__(self, engine: Engine, artifacts: Artifacts, *, shared: bool) -> None:
        self._engine = engine
        self.artifacts = artifacts
        self._shared = shared
        self._lock = threading.RLock()
        self._book: KnowledgeBook | None = None

    def book(self) -> KnowledgeBook:
        """Everything by name, as it is now; read again only after a change, or always where other servers write too."""
        with self._lock:
            if self._book is None or self._shared:
                with self._engine.connect() as connection:
                    self._book = _book(connection)
            return self._book

    def put_macro(self, name: str, macro: Macro) -> None:
        """Keep a macro; it replaces the one of the same name and number of arguments."""
        arity = len(macro.arguments)
        values = {
            "name": name,
            "arity": arity,
            "arguments": json.dumps(macro.arguments),
            "definition": macro.definition,
            "evaluated": macro.evaluated,
        }
        self._replace(MACROS, {"name": name, "arity": arity}, [values])

    def drop_macro(self, name: str, arity: int) -> None:
        """Forget a macro. Raises PilotageError `macro-missing`."""
        self._drop(MACROS, {"name": name, "arity": arity}, "macro", f"{name}({arity})" if arity else name)

    def put_eventtype(self, name: str, search: str) -> None:
        """Keep an event type."""
        self._replace(EVENTTYPES, {"name": name}, [{"name": name, "search": search}])

    def drop_eventtype(self, name: str) -> None:
        """Forget an event type. Raises PilotageError `eventtype-missing`."""
        self._drop(EVENTTYPES, {"name": name}, "eventtype", name)

    def put_tag(self, tag: str, pairs: tuple[tuple[str, str], ...]) -> None:
        """Keep the (field, value) pairs of a tag, in the place of those it had."""
        self._replace(TAGS, {"tag": tag}, [{"tag": tag, "field": field, "value": value} for field, value in dict.fromkeys(pairs)])

    def drop_tag(self, tag: str) -> None:
        """Forget a tag. Raises PilotageError `tag-missing`."""
        self._drop(TAGS, {"tag": tag}, "tag", tag)

    def put_lookup(self, lookup: Lookup, data: bytes) -> Lookup:
        """Keep a lookup with the CSV `data`: first the file, then the row that names it, then the file before is gone."""
        # Under one lock, or a file that is there already could be swept before its new name is written.
        with self._lock:
            kept = {name: getattr(lookup, name) for name in Lookup.__slots__} | {"digest": self.artifacts.keep(data)}
            values = kept | {name: json.dumps(kept[name]) for name in _LISTS}
            self._replace(LOOKUPS, {"name": lookup.name}, [values])
        return Lookup(**kept)

    def drop_lookup(self, name: str) -> None:
        """Forget a lookup and its file. Raises PilotageError `lookup-missing`."""
        self._drop(LOOKUPS, {"name": name}, "lookup", name)

    def _replace(self, table: Table, key: dict[str, object], rows: list[dict[str, object]]) -> None:
        stamp = time.time_ns() // 1_000_000
        with self._lock:
            with self._engine.begin() as connection:
                before = _digests(connection, key) if table is LOOKUPS else set()
                connection.execute(delete(table).where(*(table.c[name] == value for name, value in key.items())))
                connection.execute(insert(table), [row | {"updated_ms": stamp} for row in rows])
                gone = _unused(connection, before)
            self._book = None
            self._sweep(gone)

    def _drop(self, table: Table, key: dict[str, object], kind: str, shown: str) -> None:
        with self._lock:
            with self._engine.begin() as connection:
                before = _digests(connection, key) if table is LOOKUPS else set()
                found = connection.execute(delete(table).where(*(table.c[name] == value for name, value in key.items()))).rowcount
                gone = _unused(connection, before)
            self._book = None
            self._sweep(gone)
        if not found:
            raise fail(f"{kind}-missing", f"no {kind} `{shown}`", hint=f"`GET /api/v1/{kind}s` lists them")

    def _sweep(self, digests: set[str]) -> None:
        for digest in digests:
            self.artifacts.drop(digest)


def _digests(connection: Connection, key: dict[str, object]) -> set[str]:
    return set(connection.execute(select(LOOKUPS.c.digest).where(LOOKUPS.c.name == key["name"])).scalars())


def _unused(connection: Connection, digests: set[str]) -> set[str]:
    """Those of the files that no lookup names any more."""
    counted = select(func.count()).select_from(LOOKUPS)
    return {digest for digest in digests if not connection.execute(counted.where(LOOKUPS.c.digest == digest)).scalar()}


def _book(connection: Connection) -> KnowledgeBook:
    book = KnowledgeBook()
    for row in connection.execute(select(MACROS)).mappings():
        name = f"{row['name']}({row['arity']})" if row["arity"] else row["name"]
        book.macros[name] = Macro(row["definition"], tuple(json.loads(row["arguments"])), row["evaluated"])
    for row in connection.execute(select(EVENTTYPES)).mappings():
        book.eventtypes[row["name"]] = row["search"]
    for row in connection.execute(select(TAGS).order_by(TAGS.c.tag, TAGS.c.field, TAGS.c.value)).mappings():
        book.tags[row["tag"]] = (*book.tags.get(row["tag"], ()), (row["field"], row["value"]))
    for row in connection.execute(select(LOOKUPS)).mappings():
        book.lookups[row["name"]] = _lookup(row)
    return book


def _lookup(row: RowMapping) -> Lookup:
    values = {name: row[name] for name in Lookup.__slots__} | {"columns": tuple(json.loads(row["columns"]))}
    return Lookup(**values | {"matches": tuple((column, way) for column, way in json.loads(row["matches"]))})
