"""`transpose`: columns into rows. The number of rows it takes is bounded by the number of columns a result may have."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from pilotage.engine.frame import TYPES, Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind
from pilotage.model.problem import fail

MOST = 10_000
DEFAULT = 5
_LETTERS = {Kind.TEXT: "s", Kind.NUMBER: "d", Kind.TIME: "d", Kind.BOOLEAN: "b", Kind.JSON: "k", Kind.MULTI: "s", Kind.VALUE: ""}


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """The first `rows` rows (0 = all) as columns `row 1` … or named by `header`; the names of fields stand in `column`.

    `said` is false when nobody asked for the number of rows, `empty` keeps fields that have no value.
    """
    most, header = int(str(options["rows"])), options["header"]
    kept = min(most, frame.rows) if most else frame.rows
    if kept > MOST:
        raise fail(
            "too-many-columns", f"`transpose` makes at most {MOST} columns, there are {kept} rows", hint="keep fewer rows with `head`"
        )
    if kept < frame.rows and not options["said"]:
        context.warn("rows-limited", f"`transpose` took the first {kept} rows", hint="write `transpose 0` for all rows")
    fields = {n: c for n, c in frame.columns.items() if n != header and (not n.startswith("_") or n == "_time")}
    texts = {name: column.texts().slice(0, kept).to_pylist() for name, column in fields.items()}
    letters = {name: _letters(column, kept) for name, column in fields.items()}
    if not options["empty"]:
        texts = {name: values for name, values in texts.items() if any(value not in {None, ""} for value in values)}
    first = str(options["column"])
    found = {first: Column(pa.array(list(texts), pa.string()), Kind.TEXT)}
    for row, name in enumerate(_names(frame, header, kept, first)):
        values = pa.array([cells[row] for cells in texts.values()], TYPES[Kind.VALUE])
        found[name] = Column(values, Kind.VALUE, pa.array([letters[field][row] for field in texts], pa.string()))
    return Frame(found, len(texts))


def _letters(column: Column, kept: int) -> list[str]:
    known = column.letters.slice(0, kept).to_pylist() if column.letters is not None else [_LETTERS[column.kind]] * kept
    return [letter or "" for letter in known]


def _names(frame: Frame, header: Option, kept: int, first: str) -> list[str]:
    """Names of the new columns, each once."""
    column = frame.columns.get(str(header)) if header else None
    given = column.texts().slice(0, kept).to_pylist() if column is not None else [None] * kept
    names: list[str] = []
    taken = {first}
    for number, name in enumerate(given, 1):
        label = name or f"row {number}"
        while label in taken:
            label = f"{label} ({number})"
        taken.add(label)
        names.append(label)
    return names


STEP = Step("transpose", run)
