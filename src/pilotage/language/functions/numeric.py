"""Arithmetic functions."""

from __future__ import annotations

from collections.abc import Callable
from math import pi as the_ratio

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, call, infix, is_null, lambda_, literal, parameter
from pilotage.language.sql.signature import Function, Site, function
from pilotage.language.sql.value import Value, double, number, parsed, text
from pilotage.model.fields import Kind


def _number(sql: Sql) -> Value:
    return Value(call("ifNotFinite", sql, None), Kind.NUMBER)


def _plain(name: str, sql_name: str, help_text: str, example: tuple[str, str], aliases: tuple[str, ...] = ()) -> Function:
    return function(name, 1, help=help_text, examples=(example,), aliases=aliases)(
        lambda site: _number(call(sql_name, double(site.arguments[0])))
    )


absolute = _plain("abs", "abs", "The value without its sign.", ("abs(-2)", "2"))
floor = _plain("floor", "floor", "The next whole number down.", ("floor(1.9)", "1"))
ceiling = _plain("ceiling", "ceil", "The next whole number up.", ("ceiling(1.1)", "2"), ("ceil",))
sqrt = _plain("sqrt", "sqrt", "Square root; null of a negative number.", ("sqrt(9)", "3"))
exponential = _plain("exp", "exp", "e to the power of the number.", ("exp(0)", "1"))
ln = _plain("ln", "log", "Natural logarithm.", ("ln(1)", "0"))
exact = _plain("exact", "identity", "The number itself.", ("exact(2.5)", "2.5"))
sine = _plain("sin", "sin", "Sine.", ("sin(0)", "0"))
cosine = _plain("cos", "cos", "Cosine.", ("cos(0)", "1"))
tangent = _plain("tan", "tan", "Tangent.", ("tan(0)", "0"))
arcsine = _plain("asin", "asin", "Arc sine.", ("asin(0)", "0"))
arccosine = _plain("acos", "acos", "Arc cosine.", ("acos(1)", "0"))
arctangent = _plain("atan", "atan", "Arc tangent.", ("atan(0)", "0"))
hyperbolic_sine = _plain("sinh", "sinh", "Hyperbolic sine.", ("sinh(0)", "0"))
hyperbolic_cosine = _plain("cosh", "cosh", "Hyperbolic cosine.", ("cosh(0)", "1"))
hyperbolic_tangent = _plain("tanh", "tanh", "Hyperbolic tangent.", ("tanh(0)", "0"))
area_sine = _plain("asinh", "asinh", "Inverse hyperbolic sine.", ("asinh(0)", "0"))
area_cosine = _plain("acosh", "acosh", "Inverse hyperbolic cosine.", ("acosh(1)", "0"))
area_tangent = _plain("atanh", "atanh", "Inverse hyperbolic tangent.", ("atanh(0)", "0"))


def _two(name: str, sql_name: str, help_text: str, example: tuple[str, str]) -> Function:
    return function(name, 2, help=help_text, examples=(example,))(
        lambda site: _number(call(sql_name, double(site.arguments[0]), double(site.arguments[1])))
    )


power = _two("pow", "pow", "The first number to the power of the second.", ("pow(2, 10)", "1024"))
arctangent2 = _two("atan2", "atan2", "The angle of a point (y, x).", ("atan2(0, 1)", "0"))
hypotenuse = _two("hypot", "hypot", "Length of a vector.", ("hypot(3, 4)", "5"))
pi = function("pi", 0, help="The ratio of circumference to diameter.", examples=(("floor(pi() * 100)", "314"),))(
    lambda _: Value(literal(the_ratio), Kind.NUMBER)
)
random = function("random", 0, help="A random whole number from 0 to 2147483647.", examples=(("if(random() >= 0, 1, 0)", "1"),))(
    lambda _: Value(call("intDiv", call("rand"), 2), Kind.NUMBER)
)


@function("round", 1, 2, help="Rounded, halves away from zero.", examples=(("round(2.5)", "3"), ("round(3.14159, 2)", "3.14")))
def round_(site: Site) -> Value:
    """`round(x[, places])`."""
    value = double(site.arguments[0])
    half = infix(exp.Mul, call("sign", value), literal(0.5))
    if len(site.arguments) == 1:
        return _number(call("trunc", infix(exp.Add, value, half)))
    factor = call("exp10", double(site.arguments[1]))
    known = site.arguments[1].constant
    if known and isinstance(known[0], int) and abs(known[0]) < 300:
        factor = literal(float(f"1e{known[0]}"))
    return _number(infix(exp.Div, call("trunc", infix(exp.Add, infix(exp.Mul, value, factor), half)), factor))


@function("log", 1, 2, help="Logarithm to a base, 10 if none is given.", examples=(("log(1000)", "3"), ("log(8, 2)", "3")))
def log(site: Site) -> Value:
    """`log(x[, base])`."""
    value = double(site.arguments[0])
    if len(site.arguments) == 1:
        return _number(call("log10", value))
    known = site.arguments[1].constant
    if known and known[0] == 2:
        return _number(call("log2", value))
    return _number(infix(exp.Div, call("log", value), call("log", double(site.arguments[1]))))


@function("sigfig", 1, help="The number with its significant digits.", examples=(("sigfig(1.5)", "1.5"),))
def sigfig(site: Site) -> Value:
    """`sigfig(x)`: a double keeps them as they are."""
    return _number(double(site.arguments[0]))


def _extreme(name: str) -> Callable[[Site], Value]:
    numeric = "arrayMax" if name == "max" else "arrayMin"

    def build(site: Site) -> Value:
        if all(a.kind is Kind.NUMBER for a in site.arguments):
            values = call("arrayFilter", _present(), call("array", *(call("toNullable", double(a)) for a in site.arguments)))
            return _number(call("if", call("empty", values), None, call(numeric, values)))
        # Texts are greater than numbers: pairs (is text, number, text) compare as the language wants.
        items = [
            call("tuple", call("isNull", parsed(text(a))), call("ifNull", number(a), 0.0), call("ifNull", text(a), ""), is_null(text(a)))
            for a in site.arguments
        ]
        known = lambda_("t", exp.Not(this=call("tupleElement", parameter("t"), 4)))
        ordered = call("arraySort", call("arrayFilter", known, call("array", *items)))
        best = call("arrayElement", ordered, -1 if name == "max" else 1)
        return Value(call("nullIf", call("tupleElement", best, 3), ""), Kind.VALUE)

    return build


def _assumed() -> Sql:
    return exp.Lambda(this=call("assumeNotNull", exp.Column(this=exp.Identifier(this="x"))), expressions=[exp.Identifier(this="x")])


def _present() -> Sql:
    return exp.Lambda(this=call("isNotNull", exp.Column(this=exp.Identifier(this="x"))), expressions=[exp.Identifier(this="x")])


maximum = function(
    "max", 1, None, help="The greatest; texts are greater than numbers.", examples=(("max(1, 10, 9)", "10"), ('max(1, "a")', "a"))
)(_extreme("max"))
minimum = function("min", 1, None, help="The least; numbers are less than texts.", examples=(("min(1, 10, 9)", "1"),))(_extreme("min"))


def _folded(name: str, help_text: str, example: tuple[str, str]) -> Function:
    def build(site: Site) -> Value:
        values = call("arrayFilter", _present(), call("array", *(call("toNullable", double(a)) for a in site.arguments)))
        return _number(call("if", call("empty", values), None, call("arraySum" if name == "sum" else "arrayAvg", _assumed(), values)))

    return function(name, 1, None, help=help_text, examples=(example,))(build)


sum_ = _folded("sum", "The sum of the numbers among the arguments.", ("sum(1, 2)", "3"))
average = _folded("avg", "The mean of the numbers among the arguments.", ("avg(1, 2)", "1.5"))
