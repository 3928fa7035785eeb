"""Cuts a plan at its barriers: what is below one runs first, its result becomes a stage table, and the plan goes on from there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine import transactions
from pilotage.engine.effects import Effects
from pilotage.engine.frame import TYPES, frame_of, table_of
from pilotage.engine.subsearches import Subsearches
from pilotage.engine.transforms import steps
from pilotage.engine.transforms.pivot import cell_names, counted, pivot, series_order
from pilotage.language.plan.branches import Fork, Join, Paste, Union
from pilotage.language.plan.knowledge import Lookup, LookupRows, Write
from pilotage.language.plan.nodes import Bin, Extend, Extract, Filter, Node, Project, Rename, Rows, Scan, Series, Stage, Transform
from pilotage.language.plan.rewrites.absence import provided
from pilotage.language.plan.rewrites.learning import runnable
from pilotage.language.plan.rewrites.locations import located
from pilotage.language.plan.rewrites.lookups import answered
from pilotage.language.plan.rewrites.regexes import hoisted
from pilotage.language.plan.transactions import Transaction
from pilotage.language.plan.walk import grafted, inputs
from pilotage.language.sql.cells import every_name
from pilotage.language.sql.context import ORDINAL, STAGE_DATABASE, Context, StageColumn, StageTable
from pilotage.language.sql.lowering import input_of, lower
from pilotage.language.sql.output import OutputColumn, typed
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.series import LongSeries, long
from pilotage.model.fields import Kind
from pilotage.model.problem import fail
from pilotage.store.backend import Backend, ReadSession

MOST_COLUMNS = 10_000
MOST_BYTES = 1 << 30
_SQL_TYPES = {
    Kind.NUMBER: "Nullable(Float64)",
    Kind.TEXT: "Nullable(String)",
    Kind.VALUE: "Nullable(String)",
    Kind.JSON: "Nullable(String)",
    Kind.BOOLEAN: "Nullable(Bool)",
    Kind.TIME: "Nullable(DateTime64(9))",
    Kind.MULTI: "Array(String)",
}


def _nothing() -> None:
    """Nothing else is held."""


_CHEAP = (Scan, Rows, Stage, LookupRows, Lookup, Filter, Extend, Extract, Project, Rename, Bin)


class Stages:
    """Owns the stage tables of one search; `drop` removes them."""

    def __init__(
        self, backend: Backend, session: ReadSession, context: Context, effects: Effects | None = None, done: Callable[[], None] = _nothing
    ) -> None:
        self._effects = effects
        self._done = done
        self._backend = backend
        self._session = session
        self._context = context
        self._made: list[str] = []
        self._settled: dict[int, tuple[Node, Node]] = {}
        self._subsearches = Subsearches(session, context, lambda plan: lower(context, self.settle(plan)))

    def settle(self, node: Node) -> Node:
        """The plan with every barrier run and replaced by its stage, and every sub-search by what its rows say."""
        # A part that two others read runs once; it is held here, so that its identity is never another's.
        if id(node) not in self._settled:
            self._settled[id(node)] = (node, self._settle(node))
        return self._settled[id(node)][1]

    def _settle(self, node: Node) -> Node:
        if isinstance(node, Scan | Rows | Stage | LookupRows):
            return self._subsearches.resolved(node)
        node = hoisted(runnable(node))
        node = provided(located(answered(node)), self._columns)
        source = input_of(node)
        settled = self.settle(source)
        if settled is not source:
            node = replace(node, input=settled)  # type: ignore[call-arg]
        node = self._subsearches.resolved(node)
        match node:
            case Series(by=str()):
                return self._pivoted(node)
            case Transform():
                return self._transformed(node)
            case Fork():
                return self._forked(node)
            case Union():
                return replace(node, others=tuple(self.settle(other) for other in node.others))
            case Paste() | Join():
                return replace(node, other=self.settle(node.other))
            case Lookup():
                return self._looked_up(node)
            case Transaction():
                return transactions.settled(node, self._context, self._batches, self.store)
            case Write():
                return self._written(node)
            case _:
                return node

    def _columns(self, table: str) -> frozenset[str] | None:
        """The columns of a lookup, `None` when there is none of this name."""
        known = self._context.lookups.table(table) if self._context.lookups is not None else None
        return None if known is None else frozenset(column.name for column in known.columns.columns)

    def _looked_up(self, node: Lookup) -> Lookup:
        """Patterns read the rows twice: those that cost more than reading events are kept before."""
        lookups = self._context.lookups
        known = lookups.table(node.table) if lookups is not None else None
        patterns = {column for column, _ in known.definition.matches} if known is not None else set()
        if not any(column in patterns for column, _ in node.keys) or all(isinstance(each, _CHEAP) for each in inputs(node.input)):
            return node
        return replace(node, input=self.kept(lower(self._context, node.input), node))

    def _written(self, node: Write) -> Node:
        """Rows that an effect writes are known to the last before it begins, so that it happens whole or not at all."""
        if self._effects is None:
            raise fail("write-forbidden", f"`{node.command}` cannot run here, it would change something", span=node.span)
        self._effects.check(node)
        relation = lower(self._context, self._effects.prepared(node))
        table, known = self.taken(relation)
        self._context.check()
        stage = Stage(self.store(table, known), command=node.command, span=node.span)
        self._effects.write(node, frame_of(table, known), stage)
        return stage

    def _forked(self, node: Fork) -> Node:
        """The branches one after another. Rows that a command made are kept once for all of them; events are read by each anew."""
        rows = node.input
        relation = lower(self._context, rows)
        if not relation.open and not isinstance(rows, Stage | Rows):
            rows = self.kept(relation, node)
        branches = [self.settle(grafted(branch, rows)) for branch in node.branches]
        first, *rest = [rows, *branches] if node.keep else branches
        return Union(first, tuple(rest), command=node.command, span=node.span) if rest else first

    def kept(self, relation: Relation, node: Node) -> Stage:
        """The rows of a relation as a stage; those of events keep their further fields."""
        table, known = self.taken(relation)
        return Stage(self.store(table, known), command=node.command, span=node.span)

    def taken(self, relation: Relation) -> tuple[pa.Table, StageTable]:
        """The rows of a relation in memory, a column for each of the stage table beside its ordinal."""
        statement, columns = typed(relation, letters_too=True)
        batches = self._batches(statement)
        found = pa.Table.from_batches(batches) if batches else None
        data: dict[str, pa.Array] = {}
        known: list[StageColumn] = []
        rest: str | None = None
        for number, column in enumerate(columns):
            name, letters = f"v{number}", f"t{number}" if column.letters else None
            data[name] = _cast(_column(found, column.alias), column.kind) if found is not None else pa.array([], TYPES[column.kind])
            if letters and column.letters:
                data[letters] = _column(found, column.letters) if found is not None else pa.array([], pa.string())
            if relation.open and column is columns[-1]:
                rest = name
            else:
                known.append(StageColumn(column.name, name, column.kind, letters))
        others = tuple(relation.wildcard_names()) if rest else ()
        return pa.table(data), StageTable(tuple(known), rest=rest, others=others)

    def _batches(self, statement: str) -> list[pa.RecordBatch]:
        """All rows of a statement, refused with code `query-memory` when they are more than memory should hold."""
        found: list[pa.RecordBatch] = []
        size = 0
        for batch in self._session.arrow(statement):
            size += batch.nbytes
            if size > MOST_BYTES:
                sentence = f"the rows between two commands take more than {MOST_BYTES >> 20} MiB"
                raise fail("query-memory", sentence, hint="aggregate earlier, or keep fewer fields with `fields`")
            found.append(batch)
        return found

    def _transformed(self, node: Transform) -> Stage:
        """A step in Python over the rows of its input."""
        step = steps().get(node.name)
        if step is None:
            raise fail("not-lowered", f"no step `{node.name}` is there to run `{node.command}`", span=node.span)
        rows = node.input if node.keeps else Project(node.input, node.fields, "table", command=node.command, span=node.span)
        relation = lower(self._context, rows)
        if node.keeps and relation.open:
            fields = every_name(relation, node.input) if "*" in node.fields else node.fields
            relation = relation.nested()
            for name in fields:
                if name not in relation.names() and (value := relation.field(name)) is not None:
                    relation.define(name, value)
        frame = step.run(frame_of(*self.taken(relation)), dict(node.options), self._context)
        return Stage(self.store(*table_of(frame)), command=node.command, span=node.span)

    def drop(self) -> None:
        """Remove the stage tables, and give back what else the search holds."""
        self._done()
        while self._made:
            self._backend.execute(f"DROP TABLE IF EXISTS {STAGE_DATABASE}.{self._made.pop()} SYNC")

    def _pivoted(self, node: Series) -> Stage:
        relation, shape = long(lower(self._context, node.input), node)
        statement, columns = typed(relation, letters_too=True)
        batches = self._batches(statement)
        names = [n for c in columns for n in (c.alias, c.letters) if n is not None]
        table = pa.Table.from_batches(batches) if batches else pa.table({n: pa.array([], pa.string()) for n in names})
        wide, known = _wide(table, columns, shape, node)
        return Stage(self.store(wide, known), command=node.command, span=node.span)

    def store(self, table: pa.Table, known: StageTable) -> str:
        """Keep rows as a stage table, in their order; returns its name."""
        if ORDINAL not in table.column_names:
            table = table.append_column(ORDINAL, counted(table.num_rows))
        name = f"s{uuid.uuid4().hex}"
        items = [f"{ORDINAL} UInt64"]
        for column in known.columns:
            items.append(f"{column.column} {'UInt64' if column.zero else _SQL_TYPES[column.kind]}")
            if column.letters:
                items.append(f"{column.letters} Nullable(String)")
        if known.rest:
            items.append(f"{known.rest} String")
        self._made.append(name)
        self._backend.execute(f"CREATE TABLE {STAGE_DATABASE}.{name} ({', '.join(items)}) ENGINE = Memory")
        if table.num_rows:
            self._backend.insert(f"{STAGE_DATABASE}.{name}", table)
        self._context.stages[name] = known
        return name


def _wide(table: pa.Table, columns: tuple[OutputColumn, ...], shape: LongSeries, node: Series) -> tuple[pa.Table, StageTable]:
    over, series, *values = columns
    names = series_order(pc.unique(_column(table, series.alias)).to_pylist(), shape.last)
    cells = cell_names([a for a, _ in shape.aggregates], names, separator=shape.separator, form=shape.format, taken=shape.over)
    if len(cells) > MOST_COLUMNS:
        raise fail(
            "too-many-columns", f"the result has more than {MOST_COLUMNS} columns", span=node.span, hint="set `limit` to fewer series"
        )
    placed = pivot(_column(table, over.alias), _column(table, series.alias), cells)
    data: dict[str, pa.Array] = {ORDINAL: counted(len(placed.axis))}
    known = [StageColumn(shape.over, "k", over.kind, "kt" if over.letters else None)]
    data["k"] = _cast(_column(table, over.alias).take(placed.axis), over.kind)
    if over.letters:
        data["kt"] = _column(table, over.letters).take(placed.axis)
    for number, (cell, rows) in enumerate(placed.cells):
        source, zero = values[cell.aggregate], shape.aggregates[cell.aggregate][1]
        taken = _column(table, source.alias).take(rows)
        data[f"v{number}"] = pc.coalesce(taken.cast(pa.uint64()), counted(len(taken), step=0)) if zero else _cast(taken, source.kind)
        if source.letters:
            data[f"t{number}"] = _column(table, source.letters).take(rows)
        known.append(StageColumn(cell.name, f"v{number}", source.kind, f"t{number}" if source.letters else None, zero))
    return pa.table(data), StageTable(tuple(known), shape.grid)


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name).combine_chunks()
    return pc.cast(column, column.type.value_type) if pa.types.is_dictionary(column.type) else column


def _cast(column: pa.Array, kind: Kind) -> pa.Array:
    return column.cast(TYPES[kind])
