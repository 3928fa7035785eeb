"""Choices and tests for null."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.plan.expressions import Expression
from pilotage.language.sql.comparison import compare
from pilotage.language.sql.fragments import Sql, any_of, call, infix, literal, negation
from pilotage.language.sql.signature import Function, Site, function, refuse
from pilotage.language.sql.value import Value, absent, constant, present, unify
from pilotage.model.fields import Kind


def _boolean(sql: Sql) -> Value:
    return Value(sql, Kind.BOOLEAN)


@function("if", 3, help="One of two values by a condition; null counts as false.", examples=(('if(1=1, "yes", "no")', "yes"),), lazy=True)
def if_(site: Site) -> Value:
    """`if(condition, then, else)`."""
    condition, then, other = site.call.arguments
    test = site.condition(condition)
    return unify([site.evaluate(then), site.evaluate(other)], lambda parts: call("if", call("ifNull", test, exp.false()), *parts))


def _pairs(site: Site) -> list[tuple[Expression, Expression]]:
    arguments = site.call.arguments
    if len(arguments) % 2:
        raise refuse(site, "takes pairs of a condition and a value", hint="end with `true(), value` for all other cases")
    return list(zip(arguments[::2], arguments[1::2], strict=True))


def _chosen(site: Site, *, wanted: bool) -> Value:
    pairs = _pairs(site)
    tests = [site.condition(c) for c, _ in pairs]
    values = [*(site.evaluate(v) for _, v in pairs), constant(None)]

    def build(parts: list[Sql]) -> Sql:
        branches: list[Sql] = []
        for test, part in zip(tests, parts, strict=False):
            branches += [call("ifNull", test, exp.false()) if wanted else negation(call("ifNull", test, exp.true())), part]
        return call("multiIf", *branches, parts[-1])

    return unify(values, build)


case = function(
    "case",
    2,
    None,
    help="The value after the first true condition, else null.",
    examples=(('case(1=2, "a", true(), "b")', "b"),),
    lazy=True,
)(lambda site: _chosen(site, wanted=True))
validate = function(
    "validate", 2, None, help="The value after the first false condition.", examples=(('validate(1=1, "a", 1=2, "b")', "b"),), lazy=True
)(lambda site: _chosen(site, wanted=False))


@function(
    "coalesce", 1, None, help="The first value that is not null; the empty text is not null.", examples=(('coalesce(null(), "x")', "x"),)
)
def coalesce(site: Site) -> Value:
    """`coalesce(a, b, …)`."""
    values = list(site.arguments)
    if any(v.kind is Kind.MULTI for v in values):
        return unify(values, lambda parts: call("multiIf", *(x for p in parts[:-1] for x in (call("notEmpty", p), p)), parts[-1]))
    return unify(values, lambda parts: call("coalesce", *parts))


isnull = function("isnull", 1, help="Whether a value is absent.", examples=(("if(isnull(null()), 1, 0)", "1"),))(
    lambda site: _boolean(absent(site.arguments[0]))
)
isnotnull = function("isnotnull", 1, help="Whether there is a value.", examples=(("if(isnotnull(1), 1, 0)", "1"),))(
    lambda site: _boolean(present(site.arguments[0]))
)
null = function("null", 0, help="No value.", examples=(('coalesce(null(), "none")', "none"),))(lambda _: constant(None))
true = function("true", 0, help="True.", examples=(("if(true(), 1, 0)", "1"),))(lambda _: constant(value=True))
false = function("false", 0, help="False.", examples=(("if(false(), 1, 0)", "0"),))(lambda _: constant(value=False))


@function("nullif", 2, help="Null when both are equal, else the first.", examples=(('coalesce(nullif("a", "a"), "same")', "same"),))
def nullif(site: Site) -> Value:
    """`nullif(a, b)`."""
    first, second = site.arguments
    same = call("ifNull", compare("=", first, second), exp.false())
    return unify([first, constant(None)], lambda parts: call("if", same, parts[1], parts[0]))


@function(
    "in", 2, None, help="Whether the first value equals one of the others, by case.", examples=(('if(in("b", "a", "b"), 1, 0)', "1"),)
)
def in_(site: Site) -> Value:
    """`in(x, a, b, …)`."""
    return _boolean(any_of(compare("=", site.arguments[0], a) for a in site.arguments[1:]))


def _kind(name: str, help_text: str, kinds: set[Kind]) -> Function:
    return function(name, 1, help=help_text)(
        lambda site: _boolean(literal(site.arguments[0].kind in kinds and not site.arguments[0].is_null))
    )


isbool = _kind("isbool", "Whether the value is true or false by kind.", {Kind.BOOLEAN})
ismv = function("ismv", 1, help="Whether the value is a multivalue with more than one member.")(
    lambda site: _boolean(
        infix(exp.GT, call("length", site.arguments[0].sql), literal(1)) if site.arguments[0].kind is Kind.MULTI else exp.false()
    )
)
