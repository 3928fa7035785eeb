"""Between texts and numbers, and what a value looks like."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, all_of, call, infix, literal, negation, within
from pilotage.language.sql.signature import Site, function, refuse
from pilotage.language.sql.value import Value, absent, double, number, present, text
from pilotage.model.fields import Kind


@function(
    "tonumber",
    1,
    2,
    help="The number a text spells, in base 10 or the given one; null if none.",
    examples=(('tonumber("12")', "12"), ('tonumber("ff", 16)', "255")),
)
def tonumber(site: Site) -> Value:
    """`tonumber(s[, base])`."""
    if len(site.arguments) == 1:
        return Value(number(site.arguments[0]), Kind.NUMBER)
    base = int(float(site.text_constant(1)))
    if not 2 <= base <= 36:
        raise refuse(site, "takes a base from 2 to 36")
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"[:base]
    source = call("lower", text(site.arguments[0]))
    letter = exp.Column(this=exp.Identifier(this="d"))
    place = infix(exp.Sub, call("position", digits, letter), literal(1))
    folded = call(
        "arrayFold",
        exp.Lambda(
            this=infix(
                exp.Add, infix(exp.Mul, exp.Column(this=exp.Identifier(this="acc")), literal(float(base))), call("toFloat64", place)
            ),
            expressions=[exp.Identifier(this="acc"), exp.Identifier(this="d")],
        ),
        call("ngrams", call("assumeNotNull", source), 1),
        call("toFloat64", 0),
    )
    return Value(call("if", call("ifNull", call("match", source, f"^[{digits}]+$"), exp.false()), folded, None), Kind.NUMBER)


@function(
    "tostring",
    1,
    2,
    help='The value as text; a number also as `"commas"`, `"hex"` or `"duration"`.',
    examples=(('tostring(12345.678, "commas")', "12,345.68"), ('tostring(255, "hex")', "0xFF"), ('tostring(3661, "duration")', "01:01:01")),
)
def tostring(site: Site) -> Value:
    """`tostring(x[, form])`."""
    value = site.arguments[0]
    if len(site.arguments) == 1:
        if value.kind is Kind.MULTI:
            return value
        return Value(text(value), Kind.TEXT)
    form = site.text_constant(1).lower()
    builders = {"commas": _commas, "hex": _hexadecimal, "duration": _duration}
    if form not in builders:
        raise refuse(site, f"does not know the form `{form}`", hint='use "commas", "hex" or "duration"')
    return Value(builders[form](number(value)), Kind.TEXT)


def _commas(value: Sql) -> Sql:
    rounded = call("round", call("abs", call("toFloat64", value)), 2)
    whole = call("toString", call("toUInt64", call("trunc", rounded)))
    grouped = call("reverse", call("replaceRegexpAll", call("reverse", whole), "(\\d{3})", "\\1,"))
    trimmed = call("replaceRegexpOne", grouped, "^,", "")
    cents = call("toUInt64", call("round", infix(exp.Mul, infix(exp.Sub, rounded, call("trunc", rounded)), literal(100))))
    fraction = call("if", infix(exp.GT, cents, literal(0)), call("concat", ".", call("leftPad", call("toString", cents), 2, "0")), "")
    return call("concat", call("if", infix(exp.LT, value, literal(0)), "-", ""), trimmed, fraction)


def _hexadecimal(value: Sql) -> Sql:
    digits = call("replaceRegexpOne", call("hex", call("toUInt64", call("abs", call("toFloat64", value)))), "^0+(.)", "\\1")
    return call("concat", "0x", digits)


def _duration(value: Sql) -> Sql:
    seconds = call("toUInt64", call("abs", call("toFloat64", value)))

    def two(part: Sql) -> Sql:
        return call("leftPad", call("toString", part), 2, "0")

    days = call("intDiv", seconds, 86400)
    clock = call(
        "concat",
        two(call("modulo", call("intDiv", seconds, 3600), 24)),
        ":",
        two(call("modulo", call("intDiv", seconds, 60), 60)),
        ":",
        two(call("modulo", seconds, 60)),
    )
    sign = call("if", infix(exp.LT, value, literal(0)), "-", "")
    return call("concat", sign, call("if", infix(exp.GT, days, literal(0)), call("concat", call("toString", days), "+"), ""), clock)


def _numeric(value: Value) -> Sql:
    return call("isNotNull", number(value))


@function("isnum", 1, help="Whether the value is or looks like a number.", examples=(('if(isnum("12"), 1, 0)', "1"),))
def isnum(site: Site) -> Value:
    """`isnum(x)`."""
    return Value(_numeric(site.arguments[0]), Kind.BOOLEAN)


@function("isint", 1, help="Whether the value is or looks like a whole number.", examples=(("if(isint(1.5), 1, 0)", "0"),))
def isint(site: Site) -> Value:
    """`isint(x)`."""
    value = number(site.arguments[0])
    return Value(call("ifNull", infix(exp.EQ, value, call("trunc", value)), exp.false()), Kind.BOOLEAN)


@function("isstr", 1, help="Whether the value is a text that does not look like a number.", examples=(('if(isstr("a"), 1, 0)', "1"),))
def isstr(site: Site) -> Value:
    """`isstr(x)`."""
    value = site.arguments[0]
    return Value(all_of((present(value), negation(_numeric(value)))), Kind.BOOLEAN)


@function("typeof", 1, help="`Number`, `String`, `Boolean`, `Multivalue` or `Invalid` (null).", examples=(("typeof(1)", "Number"),))
def typeof(site: Site) -> Value:
    """`typeof(x)`."""
    value = site.arguments[0]
    if value.kind is Kind.BOOLEAN:
        return Value(literal("Boolean"), Kind.TEXT)
    if value.kind is Kind.MULTI:
        return Value(call("if", absent(value), "Invalid", "Multivalue"), Kind.TEXT)
    return Value(call("multiIf", absent(value), "Invalid", _numeric(value), "Number", "String"), Kind.TEXT)


toint = function("toint", 1, help="The number cut to a whole one.", examples=(("toint(2.9)", "2"),))(
    lambda site: Value(call("trunc", double(site.arguments[0])), Kind.NUMBER)
)
todouble = function("todouble", 1, help="The value as a number.", examples=(('todouble("2.5")', "2.5"),))(
    lambda site: Value(double(site.arguments[0]), Kind.NUMBER)
)


@function(
    "tobool",
    1,
    help="True or false from `true`, `t`, `1` and `false`, `f`, `0`; null for anything else.",
    examples=(('if(tobool("T"), 1, 0)', "1"),),
)
def tobool(site: Site) -> Value:
    """`tobool(x)`."""
    value = site.arguments[0]
    if value.kind is Kind.BOOLEAN:
        return value
    word = call("lower", text(value))
    yes, no = within(word, ("true", "t", "1")), within(word, ("false", "f", "0"))
    return Value(call("multiIf", yes, exp.true(), no, exp.false(), None), Kind.BOOLEAN)


@function("isdouble", 1, help="Whether the value is or looks like a number with a fraction.", examples=(("if(isdouble(1.5), 1, 0)", "1"),))
def isdouble(site: Site) -> Value:
    """`isdouble(x)`."""
    value = number(site.arguments[0])
    return Value(call("ifNull", infix(exp.NEQ, value, call("trunc", value)), exp.false()), Kind.BOOLEAN)
