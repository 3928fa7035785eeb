"""What a command takes, read from the one line that its own file says it in: options, keywords, and kinds of words in `<…>`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from pilotage.language.syntax.arguments import Option

_PLACE = re.compile(r"<([^<>]+)>")
_CHOICES = re.compile(r"(?<![\w.])([A-Za-z_][\w.]*)=(<[^<>]*>|[A-Za-z_+-]+(?:\|[A-Za-z_+-]+)*)?")
_WORD = re.compile(r"(?<![\w.<$*\"/])[A-Za-z]{2,}(?![\w.=>(\"])")
_LISTED = re.compile(r",\s*|\s+or\s+|\|")
_VALUE = re.compile(r"[a-z][a-z_]*|[+-]{1,2}")
_NOUNS = frozenset({
    "integer", "number", "text", "time", "span", "width", "field", "boolean", "bool", "aggregate", "regex", "characters", "condition",
    "range", "path", "days", "mode", "type", "index", "name", "format", "value", "rows", "length", "search", "lookup",
})  # fmt: skip
_BOOLEAN = ("t", "f")
_TIMES = ("-15m", "-1h", "-24h", "-7d@d", "-30d@d", "@d", "now")


@dataclass(frozen=True, slots=True)
class Choice:
    """One `name=value`: what may stand behind it as far as that can be listed, its type in words, default and help."""

    name: str
    type: str
    values: tuple[str, ...]
    default: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Grammar:
    """`places` are the words in angle brackets; `keywords` as written; `inside` is what brackets hold: `search`, `commands`, `stages`."""

    options: tuple[Choice, ...]
    keywords: tuple[str, ...]
    places: frozenset[str]
    inside: str

    def option(self, name: str) -> Choice | None:
        """The option of a name."""
        return next((each for each in self.options if each.name == name.lower()), None)

    def takes(self, *nouns: str) -> bool:
        """Whether a place says one of the nouns, also as part of it: `x-field`."""
        return any(noun in place for place in self.places for noun in nouns)


@cache
def grammar(synopsis: str, options: tuple[Option, ...] = ()) -> Grammar:
    """What a synopsis and a table of options say."""
    listed = {each.name: each for each in options if not each.name.startswith("<")}
    found: dict[str, Choice] = {}
    for name, values in _CHOICES.findall(synopsis):
        if name in found:
            continue
        known = listed.get(name)
        kind = known.type if known else values.strip("<>") or "text"
        choices = tuple(dict.fromkeys((*_values(kind), *_values(values.strip("<>")))))
        found[name] = Choice(name, kind, choices, known.default if known else "", known.help if known else "")
    for name, known in listed.items():
        found.setdefault(name, Choice(name, known.type, _values(known.type), known.default, known.help))
    places = frozenset(each.lower() for each in _PLACE.findall(synopsis))
    inside = next((kind for kind in ("stages", "commands", "search") if kind in places), "commands" if "[eval " in synopsis else "")
    return Grammar(tuple(found.values()), _keywords(synopsis), places, inside)


def _values(kind: str) -> tuple[str, ...]:
    """The words that a type lists: `boolean`, `hosts, sources or sourcetypes`, `inner|left|outer`."""
    if kind.startswith("bool"):
        return (*_BOOLEAN, *_listed(_LISTED.split(kind)[1:]))
    return (*(_TIMES if kind == "time" or kind.startswith("time,") else ()), *_listed(_LISTED.split(kind)))


def _listed(parts: Iterable[str]) -> tuple[str, ...]:
    return tuple(part for part in parts if _VALUE.fullmatch(part) and part not in _NOUNS)


def _keywords(synopsis: str) -> tuple[str, ...]:
    """The bare words behind the first; each alternative after ` | ` begins with the command's name again."""
    bare = re.sub(r'<[^<>]*>|"[^"]*"|' + _CHOICES.pattern, lambda found: " " * len(found[0]), synopsis)
    name = re.match(r"[|\s]*([\w]+)", bare)
    words = dict.fromkeys(found[0] for found in _WORD.finditer(bare))
    if name:
        words.pop(name[1], None)
    return tuple(words)
