"""`iplocation`: the place of each distinct address."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from pilotage.engine.frame import TYPES, Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind
from pilotage.model.place import Place

MOST = 1_000_000
"""Distinct addresses that are looked up in one search."""
_CHECK = 16_384
_NUMBERS = frozenset({"latitude", "longitude"})


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`columns` are `name<TAB>part of a Place` joined by newlines, of the addresses in the column `address`, in `language`.

    `command` is what messages call it.
    """
    command = f"`{options['command']}`"
    name, language = str(options["address"]), str(options["language"])
    known = frame.columns.get(name)
    texts = known.texts().to_pylist() if known is not None else []
    places: list[Place | None] = [None] * len(texts)
    if context.places is None:
        hint = 'set `iplocation_database = "city.mmdb"` under `[search]` in the configuration'
        context.warn("location-database", f"{command} knows no places: no address database is configured", hint=hint, span=context.step)
    else:
        context.places.refresh()
        places = _found(texts[:MOST], language, context) + [None] * max(0, len(texts) - MOST)
    if len(texts) > MOST:
        context.warn("rows-limited", f"{command} looked up the first {MOST} of {len(texts)} addresses", hint="filter or aggregate first")
    columns = {name: known} if known is not None else {}
    for line in str(options["columns"]).split("\n"):
        title, part = line.split("\t")
        kind = Kind.NUMBER if part in _NUMBERS else Kind.TEXT
        values = [None if place is None else getattr(place, part) for place in places]
        columns[title] = Column(pa.array(values, TYPES[kind]), kind)
    return Frame(columns, frame.rows)


def _found(texts: list[str | None], language: str, context: Context) -> list[Place | None]:
    found: list[Place | None] = []
    if context.places is None:
        return found
    for number, text in enumerate(texts):
        if number % _CHECK == 0:
            context.check()
        found.append(None if text is None else context.places.place(text, language))
    return found


STEP = Step("iplocation", run)
