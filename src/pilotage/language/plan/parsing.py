"""Ways to take fields out of a text, as values: what `parse` commands and the rules of a configuration share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pilotage.language.plan.patterns import pieces

_NAMED = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\((\?P?<([A-Za-z_]\w*)>|\?)?", re.DOTALL)
_JSON_STEP = re.compile(r"\[(?P<quote>['\"])(?P<quoted>.+?)(?P=quote)\]|\[(?P<place>\d+)\]|\.?(?P<name>[^.\[\]]+)")


@dataclass(frozen=True, slots=True)
class Regex:
    """The named groups of a regular expression in RE2's spelling; `groups` are (name, group number)."""

    text: str
    groups: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Anchor:
    r"""Literal text with `*` for each of `names`, in order; each takes as little as it can, a last one all. `\*` is a star."""

    text: str
    names: tuple[str, ...]

    @property
    def regex(self) -> str:
        """The regular expression that finds the same."""
        parts = [re.escape(piece) for piece in pieces(self.text)]
        return "(.*?)".join(parts[:-1]) + ("(.*)$" if parts[-1] == "" else f"(.*?){parts[-1]}") if len(parts) > 1 else parts[0]


@dataclass(frozen=True, slots=True)
class Json:
    """Paths into a JSON text as (name, steps): a step is a key, or a place from 0."""

    paths: tuple[tuple[str, tuple[str | int, ...]], ...]


@dataclass(frozen=True, slots=True)
class KeyValue:
    """(name, key) of pairs such as `key=value` or `key: "a value"`; `delimiter` joins key and value, '' for `=` or `:`."""

    pairs: tuple[tuple[str, str], ...]
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Csv:
    r"""The first values of a separated record, in order; quotes protect separators and are doubled inside.

    `escape` makes the letter after it one of the value (`\,`); '' = nothing does.
    """

    names: tuple[str, ...]
    delimiter: str = ","
    quote: str = '"'
    escape: str = ""


Parsing = Regex | Anchor | Json | KeyValue | Csv


def regex_of(written: str) -> Regex:
    """A PCRE as written: `(?<n>…)` becomes `(?P<n>…)`, groups are numbered."""
    groups: list[tuple[str, int]] = []
    count = 0
    parts: list[str] = []
    end = 0
    for found in _NAMED.finditer(written):
        if not found.group().startswith("("):
            continue
        if found.group(1) != "?":
            count += 1
        if found.group(2):
            groups.append((found.group(2), count))
            parts += [written[end : found.start()], f"(?P<{found.group(2)}>"]
            end = found.end()
    return Regex("".join([*parts, written[end:]]), tuple(groups))


def group_count(written: str) -> int:
    """How many capturing groups a pattern has."""
    return sum(found.group().startswith("(") and found.group(1) != "?" for found in _NAMED.finditer(written))


def json_steps(path: str) -> tuple[str | int, ...] | None:
    """The steps of `a.b[0].c` or `a['b.c']`; None when it cannot be read."""
    steps: list[str | int] = []
    end = 0
    for found in _JSON_STEP.finditer(path):
        if found.start() != end:
            return None
        end = found.end()
        steps.append(int(found["place"]) if found["place"] is not None else found["quoted"] or found["name"])
    return tuple(steps) if steps and end == len(path) else None


def names_of(parsing: Parsing) -> tuple[str, ...]:
    """The names of the fields, in order."""
    match parsing:
        case Regex():
            return tuple(dict.fromkeys(name for name, _ in parsing.groups))
        case Json():
            return tuple(name for name, _ in parsing.paths)
        case KeyValue():
            return tuple(name for name, _ in parsing.pairs)
        case _:
            return parsing.names
