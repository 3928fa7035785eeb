"""Lookups and other knowledge of a `.test` script, in memory."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, field, replace

import pyarrow as pa

from pilotage.language.catalogue import KnownObjects
from pilotage.model.knowledge import Lookup, Macro


@dataclass
class Shelf:
    """Implements `engine.lookups.Library`; `kept` are the rows by digest."""

    known: dict[str, Lookup] = field(default_factory=dict)
    kept: dict[str, pa.Table] = field(default_factory=dict)

    def lookup(self, name: str) -> Lookup | None:
        return self.known.get(name)

    def lookup_names(self) -> tuple[str, ...]:
        return tuple(sorted(self.known))

    def rows(self, lookup: Lookup) -> pa.Table:
        return self.kept[lookup.digest]

    def keep(self, lookup: Lookup, rows: pa.Table) -> Lookup:
        digest = hashlib.sha256(repr((rows.column_names, rows.to_pylist())).encode()).hexdigest()
        self.kept[digest] = rows
        made = replace(lookup, columns=tuple(rows.column_names), digest=digest, rows=rows.num_rows)
        self.known[lookup.name] = made
        return made


def lookup_of(title: str, lines: list[str]) -> tuple[Lookup, pa.Table]:
    """`NAME [option=value]…` and CSV lines: the lookup's definition and its rows; an empty cell is no value."""
    name, *options = title.split()
    given: dict[str, object] = {}
    for option in options:
        key, _, value = option.partition("=")
        given[key] = _READ.get(key, str)(value)
    header, *rows = list(csv.reader(io.StringIO("\n".join(lines))))
    columns = {column: pa.array([row[place] or None for row in rows], pa.string()) for place, column in enumerate(header)}
    return replace(Lookup(name), **given), pa.table(columns)


def _matches(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((part.partition("(")[2].rstrip(")"), part.partition("(")[0]) for part in text.split(","))


_READ = {
    "matches": _matches,
    "case_sensitive": lambda text: text == "t",
    "least": int,
    "most": int,
    "minimum_offset": float,
    "maximum_offset": float,
}


def known_objects(blocks) -> KnownObjects:
    """`macro NAME(a, b)`, `eventtype NAME` and `tag NAME` blocks: a definition, a search, or `field=value` lines."""
    macros: dict[str, Macro] = {}
    eventtypes: dict[str, str] = {}
    tags: dict[str, tuple[tuple[str, str], ...]] = {}
    for block in blocks:
        text = "\n".join(block.lines)
        if block.keyword == "eventtype":
            eventtypes[block.title] = text
        elif block.keyword == "tag":
            tags[block.title] = tuple(line.partition("=")[::2] for line in block.lines)
        else:
            name, _, inside = block.title.partition("(")
            arguments = tuple(each.strip() for each in inside.rstrip(")").split(",") if each.strip())
            macros[f"{name}({len(arguments)})" if arguments else name] = Macro(text, arguments)
    return KnownObjects(macros, eventtypes, tags, complete=bool(blocks))


def engine_of(store, lookups, knowledge):
    """An engine over a store with the lookups and definitions of these blocks."""
    from pilotage.engine.run import Engine

    shelf = Shelf()
    for block in lookups:
        shelf.keep(*lookup_of(block.title, block.lines))
    known = known_objects(knowledge)
    return Engine(store, lambda: known, shelf)
