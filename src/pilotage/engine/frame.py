"""The rows of a stage in Python: what a transform takes and gives. Columns are Arrow arrays under their field names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from pilotage.language.sql.context import StageColumn, StageTable
from pilotage.model.fields import Kind

TYPES = {
    Kind.NUMBER: pa.float64(),
    Kind.TEXT: pa.string(),
    Kind.VALUE: pa.string(),
    Kind.JSON: pa.string(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TIME: pa.timestamp("ns", "UTC"),
    Kind.MULTI: pa.list_(pa.string()),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One field of every row: `values` in the Arrow type of its `kind` (`TYPES`); `letters` are the type letters of a `Kind.VALUE`."""

    values: pa.Array
    kind: Kind
    letters: pa.Array | None = None

    def take(self, rows: pa.Array) -> Column:
        """The rows by number; a null number gives a null cell."""
        return Column(self.values.take(rows), self.kind, self.letters.take(rows) if self.letters is not None else None)

    def texts(self) -> pa.Array:
        """The values as text; a multivalue joined by newlines, times as epoch seconds."""
        match self.kind:
            case Kind.TEXT | Kind.VALUE | Kind.JSON:
                return self.values
            case Kind.NUMBER:
                return number_texts(self.values)
            case Kind.TIME:
                return number_texts(seconds(self.values))
            case Kind.MULTI:
                return pc.binary_join(self.values, "\n")
            case _:
                return pc.if_else(self.values, "True", "False")

    def numbers(self) -> pa.Array:
        """The values as float64; null where a value is no number."""
        match self.kind:
            case Kind.NUMBER:
                return self.values
            case Kind.TIME:
                return seconds(self.values)
            case Kind.BOOLEAN:
                return self.values.cast(pa.float64())
            case Kind.MULTI:
                return _parsed(pc.if_else(pc.equal(pc.list_value_length(self.values), 1), pc.binary_join(self.values, ""), None))
            case _:
                return _parsed(self.values)


@dataclass(frozen=True, slots=True)
class Frame:
    """Rows by field name, in display order. `rest` holds the further fields of events as JSON objects, `others` their possible names."""

    columns: Mapping[str, Column]
    rows: int
    rest: pa.Array | None = None
    others: tuple[str, ...] = field(default=(), compare=False)

    def take(self, rows: pa.Array) -> Frame:
        """The rows by number, in that order."""
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        return Frame(columns, len(rows), self.rest.take(rows) if self.rest is not None else None, self.others)

    def with_columns(self, columns: Mapping[str, Column]) -> Frame:
        """The same rows with some columns set; new ones come last."""
        return Frame({**self.columns, **columns}, self.rows, self.rest, self.others)


_NUMERIC = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"


def _parsed(texts: pa.Array) -> pa.Array:
    """Numbers that texts spell, as the language reads them."""
    fits = pc.fill_null(pc.match_substring_regex(texts, _NUMERIC), False)
    return pc.cast(pc.if_else(fits, texts, None), pa.float64())


def number_texts(values: pa.Array) -> pa.Array:
    """Numbers as text; whole ones without a fraction."""
    whole = pc.fill_null(pc.and_(pc.equal(values, pc.floor(values)), pc.less(pc.abs(values), 1e15)), False)
    integers = pc.cast(pc.cast(pc.if_else(whole, values, None), pa.int64()), pa.string())
    return pc.coalesce(integers, pc.cast(values, pa.string()))


def seconds(times: pa.Array) -> pa.Array:
    """Times as epoch seconds."""
    return pc.divide(pc.cast(pc.cast(times, pa.int64()), pa.float64(), safe=False), 1e9)


def frame_of(table: pa.Table, known: StageTable) -> Frame:
    """The rows of a stage table."""
    columns = {
        each.name: Column(
            table.column(each.column).combine_chunks(),
            each.kind,
            table.column(each.letters).combine_chunks() if each.letters else None,
        )
        for each in known.columns
    }
    rest = table.column(known.rest).combine_chunks() if known.rest else None
    return Frame(columns, table.num_rows, rest, known.others)


def table_of(frame: Frame) -> tuple[pa.Table, StageTable]:
    """The rows as a stage table keeps them."""
    data: dict[str, pa.Array] = {}
    known: list[StageColumn] = []
    for number, (name, column) in enumerate(frame.columns.items()):
        data[f"v{number}"] = column.values
        if column.letters is not None:
            data[f"t{number}"] = column.letters
        known.append(StageColumn(name, f"v{number}", column.kind, f"t{number}" if column.letters is not None else None))
    if frame.rest is not None:
        data["rest"] = frame.rest
    if not data:
        # A table without columns still has rows.
        data["nothing"] = pa.nulls(frame.rows, pa.string())
    return pa.table(data), StageTable(tuple(known), rest="rest" if frame.rest is not None else None, others=frame.others)
