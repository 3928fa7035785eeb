"""JSON inside a text: the object or array that a message holds, alone, at its end or in its middle, and members of it by path."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.plan.extracting import JsonFilter
from pilotage.language.plan.parsing import json_steps
from pilotage.language.sql.fragments import Sql, call, infix, lambda_, literal, parameter
from pilotage.language.sql.value import Value
from pilotage.model.fields import Kind

_DEEPEST = 8
"""Levels of an object inside other text; what is JSON as a whole may be deeper."""


def _balanced() -> str:
    """An object with its strings, up to `_DEEPEST` levels, that begins with a key; or an array at the start."""
    string = r'"(?:[^"\\]|\\.)*"'
    inner = rf'(?:[^{{}}\[\]"]|{string})*'
    for _ in range(_DEEPEST):
        inner = rf'(?:[^{{}}\[\]"]|{string}|[{{\[]{inner}[}}\]])*'
    return rf"^\s*\[{inner}\]|\{{\s*(?:{string}\s*:{inner})?\}}"


_OBJECT = f"(?s)({_balanced()})"


def json_part(text: Sql) -> Sql:
    """The JSON that a text (`String`) holds: the whole, or the first object in it, whatever follows; '' when none."""
    # No lambda here: the engine plans a chain of them for seconds.
    return call("if", call("isValidJSON", text), text, call("extract", text, _OBJECT))


def member(part: Sql, steps: tuple[str | int, ...]) -> Sql:
    """The raw JSON at a path, '' when there is none; case matters."""
    return call("JSONExtractRaw", part, *_keys(steps))


def loose_member(part: Sql, name: str) -> Sql:
    """The raw JSON that an automatic name means: the path `a.b` or the key `a.b`, in any case, `_` for blanks or dashes."""
    steps = json_steps(name) or (name,)
    tries = [member(part, steps), call("JSONExtractRawCaseInsensitive", part, *_keys(steps))]
    if len(steps) > 1:
        tries.append(call("JSONExtractRawCaseInsensitive", part, name))
    if "_" in name:
        tries += [call("JSONExtractRawCaseInsensitive", part, name.replace("_", letter)) for letter in (" ", "-")]
    found = tries.pop()
    while tries:
        better = tries.pop()
        found = call("if", call("notEmpty", better), better, found)
    return found


def members(part: Sql, way: JsonFilter) -> Value:
    """What a path with a condition on members leads to: the JSON text of an array, null when none fits."""
    one = parameter("j")
    raw = member(one, way.keys)
    plain = call("if", call("startsWith", raw, '"'), call("JSONExtractString", raw), raw)
    fits: Sql
    if not way.op:
        fits = call("notEmpty", raw)
    elif way.op in _SAME:
        fits = infix(_SAME[way.op], plain, literal(way.value))
    else:
        wanted = call("toFloat64OrNull", literal(way.value))
        fits = call("ifNull", infix(_ORDERS[way.op], call("toFloat64OrNull", plain), wanted), exp.false())
    every = call("arrayFilter", lambda_("j", fits), call("JSONExtractArrayRaw", part, *_keys(way.path)))
    if way.rest:
        every = call("arrayFilter", lambda_("j", call("notEmpty", one)), call("arrayMap", lambda_("j", member(one, way.rest)), every))
    found = call("concat", "[", call("arrayStringConcat", every, ","), "]")
    return Value(call("nullIf", found, "[]"), Kind.VALUE, literal("a"))


_SAME: dict[str, type[exp.Binary]] = {"==": exp.EQ, "!=": exp.NEQ}
_ORDERS: dict[str, type[exp.Binary]] = {"<": exp.LT, "<=": exp.LTE, ">": exp.GT, ">=": exp.GTE}


def _keys(steps: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return tuple(step + 1 if isinstance(step, int) else step for step in steps)


def of_raw(raw: Sql) -> Value:
    """A raw JSON member as a value: texts without quotes, objects and arrays as their JSON, absent and null as null."""
    plain = call("if", call("startsWith", raw, '"'), call("JSONExtractString", raw), raw)
    number = call("if", call("match", raw, "[.eE]"), "d", "i")
    other = call("translate", call("substring", raw, 1, 1), '"{[tf', "skabb")
    letter = call("if", call("match", raw, "^[-0-9]"), number, other)
    return Value(call("if", call("has", call("array", "", "null"), raw), None, plain), Kind.VALUE, letter)
