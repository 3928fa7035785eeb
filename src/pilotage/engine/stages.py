"""Cuts a plan at its barriers: what is below one runs first, its result becomes a stage table, and the plan goes on from there."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.subsearches import Subsearches
from pilotage.engine.transforms.pivot import cell_names, counted, pivot, series_order
from pilotage.language.plan.branches import Fork, Join, Paste, Union
from pilotage.language.plan.nodes import Node, Rows, Scan, Series, Stage
from pilotage.language.plan.walk import grafted
from pilotage.language.sql.context import ORDINAL, STAGE_DATABASE, Context, StageColumn, StageTable
from pilotage.language.sql.lowering import input_of, lower
from pilotage.language.sql.output import OutputColumn, typed
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.series import LongSeries, long
from pilotage.model.fields import Kind
from pilotage.model.problem import fail
from pilotage.store.backend import Backend, ReadSession

MOST_COLUMNS = 10_000
_SQL_TYPES = {
    Kind.NUMBER: ("Nullable(Float64)", pa.float64()),
    Kind.TEXT: ("Nullable(String)", pa.string()),
    Kind.VALUE: ("Nullable(String)", pa.string()),
    Kind.JSON: ("Nullable(String)", pa.string()),
    Kind.BOOLEAN: ("Nullable(Bool)", pa.bool_()),
    Kind.TIME: ("Nullable(DateTime64(9))", pa.timestamp("ns", "UTC")),
    Kind.MULTI: ("Array(String)", pa.list_(pa.string())),
}


class Stages:
    """Owns the stage tables of one search; `drop` removes them."""

    def __init__(self, backend: Backend, session: ReadSession, context: Context) -> None:
        self._backend = backend
        self._session = session
        self._context = context
        self._made: list[str] = []
        self._subsearches = Subsearches(session, context, lambda plan: lower(context, self.settle(plan)))

    def settle(self, node: Node) -> Node:
        """The plan with every barrier run and replaced by its stage, and every sub-search by what its rows say."""
        if isinstance(node, Scan | Rows | Stage):
            return self._subsearches.resolved(node)
        source = input_of(node)
        settled = self.settle(source)
        if settled is not source:
            node = replace(node, input=settled)  # type: ignore[call-arg]
        node = self._subsearches.resolved(node)
        match node:
            case Series(by=str()):
                return self._pivoted(node)
            case Fork():
                return self._forked(node)
            case Union():
                return replace(node, others=tuple(self.settle(other) for other in node.others))
            case Paste() | Join():
                return replace(node, other=self.settle(node.other))
            case _:
                return node

    def _forked(self, node: Fork) -> Node:
        """The branches one after another. Rows that a command made are kept once for all of them; events are read by each anew."""
        rows = node.input
        relation = lower(self._context, rows)
        if not relation.open and not isinstance(rows, Stage):
            rows = self.kept(relation, node)
        branches = [self.settle(grafted(branch, rows)) for branch in node.branches]
        first, *rest = [rows, *branches] if node.keep else branches
        return Union(first, tuple(rest), command=node.command, span=node.span) if rest else first

    def kept(self, relation: Relation, node: Node) -> Stage:
        """The rows of a closed relation as a stage."""
        statement, columns = typed(relation, letters_too=True)
        batches = list(self._session.arrow(statement))
        data: dict[str, pa.Array] = {}
        known: list[StageColumn] = []
        table = pa.Table.from_batches(batches) if batches else None
        for number, column in enumerate(columns):
            name, letters = f"v{number}", f"t{number}" if column.letters else None
            kind = column.kind if column.kind in _SQL_TYPES else Kind.VALUE
            known.append(StageColumn(column.name, name, kind, letters))
            if table is not None:
                data[name] = _cast(_column(table, column.alias), kind)
                if column.letters and letters:
                    data[letters] = _column(table, column.letters)
        rows = pa.table({ORDINAL: counted(table.num_rows), **data}) if table is not None else pa.table({})
        return Stage(self._store(rows, StageTable(tuple(known))), command=node.command, span=node.span)

    def drop(self) -> None:
        """Remove the stage tables."""
        while self._made:
            self._backend.execute(f"DROP TABLE IF EXISTS {STAGE_DATABASE}.{self._made.pop()} SYNC")

    def _pivoted(self, node: Series) -> Stage:
        relation, shape = long(lower(self._context, node.input), node)
        statement, columns = typed(relation, letters_too=True)
        batches = list(self._session.arrow(statement))
        names = [n for c in columns for n in (c.alias, c.letters) if n is not None]
        table = pa.Table.from_batches(batches) if batches else pa.table({n: pa.array([], pa.string()) for n in names})
        wide, known = _wide(table, columns, shape, node)
        return Stage(self._store(wide, known), command=node.command, span=node.span)

    def _store(self, table: pa.Table, known: StageTable) -> str:
        name = f"s{uuid.uuid4().hex}"
        items = [f"{ORDINAL} UInt64"]
        for column in known.columns:
            items.append(f"{column.column} {'UInt64' if column.zero else _SQL_TYPES[column.kind][0]}")
            if column.letters:
                items.append(f"{column.letters} Nullable(String)")
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
    return column.cast(_SQL_TYPES[kind][1])
