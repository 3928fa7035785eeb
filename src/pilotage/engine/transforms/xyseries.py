"""`xyseries`: rows of (x, name, value…) into a row an x with a column a name."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.frame import TYPES, Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind
from pilotage.model.problem import fail

MOST = 10_000


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`x`, `name` and `values` (names joined by newlines) are fields; `separator` and `format` (`$AGG$`, `$VAL$`) make the new names."""
    del context
    x, name = str(options["x"]), str(options["name"])
    values = str(options["values"]).split("\n")
    columns = {each: frame.columns.get(each, _nothing(frame)) for each in (x, name, *values)}
    keys, names = columns[x].texts(), columns[name].texts()
    complete = pc.and_(pc.is_valid(keys), pc.is_valid(names))
    rows = pc.indices_nonzero(complete)
    axis, series = _codes(keys.take(rows)), _codes(names.take(rows))
    order = sorted(range(len(series.dictionary)), key=lambda i: series.dictionary[i].as_py())
    if len(order) * len(values) > MOST:
        raise fail("too-many-columns", f"the result has more than {MOST} columns", hint="keep fewer names before `xyseries`")
    firsts = _first_rows(axis.indices, len(axis.dictionary), rows)
    found: dict[str, Column] = {x: columns[x].take(firsts)}
    # Rows of one x are put in the order in which its first row comes; later values of a cell win.
    for value in values:
        for code in order:
            label = _label(value, series.dictionary[code].as_py(), options, single=len(values) == 1)
            found[label] = columns[value].take(_cells(axis.indices, series.indices, code, rows, len(axis.dictionary)))
    return Frame(found, len(firsts))


def _nothing(frame: Frame) -> Column:
    return Column(pa.nulls(frame.rows, TYPES[Kind.TEXT]), Kind.TEXT)


def _codes(texts: pa.Array) -> pa.DictionaryArray:
    return pc.dictionary_encode(texts)


def _first_rows(codes: pa.Array, size: int, rows: pa.Array) -> pa.Array:
    places: list[int | None] = [None] * size
    for place, code in enumerate(codes.to_pylist()):
        if places[code] is None:
            places[code] = rows[place].as_py()
    return pa.array(places, pa.int64())


def _cells(axis: pa.Array, series: pa.Array, code: int, rows: pa.Array, size: int) -> pa.Array:
    mine = pc.indices_nonzero(pc.equal(series, code))
    places: list[int | None] = [None] * size
    for key, row in zip(axis.take(mine).to_pylist(), rows.take(mine).to_pylist(), strict=True):
        places[key] = row
    return pa.array(places, pa.int64())


def _label(value: str, name: str, options: Mapping[str, Option], *, single: bool) -> str:
    form = options.get("format")
    if isinstance(form, str):
        return form.replace("$AGG$", value).replace("$VAL$", name)
    return name if single else f"{value}{options.get('separator', ': ')}{name}"


STEP = Step("xyseries", run)
