"""One question about an unfinished query: the cursor's place, what its stage takes, and the names there are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pilotage.language.complete.place import Place
from pilotage.language.complete.words import Flow, Suggestion, Words
from pilotage.language.syntax.arguments import word_text
from pilotage.language.syntax.synopsis import Choice, Grammar

LOGIC = ("AND", "OR", "NOT")
NEAR = 1000
"""Letters before the cursor in which a word and what it is compared with stand."""


@dataclass(frozen=True, slots=True)
class Spot:
    """`name` is the stage's command, `known` what that takes, `start` where its arguments begin."""

    place: Place
    words: Words
    flow: Flow
    name: str
    known: Grammar
    start: int

    @property
    def near(self) -> int:
        """Where reading backwards from the cursor ends."""
        return max(self.start, len(self.place.text) - NEAR)


def in_number(text: str, position: int) -> bool:
    """Whether what is typed, from `position` on, is no word but a number such as `5` or `5m`."""
    return position == len(text) and text[-1:].isalnum()


def keywords(words: tuple[str, ...]) -> list[Suggestion]:
    """Words of the grammar."""
    return [Suggestion(word, "keyword", f"{word} ") for word in words]


def options(known: Grammar) -> list[Suggestion]:
    """`name=` of each option."""
    return [
        Suggestion(each.name, "option", f"{each.name}=", each.type + (f", default {each.default}" if each.default else ""), each.help)
        for each in known.options
    ]


def option_values(option: Choice, words: Words, fields: list[Suggestion], aggregates: tuple[Suggestion, ...] = ()) -> list[Suggestion]:
    """What may stand behind `name=`."""
    default = option.default.strip('"')
    found = [Suggestion(each, "value", each, "default" if each == default else "") for each in option.values]
    if option.name == "index":
        found += [Suggestion(name, "index", word_text(name)) for name in words.indexes]
    if "field" in option.type:
        found += fields
    if option.type == "aggregate":
        found += aggregates
    if option.type == "condition":
        found.append(Suggestion("(", "value", "(", "a condition"))
    if not option.values and re.fullmatch(r"[\w.]+", default) and default not in ("none", "required", "automatic", "all"):
        found.append(Suggestion(default, "value", default, "default"))
    return found


def named_fields(words: Words, flow: Flow) -> list[tuple[str, str, str]]:
    """Name, types and place of each field there is after the stages before."""
    stored = {each.name: each for each in words.fields}
    names = dict.fromkeys((*flow.columns, *(stored if flow.open else ())))
    found: list[tuple[str, str, str]] = []
    for name in names:
        each = stored.get(name) if flow.open else None
        where = "" if each is None else "fixed field" if each.place == "fixed" else f"{each.place}, in {', '.join(each.indexes[:5])}"
        found.append((name, "column" if each is None else ", ".join(each.types), where))
    return found
