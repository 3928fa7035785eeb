# ruff: noqa: N999 - the file is named like its command
"""`return`: the fields of the first rows as one row whose field `search` is text for the search around (`spl.md` §5, 29)."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from pilotage.engine.clauses import Cells, cells_of, equal
from pilotage.engine.frame import Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`items` are `field`, `name=field` and `$field`, joined by newlines."""
    del context
    items = str(options["items"]).split("\n")
    rows = [text for cells in cells_of(_named(frame, items), frame.rows) if (text := _row(cells, items))]
    bare = len(rows) == 1 and all(item.startswith("$") for item in items)
    text = rows[0] if bare else " OR ".join(f"({each})" for each in rows)
    return Frame({"search": Column(pa.array([text], pa.string()), Kind.TEXT)}, 1)


def _named(frame: Frame, items: list[str]) -> Frame:
    """Fields by the items themselves, those beginning with `_` too, as they were asked for by name."""
    columns = {item: frame.columns[field] for item in items if (field := item.removeprefix("$").rpartition("=")[2]) in frame.columns}
    return Frame({f"={item}": column for item, column in columns.items()}, frame.rows)


def _row(cells: Cells, items: list[str]) -> str:
    terms: list[str] = []
    for item in items:
        values = cells.get(f"={item}", [])
        name = item.partition("=")[0]
        texts = values if item.startswith("$") else [equal(name, value) for value in values]
        terms += [texts[0] if len(texts) == 1 else f"({' OR '.join(texts)})"] if texts else []
    return " ".join(terms)


STEP = Step("return", run)
