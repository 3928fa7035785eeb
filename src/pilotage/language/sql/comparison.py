"""Comparison of two values: as numbers when both look numeric, else as text; null is contagious (`spl.md` §5, traps 2, 5 and 7)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from pilotage.language.sql.fragments import NANOSECONDS, Sql, any_of, call, infix, literal, moment, within
from pilotage.language.sql.value import EXACT_DIGITS, LATEST, NUMERIC, Value, may_list, number, over_members, text
from pilotage.model.fields import Kind

OPERATORS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "==": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
_NUMBERS = {Kind.NUMBER, Kind.TIME, Kind.BOOLEAN}


def compare(op: str, left: Value, right: Value) -> Sql:
    """`left op right` as nullable Boolean SQL; a multivalue compares true when any member does."""
    if left.is_null or right.is_null:
        return exp.null()
    if may_list(left) and may_list(right):
        # Equal as wholes, or by a member of the left one.
        return any_of((_scalar(op, left, right), over_members(left, lambda member: _scalar(op, member, right))))
    if (right.kind is Kind.MULTI or may_list(right)) and left.kind is not Kind.MULTI and not may_list(left):
        return over_members(right, lambda member: _scalar(op, left, member))
    return over_members(left, lambda member: _scalar(op, member, right))


def _scalar(op: str, left: Value, right: Value) -> Sql:
    kind = OPERATORS[op]
    if left.kind in _NUMBERS and right.kind in _NUMBERS:
        return _numeric(kind, left, right)
    if _textual(left) or _textual(right):
        return infix(kind, text(left), text(right))
    if left.kind is Kind.BOOLEAN or right.kind is Kind.BOOLEAN:
        return infix(kind, call("lower", text(left)), call("lower", text(right)))
    return call("ifNull", infix(kind, number(left), number(right)), infix(kind, text(left), text(right)))


def any_equal(left: Value, rights: Sequence[Value]) -> Sql:
    """Whether `left` equals one of `rights`, as `compare` would say of each; constants are looked up in one list."""
    if len(rights) == 1:
        return compare("=", left, rights[0])
    plain = [r for r in rights if r.constant and not r.is_null and r.kind in {Kind.TEXT, Kind.NUMBER}]
    if left.is_null or left.constant or left.kind not in _LISTED or len(plain) < 2:
        return any_of(compare("=", left, right) for right in rights)
    others = [r for r in rights if r not in plain] if len(plain) < len(rights) else []
    found = over_members(left, lambda member: _in_list(member, plain))
    return any_of((found, *(compare("=", left, right) for right in others)))


_LISTED = {Kind.NUMBER, Kind.TEXT, Kind.VALUE, Kind.JSON, Kind.MULTI}


def _in_list(left: Value, rights: Sequence[Value]) -> Sql:
    exact = [r for r in rights if left.kind is r.kind is Kind.NUMBER]
    rest = rights if not exact else [r for r in rights if r.kind is not Kind.NUMBER]
    texts = [text(r) for r in rest if _textual(r)]
    loose = [r for r in rest if not _textual(r)]
    tests: list[Sql] = []
    if exact:
        tests.append(within(left.sql, map(number, exact)))
    if texts:
        tests.append(within(text(left), texts))
    if loose:
        tests.append(call("ifNull", within(number(left), map(number, loose)), within(text(left), map(text, loose))))
    return any_of(tests)


def _textual(value: Value) -> bool:
    """A constant that cannot be meant as a number: text without numeric look, or digits beyond a double."""
    known = value.constant[0] if value.constant else None
    if isinstance(known, int) and not isinstance(known, bool):
        return bool(abs(known) >= 10**EXACT_DIGITS)
    return isinstance(known, str) and (NUMERIC.fullmatch(known) is None or sum(c.isdigit() for c in known) > EXACT_DIGITS)


def _numeric(kind: type[exp.Binary], left: Value, right: Value) -> Sql:
    if left.kind is right.kind is Kind.TIME:
        return infix(kind, left.sql, right.sql)
    # A time against a constant stays a comparison of times, which prunes partitions and granules.
    if left.kind is Kind.TIME and (bound := _moment(right)) is not None:
        return infix(kind, left.sql, bound)
    if right.kind is Kind.TIME and (bound := _moment(left)) is not None:
        return infix(kind, bound, right.sql)
    return infix(kind, number(left), number(right))


def _moment(value: Value) -> Sql | None:
    known = value.constant[0] if value.constant else None
    if isinstance(known, int | float) and not isinstance(known, bool) and abs(known) < LATEST:
        return moment(round(known * NANOSECONDS))
    return None


def equals_text(value: Value, known: str) -> Sql:
    """Whether a value is this very text; false when absent where that is cheap to say."""
    return infix(exp.EQ, value.plain if value.plain is not None and known else text(value), literal(known))
