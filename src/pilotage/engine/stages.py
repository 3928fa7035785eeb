"""Cuts a plan at its barriers: what is below one runs first, its result becomes a stage table, and the plan goes on from there."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.transforms.pivot import cell_names, counted, pivot, series_order
from pilotage.language.plan.nodes import Node, Rows, Scan, Series, Stage
from pilotage.language.sql.context import ORDINAL, STAGE_DATABASE, Context, StageColumn, StageTable
from pilotage.language.sql.lowering import input_of, lower
from pilotage.language.sql.output import OutputColumn, typed
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

    def settle(self, node: Node) -> Node:
        """The plan with every barrier run and replaced by its stage."""
        if isinstance(node, Scan | Rows | Stage):
            return node
        source = input_of(node)
        settled = self.settle(source)
        if settled is not source:
            node = replace(node, input=settled)  # type: ignore[call-arg]
        if isinstance(node, Series) and node.by is not None:
            return self._pivoted(node)
        return node

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
