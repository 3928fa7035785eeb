"""Regular expressions that RE2 does not run (look-around, back-references), by PCRE2: one search a distinct text, with a match limit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import cast

import pcre
import pyarrow as pa

from pilotage.engine.frame import TYPES, Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.plan.rewrites.regexes import MARK
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind
from pilotage.model.problem import PilotageError, fail

MATCH_LIMIT = 1_000_000
"""Steps of backtracking that one text may cost."""
LONGEST = 1_000
"""Matches of one text when all are asked for."""
MOST_PATTERNS = 10_000
"""Compiled patterns of rows that are kept at a time."""
_CHECK = 8_192
_REFERENCE = re.compile(r"\\(\d)")

_GIVEN_UP = object()

Find = Callable[[str], object]
Build = Callable[[Sequence[object]], dict[str, Column]]


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    r"""The rows of `text` (each once) in which `pattern` occurs, with what `mode` makes of them.

    `groups`: the named groups, as multivalues unless `most` is 1, and their places in `offsets`; `match`: yes in `into`; `replace`: the
    text with `new` in the place of the first or (`every`) each match, in `into`; `own`: as `match`, each text begins with its pattern.
    """
    name = str(options["text"])
    pattern = compiled(str(options["pattern"]))
    refused: dict[str, str] = {}
    texts = frame.columns[name].texts().to_pylist() if name in frame.columns else []
    modes = {"groups": _groups, "match": _match, "replace": _replace}
    mode = str(options["mode"])
    find, build = _own(refused, options) if mode == "own" else modes[mode](pattern, options)
    answers: list[object] = []
    exhausted = 0
    for start in range(0, len(texts), _CHECK):
        context.check()
        part = texts[start : start + _CHECK]
        try:
            answers += [find(text) for text in part]
        except pcre.PcreErrorMatchlimit:
            slow = [_careful(find, text) for text in part]
            exhausted += sum(answer is _GIVEN_UP for answer in slow)
            answers += [None if answer is _GIVEN_UP else answer for answer in slow]
    rows = [row for row, answer in enumerate(answers) if answer is not None]
    found = [answers[row] for row in rows]
    if exhausted:
        context.warn("regex-limit", f"a pattern gave up on {exhausted} texts after {MATCH_LIMIT} steps each", hint="make it simpler")
    if refused:
        written, reason = next(iter(refused.items()))
        sentence = f"{len(refused)} patterns of rows match nothing, as they are no regular expressions, such as `{written[:200]}`: {reason}"
        context.warn("regex-invalid", sentence, hint="write a backslash before what is text in them")
    kept = frame.columns[name].take(pa.array(rows, pa.int64())) if texts else Column(pa.array([], pa.string()), Kind.TEXT)
    return Frame({name: kept, **build(found)}, len(rows))


def _careful(find: Find, text: str) -> object:
    try:
        return find(text)
    except pcre.PcreErrorMatchlimit:
        return _GIVEN_UP


def compiled(written: str) -> pcre.Pattern:
    r"""A pattern with its limits, over letters; those of `\w` and `\d` are ASCII, as in RE2. Raises code `regex-invalid`."""
    try:
        return pcre.compile(f"(*UTF)(*LIMIT_MATCH={MATCH_LIMIT})(*LIMIT_DEPTH={MATCH_LIMIT})(?J){written}", flags=pcre.ASCII)
    except pcre.PcreError as error:
        reason = str(error.args[-1]) if error.args else "it cannot be read"
        raise fail("regex-invalid", f"`{written}` is no regular expression: {reason}") from error


def _groups(pattern: pcre.Pattern, options: Mapping[str, Option]) -> tuple[Find, Build]:
    most = int(str(options["most"]))
    places = pattern.groupindex
    names = sorted(places, key=places.__getitem__)
    if not names:
        raise fail("no-groups", "the pattern has no named group such as `(?<name>…)`")
    offsets = str(options["offsets"]) if options["offsets"] else ""
    search, every = pattern.search, pattern.finditer

    # A tuple of texts a row, the places last: matches by the hundred thousand would keep the garbage collector busy.
    def one(text: str) -> object:
        match = search(text)
        if match is None:
            return None
        values = match.groups()
        return (*values, _places(match, names)) if offsets else values

    def many(text: str) -> object:
        matches = [match for match, _ in zip(every(text), range(most or LONGEST), strict=False)]
        if not matches:
            return None
        values = tuple([[value for match in matches if (value := match.group(place))] for place in range(1, pattern.groups + 1)])
        return (*values, _places(matches[0], names)) if offsets else values

    def build(found: Sequence[object]) -> dict[str, Column]:
        kind = Kind.VALUE if most == 1 else Kind.MULTI
        rows = cast("Sequence[tuple[object, ...]]", found)
        columns = {name: Column(pa.array([row[places[name] - 1] or None for row in rows], TYPES[kind]), kind) for name in names}
        if offsets:
            columns[offsets] = Column(pa.array([row[-1] for row in rows], pa.string()), Kind.TEXT)
        return columns

    return (one if most == 1 else many), build


def _places(match: pcre.Match, names: Sequence[str]) -> str:
    spans = [(name, *match.span(name)) for name in names]
    return "&".join(f"{name}={begin}-{end - 1}" for name, begin, end in spans if begin >= 0)


def _match(pattern: pcre.Pattern, options: Mapping[str, Option]) -> tuple[Find, Build]:
    into = str(options["into"])
    return (lambda text: True if pattern.search(text) else None), lambda found: {
        into: Column(pa.array(["yes"] * len(found), pa.string()), Kind.TEXT)
    }


def _own(refused: dict[str, str], options: Mapping[str, Option]) -> tuple[Find, Build]:
    """As `match`, of texts that begin with their own pattern; `refused` gets the reasons of those that are none."""
    known: dict[str, pcre.Pattern | None] = {}
    into = str(options["into"])

    def find(text: str) -> object:
        written, _, rest = text.partition(MARK)
        if written not in known:
            if len(known) >= MOST_PATTERNS:
                known.clear()
            try:
                known[written] = compiled(written)
            except PilotageError as error:
                known[written] = None
                refused[written] = error.problem.sentence.rpartition(": ")[2]
        pattern = known[written]
        return True if pattern is not None and pattern.search(rest) else None

    return find, lambda found: {into: Column(pa.array(["yes"] * len(found), pa.string()), Kind.TEXT)}


def _replace(pattern: pcre.Pattern, options: Mapping[str, Option]) -> tuple[Find, Build]:
    new, into = str(options["new"]), str(options["into"])
    groups = [int(number) for number in _REFERENCE.findall(new)]
    if any(number > pattern.groups for number in groups):
        raise fail("bad-argument", f"the replacement `{new}` names a group that the pattern does not have")
    parts = [part if place % 2 == 0 else int(part) for place, part in enumerate(_REFERENCE.split(new))]
    count = 0 if options["every"] else 1

    def filled(match: object) -> str:
        return "".join(part if isinstance(part, str) else match.group(part) or "" for part in parts)  # type: ignore[attr-defined]

    def find(text: str) -> str | None:
        changed, times = pattern.subn(filled, text, count)
        return str(changed) if times else None

    return find, lambda found: {into: Column(pa.array(found, pa.string()), Kind.TEXT)}


STEP = Step("pcre", run)
