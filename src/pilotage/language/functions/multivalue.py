"""Multivalues: making, cutting, filtering, joining."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.plan.expressions import Expression, Field
from pilotage.language.plan.parsing import regex_of
from pilotage.language.plan.walk import everything
from pilotage.language.sql.extraction import BEYOND_RE2
from pilotage.language.sql.fragments import Sql, call, infix, lambda_, literal, parameter
from pilotage.language.sql.signature import Site, function, refuse
from pilotage.language.sql.value import Value, constant, multi, number, text
from pilotage.model.fields import Kind
from pilotage.model.problem import PilotageError
from pilotage.model.time import read_span

MOST_VALUES = 1_000_000
"""Members that `mvrange` makes of constants."""


def _multi(sql: Sql) -> Value:
    return Value(sql, Kind.MULTI)


@function("mvcount", 1, help="Number of members; null for none.", examples=(('mvcount(split("a,b", ","))', "2"),))
def mvcount(site: Site) -> Value:
    """`mvcount(m)`."""
    return Value(call("nullIf", call("length", multi(site.arguments[0])), 0), Kind.NUMBER)


@function(
    "mvindex",
    2,
    3,
    help="A member by 0-based place, negative from the end, or an inclusive range.",
    examples=(('mvindex(split("a,b,c", ","), -1)', "c"),),
)
def mvindex(site: Site) -> Value:
    """`mvindex(m, i[, j])`."""
    items = multi(site.arguments[0])
    first = call("toInt64", number(site.arguments[1]))
    start = infix(exp.Add, first, call("toInt64", infix(exp.GTE, first, literal(0))))
    if len(site.arguments) == 2:
        inside = infix(exp.LTE, call("abs", start), call("length", items))
        member = call("arrayElement", items, call("assumeNotNull", start))
        return Value(call("if", call("ifNull", inside, exp.false()), member, None), Kind.VALUE)
    size = call("toInt64", call("length", items))
    last = call("toInt64", number(site.arguments[2]))
    low = call("if", infix(exp.LT, first, literal(0)), infix(exp.Add, size, first), first)
    high = call("least", call("if", infix(exp.LT, last, literal(0)), infix(exp.Add, size, last), last), infix(exp.Sub, size, literal(1)))
    count = infix(exp.Add, infix(exp.Sub, high, low), literal(1))
    valid = infix(exp.And, infix(exp.GTE, low, literal(0)), infix(exp.GT, count, literal(0)))
    part = call(
        "arraySlice", items, call("assumeNotNull", infix(exp.Add, low, literal(1))), call("greatest", call("assumeNotNull", count), 0)
    )
    return _multi(call("if", call("ifNull", valid, exp.false()), part, call("arrayResize", items, 0)))


mvjoin = function("mvjoin", 2, help="The members as one text.", examples=(('mvjoin(split("a,b", ","), "-")', "a-b"),))(
    lambda site: Value(
        call(
            "if", call("empty", multi(site.arguments[0])), None, call("arrayStringConcat", multi(site.arguments[0]), site.text_constant(1))
        ),
        Kind.TEXT,
    )
)
mvdedup = function(
    "mvdedup", 1, help="Each member once, the first one kept.", examples=(('mvjoin(mvdedup(split("a,b,a", ",")), "")', "ab"),)
)(lambda site: _multi(call("arrayDistinct", multi(site.arguments[0]))))
mvsort = function("mvsort", 1, help="The members in the order of texts.", examples=(('mvjoin(mvsort(split("b,a", ",")), "")', "ab"),))(
    lambda site: _multi(call("arraySort", multi(site.arguments[0])))
)
mvreverse = function("mvreverse", 1, help="The members backwards.", examples=(('mvjoin(mvreverse(split("a,b", ",")), "")', "ba"),))(
    lambda site: _multi(call("arrayReverse", multi(site.arguments[0])))
)
mvappend = function("mvappend", 1, None, help="All members of all arguments.", examples=(('mvcount(mvappend("a", null(), "b"))', "2"),))(
    lambda site: _multi(call("arrayConcat", *(multi(a) for a in site.arguments)))
)


@function(
    "split", 2, help="The parts between a delimiter; an empty one cuts into characters.", examples=(('mvcount(split("a,b,c", ","))', "3"),)
)
def split(site: Site) -> Value:
    """`split(s, delimiter)`."""
    source = text(site.arguments[0])
    mark = site.text_constant(1)
    whole = call("ifNull", source, "")
    parts = call("splitByString", mark, whole) if mark else call("ngrams", whole, 1)
    return _multi(call("if", call("isNull", source), call("arrayResize", parts, 0), parts))


def _pattern(site: Site) -> Sql:
    """The pattern of a call; one that each row has of its own must be one that the engine reads."""
    if site.arguments[1].constant is None or site.arguments[1].is_null:
        return call("ifNull", text(site.arguments[1]), "$.^")
    written = site.text_constant(1)
    if BEYOND_RE2.search(written):
        raise refuse(site, "takes no look-around or back-references")
    return literal(regex_of(written).text)


@function(
    "mvfind", 2, help="0-based place of the first member that matches a pattern.", examples=(('mvfind(split("a,b", ","), "b")', "1"),)
)
def mvfind(site: Site) -> Value:
    """`mvfind(m, regex)`."""
    test = lambda_("m", call("match", parameter("m"), _pattern(site)))
    place = call("toInt64", call("arrayFirstIndex", test, multi(site.arguments[0])))
    return Value(infix(exp.Sub, call("nullIf", place, 0), literal(1)), Kind.NUMBER)


@function(
    "mvzip",
    2,
    3,
    help="Members paired up, joined by a comma or the given text.",
    examples=(('mvjoin(mvzip(split("a,b", ","), split("1,2", ",")), ";")', "a,1;b,2"),),
)
def mvzip(site: Site) -> Value:
    """`mvzip(a, b[, delimiter])`; as long as the shorter one."""
    first, second = multi(site.arguments[0]), multi(site.arguments[1])
    mark = site.text_constant(2) if len(site.arguments) > 2 else ","
    size = call("least", call("length", first), call("length", second))
    body = call("concat", parameter("a"), mark, parameter("b"))
    pair = exp.Lambda(this=body, expressions=[exp.Identifier(this="a"), exp.Identifier(this="b")])
    return _multi(call("arrayMap", pair, call("arrayResize", first, size), call("arrayResize", second, size)))


def _one_field(site: Site, expression: Expression) -> str:
    names = {part.name for part in everything(expression) if isinstance(part, Field)}
    if len(names) != 1:
        raise refuse(site, f"takes an expression over one field, not {len(names)}")
    return names.pop()


@function("mvfilter", 1, help="The members for which a condition over the field is true.", examples=(), lazy=True)
def mvfilter(site: Site) -> Value:
    """`mvfilter(condition)`; one field name may occur in it."""
    (condition,) = site.call.arguments
    name = _one_field(site, condition)
    items = multi(site.evaluate(Field(name, span=condition.span)))
    test = call("ifNull", site.condition(condition, {name: Value(parameter("m"), Kind.VALUE)}), exp.false())
    return _multi(call("arrayFilter", lambda_("m", test), items))


@function("mvmap", 2, help="An expression for each member, which the field's name stands for.", examples=(), lazy=True)
def mvmap(site: Site) -> Value:
    """`mvmap(m, expression)`."""
    source, expression = site.call.arguments
    name = source.name if isinstance(source, Field) else _one_field(site, source)
    items = multi(site.evaluate(source))
    result = text(site.evaluate(expression, {name: Value(parameter("m"), Kind.VALUE)}))
    mapped = call("arrayMap", lambda_("m", result), items)
    kept = call("arrayFilter", lambda_("m", call("isNotNull", parameter("m"))), mapped)
    return _multi(call("arrayMap", lambda_("m", call("assumeNotNull", parameter("m"))), kept))


@function(
    "mvrange",
    2,
    3,
    help="Numbers from a start up to an end that is left out; the step may be a time span.",
    examples=(('mvjoin(mvrange(1, 4), ",")', "1,2,3"),),
)
def mvrange(site: Site) -> Value:
    """`mvrange(start, end[, step])`."""
    step = constant(1)
    if len(site.arguments) > 2:
        step = _step(site)
    _check_range(site, step)
    low, high = (call("toInt64", call("ifNull", number(a), 0)) for a in site.arguments[:2])
    numbers = call("range", low, high, call("toInt64", step.sql))
    return _multi(call("arrayMap", lambda_("n", call("toString", parameter("n"))), numbers))


def _check_range(site: Site, step: Value) -> None:
    """Refuse constants that make too many values, or none that ends; what only the rows tell is limited by the engine."""
    start, end, by = (v.constant[0] if v.constant else None for v in (*site.arguments[:2], step))
    if isinstance(by, int | float) and by <= 0:
        raise refuse(site, f"needs a step above 0, not {by}")
    if isinstance(start, int | float) and isinstance(end, int | float) and isinstance(by, int | float) and (end - start) / by > MOST_VALUES:
        raise refuse(site, f"would make {(end - start) / by:.0f} values, the most is {MOST_VALUES}", hint="use a larger step")


def _step(site: Site) -> Value:
    known = site.arguments[2].constant
    if known and isinstance(known[0], str):
        try:
            return constant(int(read_span(known[0]).seconds))
        except PilotageError:
            return constant(int(float(known[0])))
    return Value(number(site.arguments[2]), Kind.NUMBER, constant=known)


tomv = function("tomv", 1, help="The value as a multivalue.")(lambda site: _multi(multi(site.arguments[0])))
