"""Runs a search: text → plan → stages → rows. Everything here blocks; callers use worker threads."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pyarrow as pa

from pilotage.engine.blame import located
from pilotage.engine.effects import Effects, Permit, forbidden
from pilotage.engine.facts import QueriedFacts
from pilotage.engine.longlists import LongLists
from pilotage.engine.lookups import Library, LookupTables, NoLibrary, SearchLookups
from pilotage.engine.stages import Stages
from pilotage.engine.statements import statements
from pilotage.engine.watch import Watch, shallow
from pilotage.language import explain as text_stages
from pilotage.language.catalogue import Knowledge, KnownObjects
from pilotage.language.dialects import Written, dialect_of
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.functions.occurrences import LIST_LENGTH
from pilotage.language.plan.display import displayed
from pilotage.language.plan.nodes import Aggregate, Node, Project, Rows, Series, Sort, Top
from pilotage.language.plan.rewrites import optimized
from pilotage.language.plan.walk import inputs
from pilotage.language.sql.context import Context, Places
from pilotage.language.sql.lowering import lower
from pilotage.language.sql.output import json_lines, typed
from pilotage.language.sql.relation import Relation
from pilotage.model.problem import PilotageError, Problem, fail
from pilotage.model.time import read_zone
from pilotage.store.backend import Backend, Limits, ReadSession
from pilotage.store.open import Store

DEFAULT_SORT = 10_000
# Searches begin with a comment that holds their id, this statement does not: it never finds itself.
_PROGRESS = (
    "SELECT read_rows, read_bytes, total_rows_approx FROM system.processes "
    "WHERE startsWith(query, '/*') AND position(query, {id:String}) > 0"
)


@dataclass(frozen=True, slots=True)
class Search:
    """A question: its text, language, time range as written, clock (epoch nanoseconds) and zone, what it may spend, and its id if given.

    `permit` raises for what its sender may not write (`outputlookup`, `collect`). `knowledge` serves questions beside a search; an engine
    has its own.
    """

    query: str
    language: str = "spl"
    earliest: str | None = None
    latest: str | None = None
    now: int | None = None
    zone: str = "UTC"
    limits: Limits = field(default_factory=Limits)
    id: str = ""
    permit: Permit = forbidden
    knowledge: Callable[[], Knowledge] = KnownObjects


class Engine:
    """Answers searches over one store; safe to use from many threads."""

    def __init__(
        self,
        store: Store,
        knowledge: Callable[[], Knowledge] = KnownObjects,
        library: Library | None = None,
        places: Places | None = None,
    ) -> None:
        self._store = store
        self._places = places
        self._knowledge = knowledge
        self._lookups = LookupTables(store.backend, library or NoLibrary())

    def start(self, search: Search, stop: threading.Event | None = None, change: Callable[[Node], Node] | None = None) -> Result:
        """Plan and run everything up to the last statement, whose rows the result streams; setting `stop` gives that up.

        With `change` the plan it makes of the search's own is run instead. Raises `PilotageError`.
        """
        started = time.monotonic()
        watch = Watch(search.limits.seconds, stop)
        now = time.time_ns() if search.now is None else search.now
        search = replace(search, id=search.id or uuid.uuid4().hex)
        plan, text = read(search, now, self._knowledge())
        plan = plan if change is None else change(plan)
        lookups = SearchLookups(self._lookups)
        session = self._store.backend.reader(search.limits)
        try:
            facts = QueriedFacts(session)
            context = Context(self._store.catalogue, EVAL, AGGREGATES, now, search.zone, facts, lookups, check=watch.check)
            context.query, context.origin, context.places = text.text, text.back, self._places
            facts.context = context
            effects = Effects(self._store, self._lookups.library, lookups, search.permit, context)
            stages = Stages(self._store.backend, session, context, effects, lookups.close)
        except BaseException:
            session.close()
            raise
        try:
            with shallow():
                settled = stages.settle(optimized(displayed(plan)))
                relation = lower(context, settled)
            return Result(relation, plan, session, stages.drop, started, backend=self._store.backend, id=search.id)
        except BaseException as error:
            stages.drop()
            session.close()
            if isinstance(error, PilotageError):
                error.problem = _traced(located(error.problem, plan, text.text), context)
            raise

    def explain(self, search: Search, stage: str) -> str:
        """The stage `ast`, `plan` or `sql` of a search over this store's catalogue, without running it."""
        now = time.time_ns() if search.now is None else search.now
        if stage == "sql":
            watch = Watch(search.limits.seconds)
            plan, text = read(search, now, self._knowledge())
            lookups = SearchLookups(self._lookups)
            context = Context(self._store.catalogue, EVAL, AGGREGATES, now, search.zone, lookups=lookups, check=watch.check)
            context.query, context.origin = text.text, text.back
            try:
                with shallow():
                    return statements(plan, context)
            finally:
                lookups.close()
        knowledge = self._knowledge()
        asked = dialect_of(search.language).context(now, read_zone(search.zone), search.earliest, search.latest, knowledge)
        return text_stages.explain(search.query, stage, asked, search.language)

    def plan(self, search: Search) -> Node:
        """The plan of a search."""
        return read(search, time.time_ns() if search.now is None else search.now, self._knowledge())[0]


def read(search: Search, now: int, knowledge: Knowledge) -> tuple[Node, Written]:
    """The plan of a search and the text its spans point into. Raises `language-unknown` for a language that is not there."""
    dialect = dialect_of(search.language)
    context = dialect.context(now, read_zone(search.zone), search.earliest, search.latest, knowledge)
    return dialect.read(search.query, replace(context, id=search.id))


def plan_of(search: Search, now: int) -> Node:
    """The plan of a search with what it knows itself."""
    return read(search, now, search.knowledge())[0]


def _traced(problem: Problem, context: Context) -> Problem:
    """A problem found after the macros were expanded, pointing into the query as written."""
    return problem if problem.span is None else replace(problem, span=context.origin(problem.span))


def kind_of(plan: Node) -> str:
    """`series` after timechart, `table` after any command that leaves no events, else `events`."""
    for node in inputs(plan):
        if isinstance(node, Series):
            return "series" if node.over == "_time" else "table"
        if isinstance(node, Aggregate | Top | Rows) or (isinstance(node, Project) and node.mode == "table"):
            return "table"
    return "events"


class Result:
    """The rows of one search, to be read once as NDJSON or as Arrow; what it had to say stands in `messages`."""

    def __init__(
        self, relation: Relation, plan: Node, session: ReadSession, drop: Callable[[], None], started: float, *, backend: Backend, id: str
    ) -> None:
        self.id = id
        self.kind = kind_of(plan)
        self._relation = relation
        self._plan = plan
        self._session = session
        self._drop = drop
        self._backend = backend
        self._started = started
        self._lock = threading.Lock()
        self._state = "ready"
        self._statistics: dict[str, float | int] = {}
        self.columns: tuple[str, ...] | None = None if relation.open else tuple(relation.names())

    @property
    def messages(self) -> list[Problem]:
        """Warnings that stand beside the rows; complete after the last row."""
        return self._relation.context.messages

    @property
    def statistics(self) -> MappingProxyType[str, float | int]:
        """`rows` handed out so far, `seconds` since the start once they are out, and what `observe` saw last."""
        return MappingProxyType(self._statistics)

    def observe(self) -> None:
        """Note in the statistics what the running statement has read: `rows_read` of about `rows_total`, `bytes_read`. Blocking."""
        if self._state != "reading":
            return
        for read, size, total in self._backend.rows(_PROGRESS, {"id": self.id}):
            if isinstance(read, int) and isinstance(size, int) and isinstance(total, int):
                self._statistics.update(rows_read=read, bytes_read=size, rows_total=max(read, total))

    def ndjson(self) -> Iterator[bytes]:
        """Pieces of whole lines, a JSON object a row (`contract.md` §2, output)."""
        rows = 0
        with _Reading(self):
            with shallow():
                statement = json_lines(self._relation)
            lists = LongLists(self._plan, self._list_cut)
            for piece in self._session.text(f"/* {self.id} */ {statement}"):
                rows += piece.count(b"\n")
                lists.note(piece)
                self._statistics["rows"] = rows
                yield piece
            self._finish(rows)

    def arrow(self) -> Iterator[pa.RecordBatch]:
        """Record batches of typed columns under their field names; events carry their other fields as JSON in `_fields`."""
        rows = 0
        with _Reading(self):
            with shallow():
                statement, columns = typed(self._relation)
            for batch in self._session.arrow(f"/* {self.id} */ {statement}"):
                rows += batch.num_rows
                self._statistics["rows"] = rows
                yield batch.rename_columns([c.name for c in columns])
            self._finish(rows)

    def cancel(self) -> None:
        """Stop, from any thread; the reader of the rows gets `query-cancelled`."""
        self._session.cancel()
        with self._lock:
            idle = self._state == "ready"
        if idle:
            self.close()

    def close(self) -> None:
        """Give back the session and the stage tables; reading does so by itself at the end."""
        with self._lock:
            if self._state == "closed":
                return
            self._state = "closed"
        self._statistics.setdefault("seconds", time.monotonic() - self._started)
        try:
            self._drop()
        finally:
            self._session.close()

    def begin(self) -> None:
        """Take the rows. Raises `result-read` when they are taken or given up already."""
        with self._lock:
            if self._state != "ready":
                raise fail("result-read", "the rows of a search can be read once", hint="run the search again")
            self._state = "reading"

    def blame(self, problem: Problem) -> Problem:
        """The problem pointing into the query, where that can be told."""
        context = self._relation.context
        return _traced(located(problem, self._plan, context.query), context)

    def _list_cut(self, name: str) -> None:
        sentence = f"`list` keeps the first {LIST_LENGTH} values, `{name}` has that many"
        self._relation.context.warn("values-limited", sentence, hint="`values` has no limit")

    def _finish(self, rows: int) -> None:
        self._statistics.update(rows=rows, seconds=time.monotonic() - self._started)
        if rows == DEFAULT_SORT and any(isinstance(n, Sort) and n.limit == DEFAULT_SORT for n in inputs(self._plan)):
            hint = "write `sort 0 …` for all rows"
            self._relation.context.warn("rows-limited", f"`sort` kept the first {DEFAULT_SORT} rows", hint=hint)


class _Reading:
    """Closes the result when its reader ends, fails or leaves."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def __enter__(self) -> None:
        self._result.begin()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._result.close()
        if isinstance(error, PilotageError):
            error.problem = self._result.blame(error.problem)


__all__ = ["Engine", "PilotageError", "Result", "Search", "kind_of", "plan_of"]
