"""Search clauses as SQL: `field=value*` and bare terms. Case-insensitive; terms go through the text index on `lower(body)`.

A term is a run of whole tokens between breakers. The index knows alphanumeric runs, so a term that is one run is one `hasToken`; with minor
breakers or spaces inside, all its runs must be there (index) and the text itself must stand between breakers (residual regular expression).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from pilotage.language.plan.expressions import Match, Term
from pilotage.language.plan.patterns import pieces
from pilotage.language.sql.comparison import compare
from pilotage.language.sql.fragments import Sql, all_of, any_of, array, call, infix, literal, negation, within
from pilotage.language.sql.value import EXACT_DIGITS, NUMERIC, Value, constant, may_list, multi, over_members, parsed, present, text
from pilotage.model.fields import Kind

_RUN = re.compile(r"[^\x00-/:-@\[-`{-\x7f]+")
_IDS = {"trace_id", "span_id", "parent_span_id"}
_BREAK = "[\\x00-/:-@\\[-`{-\\x7f]"
_BEFORE = f"(?:^|{_BREAK})"
_MOST_TOKENS = 64
"""The engine takes no more in one list."""
_AFTER = f"(?:{_BREAK}|$)"


def match_field(match: Match, value: Value) -> Sql:
    """`field op values` as a condition; a missing field makes it false or null."""
    if value.is_null:
        return exp.false()
    if may_list(value):
        value = Value(multi(value), Kind.MULTI)
    if match.op in {"<", "<=", ">", ">="}:
        return over_members(value, lambda v: compare(match.op, v, constant(_number_or_text(match.values[0]))))
    if value.kind is Kind.MULTI:
        found = over_members(value, lambda v: _any_equal(match, v))
        return found if match.op == "=" else all_of((call("notEmpty", value.sql), negation(found)))
    if match.op == "=":
        return _any_equal(match, value)
    equal = _any_equal(match, value)
    return all_of((present(value), negation(call("ifNull", equal, exp.false()))))


def _number_or_text(word: str) -> str | float:
    plain = "".join(pieces(word))
    return float(plain) if NUMERIC.fullmatch(plain) else plain


def _any_equal(match: Match, value: Value) -> Sql:
    exact: list[str] = []
    numbers: list[str] = []
    tests: list[Sql] = []
    for word in match.values:
        parts = pieces(word)
        if len(parts) == 1 and _numeric(parts[0]) and value.kind is not Kind.TIME:
            numbers.append(parts[0])
        elif len(parts) == 1 and not _numeric(parts[0]) and value.kind in {Kind.TEXT, Kind.VALUE, Kind.JSON} and parts[0]:
            exact.append(parts[0])
        else:
            tests.append(_equal(match, value, parts))
    if len(numbers) == 1:
        tests.append(_equal(match, value, (numbers[0],)))
    elif numbers:
        sql = value.sql if value.kind is Kind.NUMBER else parsed(_plain(value))
        tests.append(within(sql, (float(n) for n in numbers)))
    if exact:
        tests.insert(0, _equal_texts(match, value, exact))
    return any_of(tests)


def _numeric(word: str) -> bool:
    return NUMERIC.fullmatch(word) is not None and sum(c.isdigit() for c in word) <= EXACT_DIGITS


def _equal(match: Match, value: Value, parts: tuple[str, ...]) -> Sql:
    if len(parts) > 1:
        if not any(parts):
            return present(value)
        pattern = "%".join(_escaped(p) for p in parts)
        return call("like" if match.case_sensitive else "ilike", _plain(value), pattern)
    word = parts[0]
    if _numeric(word):
        if value.kind in {Kind.NUMBER, Kind.TIME}:
            return compare("=", value, constant(float(word)))
        return infix(exp.EQ, parsed(_plain(value)), literal(float(word)))
    if value.kind in {Kind.NUMBER, Kind.BOOLEAN, Kind.TIME}:
        return infix(exp.EQ, call("lower", text(value)), literal(word.lower()))
    return infix(exp.EQ, text(value), literal(word))


def _equal_texts(match: Match, value: Value, words: list[str]) -> Sql:
    folds = not match.case_sensitive and any(w.lower() != w.upper() for w in words)
    if not folds:
        return _one_of(_plain(value), words)
    lowered = [w.lower() for w in words]
    # Ids are stored in lower case, and only the bare column can use its bloom filter.
    if match.field in _IDS and value.solid:
        return _one_of(_plain(value), lowered)
    fold = "lower" if all(w.isascii() for w in words) else "lowerUTF8"
    return _one_of(call(fold, _plain(value)), lowered)


def _one_of(sql: Sql, words: list[str]) -> Sql:
    return infix(exp.EQ, sql, literal(words[0])) if len(words) == 1 else within(sql, words)


def _plain(value: Value) -> Sql:
    return value.plain if value.plain is not None else text(value)


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def match_term(term: Term, raw: Value | None) -> Sql:
    """A bare word or phrase as a condition on `_raw`; `*` is true of every row, also of those that have none."""
    parts = pieces(term.text) if term.wildcard else (term.text,)
    if not any(parts):
        return exp.true()
    if raw is None or raw.is_null:
        return exp.false()
    body = _plain(raw)
    lowered = call("lower", body)
    runs = [run.lower() for run in _whole_runs(parts)]
    tests: list[Sql] = []
    if len(runs) == 1:
        tests.append(call("hasToken", lowered, runs[0]))
    elif runs:
        tests.append(call("hasAllTokens", lowered, array(dict.fromkeys(runs))))
    simple = len(parts) == 1 and len(runs) == 1 and runs[0] == parts[0].lower()
    if not simple or term.case_sensitive:
        tests.append(_residual(term, parts, body))
    return all_of(tests)


def match_terms(terms: Sequence[Term], raw: Value | None) -> Sql:
    """Any of several words or phrases; those of one token are looked up together."""
    tokens = [t.text.lower() for t in terms if not t.wildcard and not t.case_sensitive and t.text.isascii() and _RUN.fullmatch(t.text)]
    if raw is None or raw.is_null or len(tokens) < 2:
        return any_of(match_term(term, raw) for term in terms)
    lowered = call("lower", _plain(raw))
    distinct = list(dict.fromkeys(tokens))
    parts = [distinct[at : at + _MOST_TOKENS] for at in range(0, len(distinct), _MOST_TOKENS)]
    others = [t for t in terms if t.wildcard or t.case_sensitive or not (t.text.isascii() and _RUN.fullmatch(t.text))]
    return any_of([*(call("hasAnyTokens", lowered, array(part)) for part in parts), *(match_term(t, raw) for t in others)])


def _whole_runs(parts: tuple[str, ...]) -> list[str]:
    """The alphanumeric runs that a matching text must hold as whole tokens: those not touching a wildcard. ASCII case folds only."""
    found: list[str] = []
    for number, part in enumerate(parts):
        for run in _RUN.finditer(part):
            cut_before = run.start() == 0 and number > 0
            cut_after = run.end() == len(part) and number < len(parts) - 1
            if not cut_before and not cut_after and run.group().isascii():
                found.append(run.group())
    return found


def _residual(term: Term, parts: tuple[str, ...], body: Sql) -> Sql:
    if len(parts) == 3 and not parts[0] and not parts[2] and parts[1]:
        inner = f"%{_escaped(parts[1])}%"
        return call("like" if term.case_sensitive else "ilike", body, inner)
    pattern = "\\S*?".join(quoted(p) for p in parts)
    if parts[0] and _RUN.match(parts[0]):
        pattern = _BEFORE + pattern
    if parts[-1] and _RUN.fullmatch(parts[-1][-1]):
        pattern += _AFTER
    return call("match", body, ("" if term.case_sensitive else "(?i)") + pattern)


def quoted(text_: str) -> str:
    """A text as an RE2 pattern that matches it alone."""
    return "".join(c if c.isalnum() or ord(c) > 127 else f"\\x{{{ord(c):x}}}" for c in text_)
