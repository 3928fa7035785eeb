"""Sumo's further functions of numbers: roots, logarithms, angles, hexadecimal spelling, check digits, masks of networks."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, all_of, call, infix, literal, parameter
from pilotage.language.sql.signature import Function, Site, function
from pilotage.language.sql.value import Value, double, number, text
from pilotage.model.fields import Kind


def _finite(sql: Sql) -> Value:
    """A number; null for what is none, such as the logarithm of 0."""
    return Value(call("if", call("isFinite", call("ifNull", sql, literal(0.0))), sql, None), Kind.NUMBER)


def _plain(name: str, help_text: str, example: tuple[str, str], build: Callable[[Sql], Sql]) -> Function:
    return function(f"sumo.{name}", 1, help=help_text, sumo=(name,), examples=(example,))(
        lambda site: _finite(build(double(site.arguments[0])))
    )


cbrt = _plain("cbrt", "The cube root.", ("cbrt(-27)", "-3"), lambda value: call("cbrt", value))
log10 = _plain("log10", "The logarithm to base 10; null of what has none.", ("log10(1000)", "3"), lambda value: call("log10", value))
log1p = _plain("log1p", "The natural logarithm of 1 and the number.", ("log1p(0)", "0"), lambda value: call("log1p", value))
expm1 = _plain("expm1", "e to the number, less 1.", ("expm1(0)", "0"), lambda value: infix(exp.Sub, call("exp", value), literal(1.0)))
signum = _plain("signum", "-1, 0 or 1.", ("signum(-2.5)", "-1"), lambda value: call("sign", value))
degrees = _plain("todegrees", "Radians as degrees.", ("toDegrees(0)", "0"), lambda value: call("degrees", value))
radians = _plain("toradians", "Degrees as radians.", ("toRadians(0)", "0"), lambda value: call("radians", value))


@function("sumo.dectohex", 1, help="A whole number in hexadecimal digits.", sumo=("dectohex",), examples=(("decToHex(255)", "FF"),))
def to_hex(site: Site) -> Value:
    """`decToHex(n)`: without leading zeros; null for negative numbers and what is none."""
    value = call("toInt64", call("trunc", call("CAST", number(site.arguments[0]), "Nullable(Float64)")))
    digits = call("trimLeft", call("hex", call("reinterpretAsUInt64", call("ifNull", value, 0))), "0")
    shown = call("if", call("empty", digits), "0", digits)
    return Value(call("if", call("ifNull", infix(exp.GTE, value, literal(0)), exp.false()), shown, None), Kind.TEXT)


@function(
    "sumo.hextodec",
    1,
    help="The whole number that hexadecimal digits spell; null if they spell none of up to 63 bits.",
    sumo=("hextodec", "parsehex"),
    examples=(('hexToDec("0xFF")', "255"), ('parseHex("1f")', "31")),
)
def from_hex(site: Site) -> Value:
    """`hexToDec(s)`."""
    digits = call("replaceRegexpOne", call("ifNull", text(site.arguments[0]), ""), "^0[xX]", "")
    padded = call("leftPad", digits, 16, "0")
    value = call("toInt64", call("reinterpretAsUInt64", call("reverse", call("unhex", padded))))
    fits = call("match", digits, "^(?:[0-9a-fA-F]{1,15}|0*[0-7][0-9a-fA-F]{15})$")
    return Value(call("if", fits, value, None), Kind.NUMBER)


@function(
    "sumo.luhn",
    1,
    help="Whether the digits of a text end with the check digit of Luhn's formula, as numbers of cards do.",
    sumo=("luhn",),
    examples=(('luhn("4111 1111 1111 1111")', "true"), ('luhn("4111111111111112")', "false")),
)
def luhn(site: Site) -> Value:
    """`luhn(s)`: blanks and dashes between the digits do not count."""
    plain = call("replaceRegexpAll", call("ifNull", text(site.arguments[0]), ""), "[ -]", "")
    digits = call("arrayReverse", call("extractAll", plain, r"\d"))
    digit = call("toUInt8OrZero", parameter("d"))
    double_ = infix(exp.Mul, digit, literal(2))
    folded = call("if", infix(exp.GT, double_, literal(9)), infix(exp.Sub, double_, literal(9)), double_)
    even = infix(exp.EQ, call("modulo", parameter("i"), 2), literal(0))
    pair = exp.Lambda(
        this=call("if", even, folded, call("toInt32", digit)),
        expressions=[exp.Identifier(this="d", quoted=False), exp.Identifier(this="i", quoted=False)],
    )
    total = call("arraySum", pair, digits, call("arrayEnumerate", digits))
    return Value(all_of((call("match", plain, r"^\d+$"), infix(exp.EQ, call("modulo", total, 10), literal(0)))), Kind.BOOLEAN)


@function(
    "sumo.maskfromcidr",
    1,
    help="The mask of a network by the number of its first bits.",
    sumo=("maskfromcidr",),
    examples=(("maskFromCIDR(20)", "255.255.240.0"),),
)
def mask(site: Site) -> Value:
    """`maskFromCIDR(bits)`: null beyond 0 to 32."""
    bits = call("CAST", number(site.arguments[0]), "Nullable(Float64)")
    safe = call("toUInt8", call("least", call("greatest", call("ifNull", bits, 0), 0), 32))
    whole = call("bitShiftLeft", call("toUInt64", 4_294_967_295), infix(exp.Sub, literal(32), safe))
    shown = call("IPv4NumToString", call("toUInt32", call("bitAnd", whole, call("toUInt64", 4_294_967_295))))
    within = all_of((infix(exp.GTE, bits, literal(0)), infix(exp.LTE, bits, literal(32))))
    return Value(call("if", call("ifNull", within, exp.false()), shown, None), Kind.TEXT)
