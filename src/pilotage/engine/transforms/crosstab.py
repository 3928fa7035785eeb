"""`transpose row … column …`: rows of (row fields, column fields, values) into a row a combination, a column a combination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.frame import TYPES, Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind

_ABSENT = "null"
"""How a column is called whose field has no value."""


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`row` and `column` (names joined by newlines), `as` (names that pick and order columns, `*` for the others), `most` columns."""
    rows, columns = _names(options["row"]), _names(options["column"])
    values = [name for name in frame.columns if name not in rows and name not in columns and not name.startswith("__")]
    axis, firsts = _combinations(frame, rows)
    series, _ = _combinations(frame, columns)
    labels = _labels(frame, columns, series)
    order = sorted(range(len(labels)), key=labels.__getitem__)
    cells: dict[str, Column] = {}
    most = int(str(options["most"]))
    wanted = len(order) * max(len(values), 1)
    if wanted > most:
        hint = "keep fewer values, as with `topk` or `where`"
        context.warn("columns-limited", f"`transpose` kept the first {most} of {wanted} columns", hint=hint)
    for code in order:
        place = _places(axis, series, code, len(firsts))
        for value in values:
            if len(cells) >= most:
                break
            name = labels[code] if len(values) == 1 else f"{labels[code]}_{value}"
            cells.setdefault(name, frame.columns[value].take(place))
    kept = {name: frame.columns.get(name, _nothing(frame)).take(firsts) for name in rows}
    return Frame({**kept, **_chosen(cells, _names(options["as"]))}, len(firsts))


def _names(option: Option) -> list[str]:
    return str(option).split("\n") if option else []


def _nothing(frame: Frame) -> Column:
    return Column(pa.nulls(frame.rows, TYPES[Kind.TEXT]), Kind.TEXT)


def _combinations(frame: Frame, names: Sequence[str]) -> tuple[pa.Array, pa.Array]:
    """A number for each row's combination of values, numbered in order of appearance, and the first row of each."""
    texts = [pc.fill_null(frame.columns.get(name, _nothing(frame)).texts(), "\0") for name in names]
    joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "\x1f")
    codes = pc.dictionary_encode(joined).indices
    table = pa.table({"code": codes, "row": pa.array(range(frame.rows), pa.int64())})
    first = table.group_by("code", use_threads=False).aggregate([("row", "min")])
    return codes, first.sort_by("code").column("row_min").combine_chunks()


def _labels(frame: Frame, names: Sequence[str], series: pa.Array) -> list[str]:
    """The name of each combination of column values."""
    count = (pc.max(series).as_py() or 0) + 1 if len(series) else 0
    firsts = [pc.index(series, code).as_py() for code in range(count)]
    parts = [frame.columns.get(name, _nothing(frame)).texts().take(pa.array(firsts, pa.int64())).to_pylist() for name in names]
    return ["_".join(_ABSENT if part is None else part for part in combination) for combination in zip(*parts, strict=True)]


def _places(axis: pa.Array, series: pa.Array, code: int, size: int) -> pa.Array:
    """The row that gives each cell of a column; null where there is none."""
    mine = pc.indices_nonzero(pc.equal(series, code))
    table = pa.table({"axis": axis.take(mine).cast(pa.int64()), "row": mine.cast(pa.int64())})
    last = table.group_by("axis", use_threads=False).aggregate([("row", "max")])
    every = pa.array(range(size), pa.int64())
    found = pc.index_in(every, value_set=last.column("axis").combine_chunks())
    return last.column("row_max").combine_chunks().take(found)


def _chosen(cells: dict[str, Column], wanted: list[str]) -> dict[str, Column]:
    """The columns that `as` names in its order; names that are not there stay out, `*` is every other one."""
    if not wanted:
        return cells
    found: dict[str, Column] = {}
    for name in wanted:
        if name == "*":
            found |= {other: cell for other, cell in cells.items() if other not in wanted}
        elif name in cells:
            found[name] = cells[name]
    return found


STEP = Step("crosstab", run)
