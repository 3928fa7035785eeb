"""The words an editor may offer: commands and functions with their help, and the fields that the store has seen, with their types."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from pilotage.language.commands import commands, spellings
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.syntax.command import Command
from pilotage.model.names import ValueType
from pilotage.store.open import Store

DIALECTS = {"spl": "Splunk SPL", "sumo": "Sumo Logic"}
_TYPES = {
    ValueType.STRING: "text",
    ValueType.INTEGER: "integer",
    ValueType.DOUBLE: "number",
    ValueType.BOOLEAN: "boolean",
    ValueType.ARRAY: "array",
    ValueType.MAPPING: "object",
    ValueType.BYTES: "bytes",
    ValueType.NULL: "null",
    # How the engine calls the types of JSON.
    "String": "text",
    "Int64": "integer",
    "UInt64": "integer",
    "Double": "number",
    "Bool": "boolean",
    "Array": "array",
    "Object": "object",
    "Null": "null",
}


@dataclass(frozen=True, slots=True)
class FieldWord:
    """A field: the types of its values, its place (`fixed`, `attributes`, `resource`, `scope`), and the indexes it was seen in."""

    name: str
    types: tuple[str, ...]
    place: str
    indexes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunctionWord:
    """A function of `eval` or `stats` (`kind` `eval`, `aggregate`); `most` arguments is None for any number."""

    name: str
    kind: str
    aliases: tuple[str, ...]
    least: int
    most: int | None
    help: str
    examples: tuple[tuple[str, str], ...]


def dialects() -> tuple[str, ...]:
    """The dialects that some command has a spelling in."""
    return tuple(name for name in DIALECTS if spellings(name))


def command_words(dialect: str) -> tuple[tuple[str, Command], ...]:
    """Each spelling of each command of a dialect, sorted."""
    return tuple(sorted(spellings(dialect).items(), key=lambda item: item[0])) if commands() else ()


def function_words() -> tuple[FunctionWord, ...]:
    """Every function once, sorted by name and kind."""
    evals = {
        each.name: FunctionWord(each.name, "eval", each.aliases, each.minimum, each.maximum, each.help, each.examples)
        for each in EVAL.values()
    }
    aggregates = {
        each.name: FunctionWord(each.name, "aggregate", each.aliases, each.minimum, each.maximum, each.help, each.examples)
        for each in AGGREGATES.values()
    }
    return tuple(sorted((*evals.values(), *aggregates.values()), key=lambda each: (each.name, each.kind)))


def field_words(store: Store, patterns: tuple[str, ...]) -> tuple[FieldWord, ...]:
    """The fixed fields of the tables that hold matching indexes, in display order, then every field seen in those, sorted. Blocking."""
    catalogue = store.catalogue
    catalogue.known_fields(patterns)  # brings the list of names up to the newest rows
    indexes = [each for each in catalogue.indexes() if _matches(each, patterns)]
    found: dict[str, FieldWord] = {}
    for table in catalogue.tables(patterns):
        for name, source in catalogue.fixed(table).items():
            found.setdefault(name, FieldWord(name, (source.kind.value,), "fixed", tuple(indexes)))
    seen: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for row in store.backend.rows("SELECT DISTINCT `index`, place, name, type FROM pilotage.field_names"):
        index, place, key, kind = map(str, row)
        if index in indexes:
            types, where = seen.setdefault((key, place), (set(), set()))
            types.add(_TYPES.get(kind, kind))
            where.add(index)
    for (key, place), (types, where) in sorted(seen.items()):
        written = f"{place}.{key}" if key in found or place == "scope" else key
        found.setdefault(written, FieldWord(written, tuple(sorted(types)), place, tuple(sorted(where))))
    return tuple(found.values())


def _matches(index: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(index, each) and (each.startswith("_") or not index.startswith("_")) for each in patterns)
