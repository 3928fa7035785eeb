"""Bitwise functions, on whole numbers from 0 to 2^53-1; null for anything else."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, call, infix, literal
from pilotage.language.sql.signature import Function, Site, function
from pilotage.language.sql.value import Value, double
from pilotage.model.fields import Kind

LARGEST = 2**53 - 1


def _whole(value: Value) -> Sql:
    """The number as UInt64, null unless it is whole and within bounds."""
    plain = double(value)
    inside = infix(exp.And, infix(exp.GTE, plain, literal(0)), infix(exp.LTE, plain, literal(LARGEST)))
    whole = infix(exp.And, inside, infix(exp.EQ, plain, call("trunc", plain)))
    bounded = call("least", call("greatest", plain, 0.0), float(LARGEST))
    return call("if", call("ifNull", whole, exp.false()), call("toUInt64", bounded), None)


def _bounded(sql: Sql) -> Value:
    return Value(call("toFloat64", call("bitAnd", sql, call("toUInt64", LARGEST))), Kind.NUMBER)


def _bits(name: str, sql_name: str, example: tuple[str, str]) -> Function:
    def build(site: Site) -> Value:
        parts = [_whole(a) for a in site.arguments]
        result = parts[0]
        for part in parts[1:]:
            result = call(sql_name, result, part)
        return _bounded(result)

    return function(name, 2, None, help="Bitwise on whole numbers.", examples=(example,))(build)


def _shift(name: str, sql_name: str, example: tuple[str, str]) -> Function:
    side = name.rpartition("_")[2]
    return function(name, 2, help=f"The bits of the first number shifted {side} by the second.", examples=(example,))(
        lambda site: _bounded(call(sql_name, _whole(site.arguments[0]), call("least", _whole(site.arguments[1]), 63)))
    )


bit_and = _bits("bit_and", "bitAnd", ("bit_and(6, 3)", "2"))
bit_or = _bits("bit_or", "bitOr", ("bit_or(6, 3)", "7"))
bit_xor = _bits("bit_xor", "bitXor", ("bit_xor(6, 3)", "5"))
bit_shift_left = _shift("bit_shift_left", "bitShiftLeft", ("bit_shift_left(1, 3)", "8"))
bit_shift_right = _shift("bit_shift_right", "bitShiftRight", ("bit_shift_right(8, 3)", "1"))


@function("bit_not", 1, 2, help="The bits turned over, within 53 bits or a mask.", examples=(("bit_not(5, 7)", "2"),))
def bit_not(site: Site) -> Value:
    """`bit_not(x[, mask])`."""
    turned = call("bitNot", _whole(site.arguments[0]))
    return _bounded(call("bitAnd", turned, _whole(site.arguments[1])) if len(site.arguments) > 1 else turned)
