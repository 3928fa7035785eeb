"""A rule as configured → a rule compiled, or a `bad-rule` that says which rule, where, and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from pilotage.engine.loading.columns import SEPARATOR
from pilotage.engine.loading.extraction import Extractor
from pilotage.engine.loading.naming import with_spellings
from pilotage.engine.loading.redaction import Key, Names
from pilotage.engine.loading.scope import read_scope
from pilotage.engine.loading.treatment import Rule
from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.parsing import Anchor, Csv, Json, KeyValue, Parsing, json_steps, names_of, regex_of
from pilotage.language.plan.patterns import pieces
from pilotage.language.sql.extraction import BEYOND_RE2, missing_group
from pilotage.language.sql.fragments import call, render
from pilotage.model.problem import PilotageError, fail
from pilotage.model.rules import Extraction, Redaction

Rows = Callable[[str], Sequence[tuple[object, ...]]]

_FIXED = frozenset({"index", "_index", "_time", "time", "received", "trace_id", "span_id", "parent_span_id", "metric_name"})
_EMPTY_MATCHES = ' a1_.-"\n(é'


class _Place:
    """Where a rule stands, for its errors."""

    def __init__(self, section: str, number: int, name: str) -> None:
        self._words = f"{section}[{number}] `{name}`" if name else f"{section}[{number}]"

    def bad(self, what: str, hint: str | None = None) -> PilotageError:
        return fail("bad-rule", f"{self._words}: {what}", hint=hint)

    def scope(self, written: str) -> Expression | None:
        try:
            return read_scope(written)
        except PilotageError as error:
            raise self.bad(error.problem.sentence, error.problem.hint) from error

    def regex(self, written: str, rows: Rows) -> str:
        """The pattern in the engine's spelling, compiled by it once; one that matches nothing at all would match everywhere."""
        if BEYOND_RE2.search(written):
            raise self.bad(
                "its pattern uses look-around, back-references or possessive repeats", "write it without them; the syntax is RE2"
            )
        pattern = regex_of(written).text
        tries = (call("match", "", pattern), call("position", call("replaceRegexpAll", _EMPTY_MATCHES, f"({pattern})", r"<\1>"), "<>"))
        try:
            ((empty, nothing),) = rows(f"SELECT {', '.join(map(render, tries))}")
        except PilotageError as error:
            raise self.bad(f"its pattern does not compile: {error.problem.sentence}", "the syntax is RE2") from error
        if empty or nothing:
            raise self.bad("its pattern matches an empty text", "make it need at least one character")
        return pattern


def rule_of(number: int, given: Redaction, rows: Rows) -> Rule:
    """One redaction. Raises `bad-rule`."""
    place = _Place("redact", number, given.name)
    if not given.name:
        raise place.bad("it has no name")
    if (given.pattern is not None) + bool(given.fields) + bool(given.keep) != 1:
        raise place.bad("it needs exactly one of `pattern`, `fields` and `keep`")
    if given.keep and given.action != "mask":
        raise place.bad("`keep` takes no action: all other fields are dropped", "leave `action` out")
    for name in (*given.fields, *given.keep):
        if not name.strip() or SEPARATOR in name:
            raise place.bad("a field name is empty")
        if name in _FIXED and given.fields:
            raise place.bad(f"the field `{name}` cannot be hidden", "drop the event, or send it to an index of its own")
    pattern = place.regex(given.pattern, rows) if given.pattern is not None else ""
    if SEPARATOR in given.replacement or "\0" in given.replacement:
        raise place.bad("its replacement holds a control character")
    if pattern and (group := missing_group(pattern, given.replacement)) is not None:
        raise place.bad(f"its replacement names the group `\\{group}`, which the pattern does not have")
    names = with_spellings(given.fields) if given.fields else given.keep
    return Rule(
        number,
        given.name,
        given.action,
        pattern,
        Names(names, anywhere=not given.keep),
        bool(given.keep),
        given.replacement,
        _key(place, given),
        place.scope(given.scope),
    )


def _key(place: _Place, given: Redaction) -> Key | None:
    if given.action != "hash":
        if given.key_env or given.key_file:
            raise place.bad("only the action `hash` takes a key")
        return None
    if bool(given.key_env) == bool(given.key_file):
        raise place.bad("the action `hash` needs a key", "name an environment variable with `key_env` or a file with `key_file`")
    if given.key_env:
        secret = os.environ.get(given.key_env, "").encode()
        where = f"the environment variable `{given.key_env}`"
    else:
        assert given.key_file is not None  # noqa: S101 - one of the two is given
        try:
            secret = Path(given.key_file).read_bytes().strip()
        except OSError as error:
            raise place.bad(f"its key file cannot be read: {error.strerror}") from error
        where = "its key file"
    if len(secret) < 16:
        raise place.bad(f"{where} holds no key of at least 16 bytes", "make one with `openssl rand -hex 32`")
    return Key.of(secret)


def extractor_of(number: int, given: Extraction, rows: Rows) -> Extractor:
    """One extraction. Raises `bad-rule`."""
    place = _Place("extract", number, given.name)
    if not given.name:
        raise place.bad("it has no name")
    parsing = _parsing(place, given, rows)
    names = names_of(parsing)
    for name in names:
        if not name.strip() or SEPARATOR in name:
            raise place.bad("a field name is empty")
        if name in _FIXED:
            raise place.bad(f"the field `{name}` cannot be set", "choose another name")
    if len(set(map(str.lower, names))) < len(names):
        raise place.bad("two of its fields have the same name")
    if unknown := set(given.numbers) - set(names):
        raise place.bad(f"`numbers` names `{min(unknown)}`, which it does not extract")
    return Extractor(number, given.name, parsing, given.field, given.nodrop, frozenset(given.numbers), place.scope(given.scope))


def _parsing(place: _Place, given: Extraction, rows: Rows) -> Parsing:
    kind = given.kind
    if (kind in ("anchor", "regex")) != bool(given.pattern):
        raise place.bad(f"the kind `{kind}` {'needs a' if kind in ('anchor', 'regex') else 'takes no'} `pattern`")
    if given.keys and (kind not in ("json", "keyvalue") or len(given.keys) != len(given.fields)):
        raise place.bad("`keys` are one for each of `fields`, for the kinds `json` and `keyvalue`")
    if kind == "regex":
        if given.fields:
            raise place.bad("the kind `regex` takes its fields from the named groups", r"write `(?<name>\d+)` and leave `fields` out")
        parsing = regex_of(place.regex(given.pattern, rows))
        if not parsing.groups:
            raise place.bad("its pattern has no named group", r"write `(?<name>\d+)`")
        return parsing
    if not given.fields:
        raise place.bad(f"the kind `{kind}` needs `fields`")
    if kind == "anchor":
        holes = len(pieces(given.pattern)) - 1
        if holes != len(given.fields):
            raise place.bad(f"its pattern has {holes} `*` for {len(given.fields)} fields")
        return Anchor(given.pattern, given.fields)
    pairs = tuple(zip(given.fields, given.keys or given.fields, strict=True))
    if kind == "keyvalue":
        return KeyValue(pairs, given.delimiter)
    if kind == "csv":
        if len(given.delimiter or ",") != 1 or given.delimiter == '"':
            raise place.bad("its delimiter must be one character, and no quote")
        return Csv(given.fields, given.delimiter or ",")
    return Json(tuple((name, _steps(place, path)) for name, path in pairs))


def _steps(place: _Place, path: str) -> tuple[str | int, ...]:
    steps = json_steps(path)
    if steps is None:
        raise place.bad(f"the JSON path `{path}` cannot be read", "write it like `a.b[0].c` or `a['b.c']`")
    return steps
