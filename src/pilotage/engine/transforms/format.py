"""`format`: all rows as one row whose field `search` is a search clause that matches any of them (`spl.md` §5, 28)."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from pilotage.engine.clauses import Cells, cells_of, equal
from pilotage.engine.frame import Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind

MOST = 50_000
RAW = ("search", "query")


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`parts` are row prefix, column prefix, column separator, column end, row separator, row end, joined by newlines."""
    asked = int(options["maxresults"] or 0)
    most = min(asked or MOST, MOST)
    if frame.rows > most:
        context.warn("rows-limited", f"`format` took the first {most} rows of {frame.rows}", hint="narrow the search before it")
    parts = str(options["parts"]).split("\n")
    rows = [text for cells in cells_of(frame, most) if (text := _row(cells, parts, str(options["mvsep"])))]
    text = f"{parts[0]} {f' {parts[4]} '.join(rows)} {parts[5]}".strip() if rows else str(options["emptystr"])
    return Frame({"search": Column(pa.array([text], pa.string()), Kind.TEXT)}, 1)


def _row(cells: Cells, parts: list[str], separator: str) -> str:
    terms: list[str] = []
    for name, values in cells.items():
        texts = list(values) if name in RAW else [equal(name, value) for value in values]
        terms.append(texts[0] if len(texts) == 1 else f"( {f' {separator} '.join(texts)} )")
    return f"{parts[1]} {f' {parts[2]} '.join(terms)} {parts[3]}".strip() if terms else ""


STEP = Step("format", run)
