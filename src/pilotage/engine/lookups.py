"""Lookups at run time: a lookup's CSV becomes a table that read-only sessions can join, made once a content and dropped when replaced."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa
from sqlglot import exp

from pilotage.engine.transforms.pivot import counted
from pilotage.language.sql.context import ORDINAL, STAGE_DATABASE, LookupTable, StageColumn, StageTable
from pilotage.language.sql.fragments import call, identifier, render
from pilotage.language.sql.matches import folded
from pilotage.model.fields import Kind
from pilotage.model.knowledge import Lookup
from pilotage.model.problem import PilotageError
from pilotage.store.backend import Backend

MOST_IDLE_BYTES = 256 << 20
"""Of tables that no search reads, kept for the next one."""


class Library(Protocol):
    """Where lookups are kept."""

    def lookup(self, name: str) -> Lookup | None:
        """The lookup of a name."""
        ...

    def lookup_names(self) -> tuple[str, ...]:
        """Every lookup, sorted."""
        ...

    def rows(self, lookup: Lookup) -> pa.Table:
        """The rows of a lookup: a column of nullable texts for each of `columns`. Raises `lookup-gone` when it was replaced meanwhile."""
        ...

    def keep(self, lookup: Lookup, rows: pa.Table) -> Lookup:
        """Put these rows under the lookup's name, at once and whole; what its columns, rows and content are now."""
        ...


class NoLibrary:
    """There are no lookups, and none can be kept."""

    def lookup(self, name: str) -> Lookup | None:
        """None."""
        del name
        return None

    def lookup_names(self) -> tuple[str, ...]:
        """None."""
        return ()

    def rows(self, lookup: Lookup) -> pa.Table:
        """There are none to ask for."""
        raise LookupError(lookup.name)

    def keep(self, lookup: Lookup, rows: pa.Table) -> Lookup:
        """There is no place for them."""
        raise LookupError(lookup.name, rows.num_rows)


@dataclass(slots=True)
class _Made:
    """One table: what reads it now, and what was found out about it."""

    columns: StageTable
    size: int
    readers: int = 0
    repeats: dict[tuple[tuple[str, ...], bool], bool] = field(default_factory=dict)


class LookupTables:
    """The tables of all lookups that searches of one engine have used. Safe to use from many threads."""

    def __init__(self, backend: Backend, library: Library) -> None:
        self.library = library
        self._backend = backend
        self._lock = threading.Lock()
        self._made: dict[str, _Made] = {}

    def take(self, lookup: Lookup) -> LookupTable:
        """The table of a lookup, which stays until `give`."""
        name = _table_name(lookup)
        with self._lock:
            made = self._made.pop(name, None) or self._make(name, lookup)
            # The one used last stands last.
            self._made[name] = made
            made.readers += 1
        return LookupTable(lookup, name, made.columns)

    def give(self, table: str) -> None:
        """A search is done with a table; contents that no lookup has any more, and too much of what is idle, go with their last reader."""
        with self._lock:
            self._made[table].readers -= 1
            idle = [name for name, made in self._made.items() if not made.readers]
            if not idle:
                return
            current = {_table_name(known) for name in self.library.lookup_names() if (known := self.library.lookup(name)) is not None}
            held = sum(self._made[name].size for name in idle)
            for name in idle:
                if name not in current or held > MOST_IDLE_BYTES:
                    held -= self._made.pop(name).size
                    self._backend.execute(f"DROP TABLE IF EXISTS {STAGE_DATABASE}.{name} SYNC")

    def repeats(self, table: LookupTable, columns: tuple[str, ...]) -> bool:
        """Whether two rows have the same texts in these columns."""
        made = self._made[table.table]
        key = (columns, table.definition.case_sensitive)
        if key not in made.repeats:
            names = {each.name: each.column for each in table.columns.columns}
            texts = [folded(identifier(names[column]), table.definition) for column in columns]
            statement = exp.Select(expressions=[call("count"), call("uniqExact", *texts)])
            statement.set("where", exp.Where(this=_filled(texts)))
            statement.set("from_", exp.From(this=_table(table.table)))
            total, different = self._backend.rows(render(statement))[0]
            made.repeats[key] = total != different
        return made.repeats[key]

    def _make(self, name: str, lookup: Lookup) -> _Made:
        rows = self.library.rows(lookup)
        columns = tuple(StageColumn(each, f"v{number}", Kind.VALUE) for number, each in enumerate(rows.column_names))
        items = ", ".join([f"{ORDINAL} UInt64", *(f"{each.column} Nullable(String)" for each in columns)])
        self._backend.execute(f"CREATE TABLE IF NOT EXISTS {STAGE_DATABASE}.{name} ({items}) ENGINE = Memory")
        if rows.num_rows:
            data = rows.rename_columns([each.column for each in columns]).append_column(ORDINAL, counted(rows.num_rows))
            self._backend.insert(f"{STAGE_DATABASE}.{name}", data)
        return _Made(StageTable(columns), rows.nbytes)


class SearchLookups:
    """The lookups of one search: each as it was when the search first asked for it. `close` gives the tables back."""

    def __init__(self, tables: LookupTables) -> None:
        self._tables = tables
        self._taken: dict[str, LookupTable | None] = {}

    def table(self, name: str) -> LookupTable | None:
        """A lookup ready to be read."""
        if name not in self._taken:
            lookup = self._tables.library.lookup(name)
            try:
                self._taken[name] = None if lookup is None else self._tables.take(lookup)
            except PilotageError:
                # Replaced since it was asked for, its file is gone: what it is now is there.
                again = self._tables.library.lookup(name)
                if again is None or again == lookup:
                    raise
                self._taken[name] = self._tables.take(again)
        return self._taken[name]

    def names(self) -> tuple[str, ...]:
        """Every lookup, sorted."""
        return self._tables.library.lookup_names()

    def repeats(self, table: LookupTable, columns: tuple[str, ...]) -> bool:
        """Whether two rows have the same texts in these columns."""
        return self._tables.repeats(table, columns)

    def forget(self, name: str) -> None:
        """The search itself has written a lookup: what it reads from now on is that."""
        table = self._taken.pop(name, None)
        if table is not None:
            self._taken[f"\0{name}\0{len(self._taken)}"] = table

    def close(self) -> None:
        """Give the tables back."""
        while self._taken:
            table = self._taken.popitem()[1]
            if table is not None:
                self._tables.give(table.table)


def _table_name(lookup: Lookup) -> str:
    """By content: two lookups of the same rows are one table."""
    return f"lookup_{lookup.digest}"


def _table(name: str) -> exp.Table:
    return exp.Table(this=exp.Identifier(this=name, quoted=True), db=exp.Identifier(this=STAGE_DATABASE, quoted=True))


def _filled(texts: list[exp.Expression]) -> exp.Expression:
    """Rows with a text in every column; others match nothing."""
    return call("and", exp.true(), *(call("isNotNull", each) for each in texts))
