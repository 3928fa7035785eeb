"""A value of the language as SQL: an expression, its kind, and the conversions between kinds (`spl.md` §3-§5 as code)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, any_of, call, identifier, infix, is_null, lambda_, literal, parameter, within
from pilotage.model.fields import FieldSource, Kind

NUMERIC = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
LATEST = 9_223_372_036
"""The largest epoch second of a time in nanoseconds."""
EXACT_DIGITS = 15
"""Integers of more digits may not survive a double: they are compared as text and shown as strings."""


@dataclass(frozen=True, slots=True)
class Value:
    """`sql` is nullable (an array is null when empty). `type` is the per-row letter of `Kind.VALUE` ('' = judged by its text).

    `plain` is an expression equal to the text that yields '' instead of null; `solid` says that '' never is a real value, so that
    `plain != ''` means present. `constant` holds the value of a literal in a one-element tuple. `lists`: some row may hold a stored array.
    """

    sql: Sql
    kind: Kind
    type: Sql | None = None
    plain: Sql | None = None
    solid: bool = False
    constant: tuple[str | float | int | bool | None] | None = None
    lists: bool = False

    @property
    def is_null(self) -> bool:
        """Whether this is the literal null."""
        return self.constant == (None,)


def constant(value: str | float | bool | None) -> Value:
    """A literal of the language."""
    if value is None:
        return Value(exp.null(), Kind.TEXT, constant=(None,))
    if isinstance(value, bool):
        return Value(literal(value), Kind.BOOLEAN, constant=(value,))
    if isinstance(value, str):
        return Value(literal(value), Kind.TEXT, constant=(value,))
    return Value(literal(value), Kind.NUMBER, constant=(value,))


def from_source(source: FieldSource) -> Value:
    """A stored field."""
    plain = source.equals if source.kind in {Kind.TEXT, Kind.VALUE} else None
    solid = plain is not None and isinstance(source.value, exp.Anonymous) and source.value.name == "nullIf"
    return Value(source.value, source.kind, source.type, plain, solid, lists=source.lists)


def named(alias: str, kind: Kind) -> Value:
    """A column of ours by its SQL name."""
    return Value(identifier(alias), kind)


def parsed(text: Sql) -> Sql:
    """The finite number that a nullable text spells, else null."""
    return call("ifNotFinite", call("toFloat64OrNull", text), None)


def seconds(time: Sql) -> Sql:
    """A time as epoch seconds in a double."""
    return infix(exp.Div, call("toUnixTimestamp64Nano", time), literal(1e9))


def number(value: Value) -> Sql:
    """The value as a number; null when it is none."""
    match value.kind:
        case Kind.NUMBER:
            return value.sql
        case Kind.TIME:
            return seconds(value.sql)
        case Kind.BOOLEAN:
            return call("toUInt8", value.sql) if not value.is_null else exp.null()
        case _:
            known = value.constant[0] if value.constant else None
            if isinstance(known, str):
                return literal(float(known)) if NUMERIC.fullmatch(known) else exp.null()
            return exp.null() if value.is_null else parsed(text(value))


def epoch(value: Value) -> Sql:
    """The value as epoch seconds in a nullable double; null beyond what a time in nanoseconds can be (the years 1678 to 2262)."""
    plain = call("CAST", number(value), "Nullable(Float64)")
    # What a null hides is computed on all the same, so that it is brought into the bounds too.
    bounded = call("least", call("greatest", plain, -float(LATEST)), float(LATEST))
    return call("if", infix(exp.LT, call("abs", plain), literal(LATEST)), bounded, None)


def double(value: Value) -> Sql:
    """The value as a 64-bit float: what arithmetic works on, so that nothing wraps."""
    if value.constant and isinstance(value.constant[0], int | float) and not isinstance(value.constant[0], bool):
        return literal(float(value.constant[0]))
    return call("toFloat64", value.sql) if value.kind is Kind.NUMBER else number(value)


def alike(values: Sequence[Value]) -> list[Sql]:
    """Numbers as SQL of one type: the engine knows none for whole numbers of 64 bits and doubles beside each other."""
    if sum(not v.is_null for v in values) < 2 or all(v.constant and not isinstance(v.constant[0], float) for v in values):
        return [v.sql for v in values]
    return [v.sql if v.is_null else double(v) for v in values]


def text(value: Value) -> Sql:
    """The value as text, as `tostring` and `.` show it; a multivalue with one member is that member, with more null."""
    match value.kind:
        case Kind.NUMBER | Kind.BOOLEAN if value.constant:
            known = value.constant[0]
            return literal(known if known is None else shown(known))
        case Kind.NUMBER:
            return call("toString", value.sql)
        case Kind.TIME:
            return call("toString", call("toDecimal64", value.sql, 9))
        case Kind.BOOLEAN:
            return call("multiIf", is_null(value.sql), None, value.sql, "True", "False")
        case Kind.MULTI:
            return call("if", infix(exp.EQ, call("length", value.sql), literal(1)), call("arrayElement", value.sql, 1), None)
        case _:
            return value.sql


def shown(known: str | float | bool) -> str:
    """The text of a literal, as `text` would make it."""
    if isinstance(known, bool):
        return "True" if known else "False"
    if isinstance(known, float) and known.is_integer() and abs(known) < 1e15:
        return str(int(known))
    return str(known)


def multi(value: Value) -> Sql:
    """The value as an array of texts; null is the empty array, a stored array is its members."""
    if value.kind is Kind.MULTI:
        return value.sql
    if value.is_null:
        return call("CAST", call("array"), "Array(String)")
    plain = text(value)
    single = call("if", is_null(plain), call("array"), call("array", call("assumeNotNull", plain)))
    if value.kind is Kind.VALUE and value.type is not None:
        members = call("JSONExtract", call("ifNull", value.sql, ""), "Array(String)")
        return call("if", infix(exp.EQ, value.type, literal("a")), members, single)
    return single


def present(value: Value) -> Sql:
    """Whether the value is not null."""
    if value.kind is Kind.MULTI:
        return call("notEmpty", value.sql)
    if value.solid and value.plain is not None:
        return infix(exp.NEQ, value.plain, literal(""))
    return call("isNotNull", value.sql)


def absent(value: Value) -> Sql:
    """Whether the value is null."""
    if value.kind is Kind.MULTI:
        return call("empty", value.sql)
    return is_null(value.sql)


def json(value: Value) -> Sql:
    """The JSON text of the value, null when absent: numbers bare, integers beyond 2^53 and texts quoted, stored types kept."""
    match value.kind:
        case Kind.NUMBER:
            return call("nullIf", call("toJSONString", value.sql), "null")
        case Kind.BOOLEAN:
            return call("toString", call("toBool", value.sql))
        case Kind.TIME | Kind.JSON:
            return text(value)
        case Kind.MULTI:
            return call("nullIf", call("toJSONString", value.sql), "[]")
        case Kind.TEXT:
            return call("toJSONString", value.sql)
        case _:
            return _typed_json(value)


def _typed_json(value: Value) -> Sql:
    raw, quoted = value.sql, call("toJSONString", value.sql)
    canonical = call("if", infix(exp.EQ, call("toString", parsed(raw)), raw), raw, quoted)
    if value.type is None:
        return canonical
    letter = value.type
    short = infix(exp.LT, call("length", raw), literal(EXACT_DIGITS + 1))
    exact = infix(exp.LTE, call("abs", call("toFloat64OrZero", raw)), literal(9007199254740991))
    return call(
        "multiIf",
        is_null(raw),
        None,
        within(letter, ("s", "x")),
        quoted,
        infix(exp.EQ, letter, literal("i")),
        call("if", any_of((short, exact)), raw, quoted),
        infix(exp.EQ, letter, literal("d")),
        call("if", call("isFinite", call("toFloat64OrZero", raw)), raw, quoted),
        infix(exp.EQ, letter, literal("b")),
        call("lower", raw),  # beside another index's texts a Boolean is one too: `True`
        within(letter, ("a", "k")),
        raw,
        canonical,
    )


_LETTERS = {Kind.TEXT: "s", Kind.NUMBER: "d", Kind.BOOLEAN: "b", Kind.TIME: "d", Kind.JSON: "k"}


def _letter(value: Value) -> Sql:
    if value.kind is Kind.VALUE:
        return value.type if value.type is not None else literal("")
    return literal(_LETTERS[value.kind])


def unify(values: Sequence[Value], build: Callable[[list[Sql]], Sql]) -> Value:
    """One value out of several alternatives that `build` chooses among (`if`, `coalesce`); literal nulls take any kind.

    The same kind on all sides stays; numbers and times meet as numbers; anything else becomes a value with a letter a row.
    """
    kinds = {v.kind for v in values if not v.is_null}
    if len(kinds) <= 1:
        kind = next(iter(kinds), Kind.TEXT)
        if kind is Kind.MULTI:
            return Value(build([multi(v) for v in values]), Kind.MULTI)
        if kind is Kind.NUMBER:
            return Value(build(alike(values)), kind)
        if kind is not Kind.VALUE:
            return Value(build([v.sql for v in values]), kind)
    if Kind.MULTI in kinds:
        return Value(build([multi(v) for v in values]), Kind.MULTI)
    if kinds == {Kind.NUMBER, Kind.TIME}:
        return Value(build([exp.null() if v.is_null else double(v) for v in values]), Kind.NUMBER)
    texts = [exp.null() if v.is_null else text(v) for v in values]
    typed = any(v.kind is not Kind.VALUE or v.type is not None for v in values if not v.is_null)
    letters = [exp.null() if v.is_null else _letter(v) for v in values] if typed else None
    return Value(build(texts), Kind.VALUE, build(letters) if letters else None)


def may_list(value: Value) -> bool:
    """Whether some row may hold a stored array in a field that is no multivalue by kind."""
    return value.lists and value.kind is Kind.VALUE and value.type is not None


def over_members(value: Value, test: Callable[[Value], Sql]) -> Sql:
    """`test` of the value, or of any member of a multivalue or a stored array; null where there is none of the latter."""
    if may_list(value):
        found = call("arrayExists", lambda_("m", test(Value(parameter("m"), Kind.VALUE))), multi(value))
        return call("if", is_null(value.sql), None, found)
    if value.kind is not Kind.MULTI:
        return test(value)
    return call("arrayExists", lambda_("m", test(Value(parameter("m"), Kind.VALUE))), value.sql)


def renamed(value: Value, sql: Sql, letter: Sql | None, plain: Sql | None) -> Value:
    """The same value seen through an outer SELECT."""
    return replace(value, sql=sql, type=letter, plain=plain)
