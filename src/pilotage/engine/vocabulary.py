"""The words an editor may offer: commands and functions with their help, and the fields that the store has seen, with their types."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from pilotage.language import operators
from pilotage.language.commands import spellings
from pilotage.language.complete.words import FieldWord
from pilotage.language.functions import AGGREGATES, EVAL, SUMO
from pilotage.language.sql.signature import AggregateFunction, Function
from pilotage.language.syntax import sumo_aggregates
from pilotage.language.syntax.arguments import Option
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.operator import Operator
from pilotage.language.syntax.synopsis import grammar
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
class CommandWord:
    """A command under one of its spellings; `first` when it may begin a query, `piped` when it may follow a `|`."""

    name: str
    command: str
    synopsis: str
    summary: str
    first: bool
    piped: bool
    options: tuple[Option, ...]
    examples: tuple[Example, ...]
    notes: tuple[str, ...]


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
    """The dialects there are."""
    return tuple(DIALECTS)


def command_words(dialect: str) -> tuple[CommandWord, ...]:
    """Each spelling of each command or operator of a dialect, sorted."""
    if dialect == "sumo":
        return tuple(_operator_word(name, each) for name, each in sorted(operators.spellings().items()))
    return tuple(_command_word(name, each) for name, each in sorted(spellings(dialect).items(), key=lambda item: item[0]))


def _command_word(name: str, each: Command) -> CommandWord:
    first, piped = each.generate is not None, each.parse is not None
    return CommandWord(name, each.name, each.synopsis, each.summary, first, piped, each.options, each.examples, each.notes)


def _operator_word(name: str, each: Operator) -> CommandWord:
    known = [Option(option.name, option.type, option.default, option.help) for option in grammar(each.synopsis).options]
    return CommandWord(name, each.name, each.synopsis, each.summary, False, True, tuple(known), each.examples, each.notes)


def function_words(dialect: str = "spl") -> tuple[FunctionWord, ...]:
    """Every function of a dialect once, sorted by name and kind."""
    if dialect == "sumo":
        named = {name: AGGREGATES[ours] for name, (ours, _) in sumo_aggregates.AGGREGATES.items()}
        words = [_function_word(name, "eval", each) for name, each in SUMO.items()]
        words += [_function_word(name, "aggregate", each) for name, each in named.items()]
    else:
        words = [_function_word(each.name, "eval", each) for each in EVAL.values() if "." not in each.name]
        words += [_function_word(each.name, "aggregate", each) for each in AGGREGATES.values() if "." not in each.name]
    return tuple(sorted(dict.fromkeys(words), key=lambda each: (each.name, each.kind)))


def _function_word(name: str, kind: str, each: Function | AggregateFunction) -> FunctionWord:
    aliases = each.aliases if name == each.name else ()
    return FunctionWord(name, kind, aliases, each.minimum, each.maximum, each.help, each.examples)


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
