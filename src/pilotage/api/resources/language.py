"""`/api/v1/language`: the words of a query language for editors: commands, functions, fields, with help."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail


@dataclass(frozen=True, slots=True)
class LanguageQuery:
    """The dialect, and the indexes whose fields are wanted: patterns with `*`, comma between them."""

    language: str = "spl"
    index: str = "*"


@dataclass(frozen=True, slots=True)
class Dialect:
    """A dialect as `language` and for people."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class OptionHelp:
    """One `name=value` of a command; `default` as it would be typed."""

    name: str
    type: str
    default: str
    help: str


@dataclass(frozen=True, slots=True)
class ExampleHelp:
    """A query or expression, and what it answers."""

    text: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """A command under one of its spellings; `first` when it may begin a query, `piped` when it may follow a `|`."""

    name: str
    command: str
    synopsis: str
    summary: str
    first: bool
    piped: bool
    options: tuple[OptionHelp, ...]
    examples: tuple[ExampleHelp, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunctionHelp:
    """A function of `eval` or an `aggregate` of `stats` (`kind`); `most` arguments is null for any number."""

    name: str
    kind: str
    aliases: tuple[str, ...]
    least: int
    most: int | None
    help: str
    examples: tuple[ExampleHelp, ...]


@dataclass(frozen=True, slots=True)
class FieldHelp:
    """A field, the types of its values, its place (`fixed`, `attributes`, `resource`, `scope`) and the indexes that have it."""

    name: str
    types: tuple[str, ...]
    place: str
    indexes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything an editor may offer."""

    language: str
    dialects: tuple[Dialect, ...]
    commands: tuple[CommandHelp, ...]
    functions: tuple[FunctionHelp, ...]
    fields: tuple[FieldHelp, ...]
    indexes: tuple[str, ...]


async def show(call: Call) -> Vocabulary:
    """The words of one dialect."""
    return await asyncio.to_thread(_vocabulary, call)


def _vocabulary(call: Call) -> Vocabulary:
    from pilotage.engine import vocabulary as words  # noqa: PLC0415 - the languages and sqlglot, after the server is up

    asked: LanguageQuery = call.query
    known = words.dialects()
    if asked.language not in known:
        raise fail("language-unknown", f"no language `{asked.language}`", hint=f"known: {', '.join(known)}")
    commands = tuple(
        CommandHelp(
            name=each.name,
            command=each.command,
            synopsis=each.synopsis,
            summary=each.summary,
            first=each.first,
            piped=each.piped,
            options=tuple(OptionHelp(o.name, o.type, o.default, o.help) for o in each.options),
            examples=tuple(ExampleHelp(e.text, e.sentence) for e in each.examples),
            notes=each.notes,
        )
        for each in words.command_words(asked.language)
    )
    functions = tuple(
        FunctionHelp(each.name, each.kind, each.aliases, each.least, each.most, each.help, tuple(ExampleHelp(*e) for e in each.examples))
        for each in words.function_words(asked.language)
    )
    store = call.services.store
    patterns = tuple(each.strip() for each in asked.index.split(",") if each.strip())
    fields = tuple(FieldHelp(each.name, each.types, each.place, each.indexes) for each in words.field_words(store, patterns))
    dialects = tuple(Dialect(name, words.DIALECTS[name]) for name in known)
    return Vocabulary(asked.language, dialects, commands, functions, fields, store.catalogue.indexes())


RESOURCE = Resource(
    "language",
    (
        Operation(
            "GET", "/api/v1/language", "Commands, functions and fields for editors", "read", show, query=LanguageQuery, answer=Vocabulary
        ),
    ),
)
