"""Holes: `$token$` of a dashboard, `{{variable}}` of Sumo. Nobody knows their values when a query is checked, only that a literal comes.

A hole is found before pipes are split and filled with a stand-in; which one the place takes (a word, a number, a time span, a
string, a list) is found out by trying: `Filling.other` gives the next one for the hole that a problem points at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from pilotage.language.dialects.macros import Expansion
from pilotage.model.problem import Span

_TOKEN = re.compile(r"\$\$?([A-Za-z_][\w.:\-]*)(\|[A-Za-z]+)*\$\$?")
_VARIABLE = re.compile(r"\{\{\{[^{}|]+\}\}\}|\{\{[^{}|]+\}\}")
_QUOTED = re.compile(r'\\.|"(?:[^"\\]|\\.)*"', re.DOTALL)
_PATTERN = {"spl": _TOKEN, "sumo": _VARIABLE}
_BARE = {"spl": ("value", "1", "1h", "-1h", '"value"', "(value)"), "sumo": ("*", "value", "1", "1h", '"value"')}
_INSIDE = {"spl": ("value", "1", "1h", "-1h"), "sumo": ("*", "value", "1", "1h")}
_STRINGS = ('"value"', '"1"', '"1h"', '"-1h"')
"""`$token|s$` puts the quotes itself."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Where a hole stands in the query, and the texts that may stand in for it, likeliest first."""

    span: Span
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filling:
    """A query, its holes, and which choice each of them has."""

    query: str
    holes: tuple[Hole, ...]
    chosen: tuple[int, ...]

    def expansion(self) -> Expansion:
        """The query with its holes filled."""
        out: list[str] = []
        parts: list[tuple[int, int, int, int, bool]] = []
        here = end = 0
        for hole, choice in zip(self.holes, self.chosen, strict=True):
            plain, value = self.query[end : hole.span.start], hole.choices[choice]
            parts += [
                (here, here + len(plain), end, hole.span.start, True),
                (here + len(plain), here + len(plain) + len(value), hole.span.start, hole.span.end, False),
            ]
            out += [plain, value]
            here, end = here + len(plain) + len(value), hole.span.end
        parts.append((here, here + len(self.query) - end, end, len(self.query), True))
        return Expansion("".join([*out, self.query[end:]]), tuple(parts))

    def at(self, span: Span) -> int | None:
        """The number of the last hole that a span of the query touches, or that ends right before it."""
        found = None
        for number, hole in enumerate(self.holes):
            between = self.query[hole.span.end : span.start] if hole.span.end <= span.start else ""
            if hole.span.start < max(span.end, span.start + 1) and not between.strip():
                found = number
        return found

    def other(self, number: int) -> Filling | None:
        """The next choice for a hole, `None` after its last."""
        if self.chosen[number] + 1 >= len(self.holes[number].choices):
            return None
        return replace(self, chosen=tuple(each + (place == number) for place, each in enumerate(self.chosen)))


def holes_of(query: str, dialect: str) -> Filling:
    """The holes of a query in a dialect, each with its likeliest choice."""
    quotes = [found.span() for found in _QUOTED.finditer(query) if found[0][0] == '"'] if _PATTERN[dialect].search(query) else []
    found: list[Hole] = []
    for each in _PATTERN[dialect].finditer(query):
        start, end = each.span()
        inside = any(begin < start and end <= until for begin, until in quotes)
        choices = _INSIDE[dialect] if inside else _STRINGS if each[0].rstrip("$").endswith("|s") else _BARE[dialect]
        found.append(Hole(Span(start, end), choices))
    return Filling(query, tuple(found), (0,) * len(found))
