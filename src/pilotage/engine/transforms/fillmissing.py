"""`fillmissing`: rows for combinations of generated values that no row has."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.frame import TYPES, Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind

Cell = str | float | None


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    r"""`keys` with `stepN startN endN` (milliseconds) or `valuesN` each, `by` further keys, `fill\0name`, `takelast`, `most` new rows."""
    keys = [name for name in str(options["keys"]).split("\n") if name in frame.columns]
    by = [name for name in str(options["by"] or "").split("\n") if name in frame.columns]
    if not keys:
        return frame
    axes = [_axis(frame.columns[name], options, number) for number, name in enumerate(keys)]
    groups = list(dict.fromkeys(zip(*(_cells(frame.columns[name]) for name in by), strict=True))) if by else [()]
    present = set(zip(*(_cells(frame.columns[name]) for name in (*keys, *by)), strict=True))
    most = int(str(options["most"]))
    missing: list[tuple[Cell, ...]] = []
    for group in groups:
        for combination in product(*axes):
            if (*combination, *group) not in present:
                missing.append((*combination, *group))
            if len(missing) > most:
                break
    if len(missing) > most:
        del missing[most:]
        hint = "use longer slices, or fewer values"
        context.warn("rows-limited", f"`fillmissing` added the first {most} of the rows that are missing", hint=hint)
    fills = {name.partition("\0")[2]: value for name, value in options.items() if name.startswith("fill\0")}
    added = {name: [row[place] for row in missing] for place, name in enumerate((*keys, *by))}
    columns = {
        name: _extended(column, added.get(name), len(missing), None if options["takelast"] else _fill(name, column, fills))
        for name, column in frame.columns.items()
    }
    result = Frame(columns, frame.rows + len(missing))
    order = _order(result, keys)
    result = result.take(order)
    return _carried(result, [*keys, *by], by, pc.greater_equal(order, frame.rows)) if options["takelast"] else result


def _axis(column: Column, options: Mapping[str, Option], number: int) -> list[Cell]:
    """The values one key runs through."""
    present = list(dict.fromkeys(_cells(column)))
    if f"values{number}" in options:
        given = str(options[f"values{number}"] or "")
        return list(dict.fromkeys([*present, *(given.split("\n") if given else [])]))
    times = [each for each in present if isinstance(each, float)]
    step, start, end = (options[f"{word}{number}"] for word in ("step", "start", "end"))
    if not isinstance(step, int) or step <= 0:
        gaps = [b - a for a, b in zip(sorted(times), sorted(times)[1:], strict=False)]
        step = int(min(gaps)) if gaps else 0
    if not step or not (times or (isinstance(start, int) and isinstance(end, int))):
        return list(present)
    low = min([*times, float(start) if isinstance(start, int) else float("inf")], default=0.0)
    high = max([*times, float(end) - 1 if isinstance(end, int) else float("-inf")], default=0.0)
    origin = times[0] % step if times else 0.0
    first = (low - origin) // step * step + origin
    count = int((high - first) // step) + 1
    return [*dict.fromkeys([*present, *(first + step * n for n in range(min(count, 100_000)))])]


def _cells(column: Column) -> list[Cell]:
    values: list[Cell] = column.numbers().to_pylist() if column.kind is Kind.NUMBER else column.texts().to_pylist()
    return values


def _fill(name: str, column: Column, fills: Mapping[str, Option]) -> Option:
    if name in fills:
        return fills[name]
    numeric = column.kind is Kind.NUMBER or (column.kind is Kind.VALUE and column.numbers().null_count == column.values.null_count)
    return 0 if numeric and column.values.null_count < len(column.values) else None


def _extended(column: Column, cells: list[Cell] | None, count: int, fill: Option) -> Column:
    """The column with cells for the new rows: their own, or the same in each."""
    kind = TYPES[column.kind]
    if cells is None:
        value = str(fill) if fill is not None and pa.types.is_string(kind) else fill
        new = (
            pa.nulls(count, kind)
            if value is None or pa.types.is_list(kind) or pa.types.is_timestamp(kind)
            else pa.array([value] * count).cast(kind)
        )
    elif column.kind is Kind.NUMBER:
        new = pa.array(cells, pa.float64())
    else:
        new = pa.array([None if cell is None else str(cell) for cell in cells], pa.string()).cast(kind)
    values = pa.concat_arrays([column.values.cast(kind), new])
    letters = None if column.letters is None else pa.concat_arrays([column.letters, pa.nulls(count, column.letters.type)])
    return Column(values, column.kind, pc.fill_null(letters, "") if letters is not None else None)


def _order(frame: Frame, keys: list[str]) -> pa.Array:
    table = pa.table(
        {
            f"k{n}": frame.columns[name].numbers() if frame.columns[name].kind is Kind.NUMBER else frame.columns[name].texts()
            for n, name in enumerate(keys)
        }
    )
    return pc.sort_indices(table, sort_keys=[(name, "ascending") for name in table.column_names])


def _carried(frame: Frame, keys: list[str], by: list[str], new: pa.Array) -> Frame:
    """The cells of `new` rows out of the last row before of the same group that has one."""
    group = _codes(frame, by)
    order = pc.sort_indices(
        pa.table({"g": group, "r": pa.array(range(frame.rows), pa.int64())}), sort_keys=[("g", "ascending"), ("r", "ascending")]
    )
    places = order.to_numpy()
    groups = group.take(order).to_numpy()
    changed = {}
    for name, column in frame.columns.items():
        if name in keys:
            continue
        valid = column.values.is_valid().take(order).to_numpy(zero_copy_only=False)
        seen = np.maximum.accumulate(np.where(valid, np.arange(len(places)), -1))
        same = (seen >= 0) & (groups[seen] == groups)
        source = np.arange(frame.rows)
        source[places] = np.where(same, places[seen], places)
        rows = pc.if_else(new, pa.array(source), pa.array(range(frame.rows), pa.int64()))
        changed[name] = column.take(rows)
    return frame.with_columns(changed)


def _codes(frame: Frame, names: list[str]) -> pa.Array:
    """A number for each row's group."""
    if not names:
        return pa.array([0] * frame.rows, pa.int64())
    texts = [pc.fill_null(frame.columns[name].texts(), "\0") for name in names]
    joined = texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "\x1f")
    return pc.dictionary_encode(joined).indices.cast(pa.int64())


STEP = Step("fillmissing", run)
