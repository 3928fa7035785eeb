"""What is told about one word of a query, and about the call or the command that is being written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotage.language.complete.words import FieldWord, Words
from pilotage.language.functions import AGGREGATES
from pilotage.language.sql.signature import AggregateFunction, Function
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.operator import Operator
from pilotage.language.syntax.synopsis import Choice


@dataclass(frozen=True, slots=True)
class Card:
    """Help on the word between `start` and `end`; `kind` as of a suggestion, `page` its page under `docs/`."""

    start: int
    end: int
    kind: str
    title: str
    summary: str
    synopsis: str = ""
    notes: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """How what is being written goes on: `label`, `help`; for a call also its name and which argument, from 0, the cursor is in."""

    label: str
    help: str
    name: str
    argument: int | None = None


def of_command(span: tuple[int, int], known: Command | Operator, folder: str) -> Card:
    """A command of either language."""
    page = f"{folder}/{known.name}.md"
    return Card(*span, "command", known.name, known.summary, known.synopsis, known.notes, known.examples, page)


def of_option(span: tuple[int, int], option: Choice, command: str) -> Card:
    """An option of a command."""
    default = f"default {option.default}" if option.default else ""
    summary = option.help or f"An option of `{command}`."
    return Card(*span, "option", f"{option.name} of {command}", summary, " · ".join(filter(None, (option.type, default))))


def of_function(span: tuple[int, int], name: str, known: Function | AggregateFunction) -> Card:
    """A function; its examples are expressions with their values, or queries with theirs."""
    examples = tuple(Example(text, f"gives {value}") for text, value in known.examples)
    kind = "aggregate" if isinstance(known, AggregateFunction) else "function"
    return Card(*span, kind, name, known.help, arguments(name, known), (), examples, f"functions/{page_of(known)}.md")


def of_field(span: tuple[int, int], field: FieldWord) -> Card:
    """A stored field."""
    where = "A fixed field" if field.place == "fixed" else f"A field of the {field.place}"
    places = ", ".join(f"`{each}`" for each in field.indexes[:8]) + (" …" if len(field.indexes) > 8 else "")
    return Card(*span, "field", field.name, f"{where}, seen in {places}." if places else f"{where}.", ", ".join(field.types))


def of_macro(span: tuple[int, int], name: str, count: int, words: Words) -> Card | None:
    """A macro and what it stands for."""
    macro = words.knowledge.macro(name, count)
    if macro is None:
        return None
    shown = f"{name}({', '.join(macro.arguments)})" if macro.arguments else name
    return Card(*span, "macro", shown, macro.definition[:1000])


def of_lookup(span: tuple[int, int], name: str, words: Words) -> Card | None:
    """A lookup and its columns."""
    columns = words.columns_of(name)
    return Card(*span, "lookup", name, f"A lookup with the columns {', '.join(f'`{each}`' for each in columns)}.") if columns else None


def arguments(name: str, known: Function | AggregateFunction) -> str:
    """A call with as many arguments as it takes: `substr(a, b[, c])`."""
    if isinstance(known, AggregateFunction):
        return f"{name}(<field>)" if known.needs_argument else f"{name}, {name}(<field>)"
    letters = [chr(ord("a") + place) for place in range(min(known.minimum if known.maximum is None else known.maximum, 8))]
    text = ", ".join(letters[: known.minimum])
    for place in range(known.minimum, len(letters)):
        text += f"[{', ' if place else ''}{letters[place]}"
    text += "]" * max(0, len(letters) - known.minimum)
    more = ("…" if not letters else ", …") if known.maximum is None else ""
    return f"{name}({text}{more})"


def page_of(known: Function | AggregateFunction) -> str:
    """The family that a function is documented with: the file it stands in."""
    return known.build.__module__.rpartition(".")[2]


def of_call(name: str, argument: int, known: Function | AggregateFunction) -> Signature:
    """A call whose parenthesis is open."""
    example = f" · {known.examples[0][0]} gives {known.examples[0][1]}" if known.examples else ""
    return Signature(arguments(name, known), known.help + example, name, argument)


def known_aggregates(names: Mapping[str, tuple[str, str]]) -> dict[str, AggregateFunction]:
    """Sumo's aggregates by their names there."""
    return {name: AGGREGATES[ours] for name, (ours, _) in names.items()}
