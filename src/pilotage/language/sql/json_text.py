"""JSON inside a text: the object or array that a message holds, alone, at its end or in its middle, and members of it by path."""

from __future__ import annotations

import re

from sqlglot import exp

from pilotage.language.plan.parsing import json_steps
from pilotage.language.sql.fragments import Sql, call, infix, lambda_, literal, parameter
from pilotage.language.sql.value import Value
from pilotage.model.fields import Kind

_MOST_ENDS = 16
_MOST_STARTS = 8
"""How many brackets are tried for where a JSON text inside another ends or begins."""


def json_part(text: Sql) -> Sql:
    """The JSON that a text (`String`) holds, '' when none: the whole, or from its first bracket on whatever follows, or a later one."""
    tail = call("extract", text, r"[{\[](?s:.*)")
    ends = _places("}", tail)
    prefixes = call("arrayMap", lambda_("e", call("substring", tail, 1, parameter("e"))), ends)
    last = call("arraySlice", call("arrayReverse", prefixes), 1, _MOST_ENDS)
    first = call("arraySlice", prefixes, 1, _MOST_ENDS)
    starts = call("arraySlice", _places("{", text), 1, _MOST_STARTS)
    tails = call("arrayMap", lambda_("b", call("substring", text, parameter("b"))), starts)
    every = call("arrayConcat", last, first, tails)
    found = call("arrayFirst", lambda_("j", call("isValidJSON", parameter("j"))), every)
    return call("multiIf", call("isValidJSON", text), text, call("isValidJSON", tail), tail, found)


def _places(letter: str, text: Sql) -> Sql:
    """Where a letter stands in a text, from 1."""
    lengths = call("arrayMap", lambda_("p", infix(exp.Add, call("length", parameter("p")), literal(1))), call("splitByChar", letter, text))
    return call("arrayPopBack", call("arrayCumSum", lengths))


def member(part: Sql, steps: tuple[str | int, ...]) -> Sql:
    """The raw JSON at a path, '' when there is none; case matters."""
    return call("JSONExtractRaw", part, *_keys(steps))


def loose_member(part: Sql, name: str) -> Sql:
    """The raw JSON that an automatic name means: the path `a.b` or the key `a.b`, in any case, `_` for a letter that a name cannot hold."""
    steps = json_steps(name) or (name,)
    tries = [member(part, steps), call("JSONExtractRawCaseInsensitive", part, *_keys(steps))]
    if len(steps) > 1:
        tries.append(call("JSONExtractRawCaseInsensitive", part, name))
    if "_" in name:
        plain = call("replaceRegexpAll", call("lower", parameter("k")), "[^0-9a-z.]", "_")
        same = infix(exp.EQ, plain, literal(re.sub(r"[^0-9a-z.]", "_", name.lower())))
        tries.append(call("JSONExtractRaw", part, call("arrayFirst", lambda_("k", same), call("JSONExtractKeys", part))))
    found = tries.pop()
    while tries:
        better = tries.pop()
        found = call("if", call("notEmpty", better), better, found)
    return found


def _keys(steps: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return tuple(step + 1 if isinstance(step, int) else step for step in steps)


def of_raw(raw: Sql) -> Value:
    """A raw JSON member as a value: texts without quotes, objects and arrays as their JSON, absent and null as null."""
    plain = call("if", call("startsWith", raw, '"'), call("JSONExtractString", raw), raw)
    number = call("if", call("match", raw, "[.eE]"), "d", "i")
    other = call("translate", call("substring", raw, 1, 1), '"{[tf', "skabb")
    letter = call("if", call("match", raw, "^[-0-9]"), number, other)
    return Value(call("if", call("has", call("array", "", "null"), raw), None, plain), Kind.VALUE, letter)
