"""Runs queries, many over one store that holds rows made for each of them, and says what became of every one."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import pyarrow as pa

from bench.language.demands import Demands
from bench.language.synthesis import NOW, RECEIVED, Data, data_of, events, points
from pilotage.engine.checking import Question, checked
from pilotage.engine.effects import allowed
from pilotage.engine.run import Engine, Search, read
from pilotage.language.catalogue import KnownObjects
from pilotage.language.commands import spellings
from pilotage.model.knowledge import Lookup
from pilotage.model.problem import PilotageError
from pilotage.store.backend import Limits
from pilotage.store.open import Store, open_store

BATCH = 200
LIMITS = Limits(seconds=30, memory_bytes=2 << 30)


@dataclass(frozen=True, slots=True)
class Query:
    """A query by its id; `group` is what shares are counted by."""

    id: str
    text: str
    language: str = "spl"
    group: str = ""
    continued: bool = False
    knowledge: KnownObjects = field(default_factory=KnownObjects)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a query: `refused` (by the check), `error`, `crash`, or `ran` with so many `rows`."""

    query: Query
    state: str
    rows: int = 0
    cause: str = ""
    seconds: float = 0.0
    text: str = ""


@dataclass
class Shelf:
    """Lookups in memory: implements `engine.lookups.Library`. A name that no query's data has is an empty table."""

    tables: dict[str, pa.Table] = field(default_factory=dict)

    def lookup(self, name: str) -> Lookup | None:
        table = self.tables.get(name)
        return None if table is None else Lookup(name, tuple(table.column_names), _digest(name, table), table.num_rows)

    def lookup_names(self) -> tuple[str, ...]:
        return tuple(sorted(self.tables))

    def rows(self, lookup: Lookup) -> pa.Table:
        return self.tables[lookup.name]

    def keep(self, lookup: Lookup, rows: pa.Table) -> Lookup:
        self.tables[lookup.name] = rows
        return replace(lookup, columns=tuple(rows.column_names), digest=_digest(lookup.name, rows), rows=rows.num_rows)


def _digest(name: str, table: pa.Table) -> str:
    return hashlib.sha256(repr((name, table.to_pydict())).encode()).hexdigest()


def shelf_of(data: Data) -> Shelf:
    """The lookups of a query's data."""
    shelf = Shelf()
    for name, rows in data.lookups.items():
        columns = list(dict.fromkeys(column for row in rows for column in row)) or ["key"]
        shelf.tables[name] = pa.table({column: pa.array([row.get(column) for row in rows], pa.string()) for column in columns})
    return shelf


def trials(queries: Iterable[Query]) -> Iterator[Outcome]:
    """What becomes of each query, a batch over a store of its own at a time."""
    left = iter(queries)
    while batch := list(islice(left, BATCH)):
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(Path(folder) / "store")
            try:
                yield from _batch(store, batch)
            finally:
                store.close()


@dataclass(frozen=True, slots=True)
class Ready:
    """An accepted query: its text without holes, and the data it asks for."""

    query: Query
    search: Search
    data: Data


def prepared(query: Query) -> Ready | Outcome:
    """The query with its data, or why it is refused."""
    text, problem = checked(Question(query.text, query.language, query.continued, query.knowledge), NOW)
    if problem is not None:
        return Outcome(query, "refused", cause=f"{problem.code}: {problem.sentence}", text=text)
    text = _begun(text) if query.continued else text
    search = Search(text, query.language, now=NOW, limits=LIMITS, permit=allowed)
    try:
        plan, _ = read(search, NOW, query.knowledge)
    except PilotageError as error:
        return Outcome(query, "error", cause=f"{error.problem.code}: {error.problem.sentence}", text=text)
    return Ready(query, search, data_of(Demands(plan).sources))


def _begun(text: str) -> str:
    """The rest of a search behind events of any index, unless it makes rows of its own."""
    first = re.match(r"\s*\|?\s*(\w+)", text)
    known = spellings("spl").get(first[1].lower()) if first else None
    if text.lstrip().startswith("|"):
        return text if known is not None and known.parse is None else f"index=* {text}"
    return f"index=* | {text}"


def fill(store: Store, ready: Sequence[Ready], received: int = NOW - RECEIVED) -> None:
    """Put the events and points of these queries into the store."""
    logs = [row for each in ready for row in each.data.events]
    measured = [row for each in ready for row in each.data.points]
    if logs:
        store.backend.insert("pilotage.logs", events(logs, received))
    if measured:
        store.backend.insert("pilotage.points", points(measured))


def _batch(store: Store, batch: list[Query]) -> Iterator[Outcome]:
    ready: list[Ready] = []
    for query in batch:
        found = prepared(query)
        if isinstance(found, Outcome):
            yield found
        else:
            ready.append(found)
    fill(store, ready)
    for each in ready:
        yield run(store, each)


def run(store: Store, ready: Ready) -> Outcome:
    """The outcome of one query over a store with its data."""
    started = time.monotonic()
    engine = Engine(store, lambda: ready.query.knowledge, shelf_of(ready.data))
    state, rows, cause = "ran", 0, ""
    try:
        rows = sum(piece.count(b"\n") for piece in engine.start(ready.search).ndjson())
    except PilotageError as error:
        state, cause = "error", f"{error.problem.code}: {error.problem.sentence}"
    except Exception as error:  # noqa: BLE001 - a crash of any kind is what this looks for
        place = traceback.extract_tb(error.__traceback__)[-1]
        state, cause = "crash", f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {error}"
    return Outcome(ready.query, state, rows, cause, time.monotonic() - started, ready.search.query)


def kind_of_cause(cause: str) -> str:
    """The cause without what differs from query to query."""
    return re.sub(r"\d+(\.\d+)?", "N", re.sub(r"`[^`]*`|'[^']*'", "`…`", cause))[:200]


def written(outcome: Outcome) -> str:
    """A line of JSON."""
    return json.dumps(
        {
            "id": outcome.query.id,
            "group": outcome.query.group,
            "state": outcome.state,
            "rows": outcome.rows,
            "cause": outcome.cause,
            "seconds": round(outcome.seconds, 3),
            "text": outcome.text,
        },
        ensure_ascii=False,
    )
