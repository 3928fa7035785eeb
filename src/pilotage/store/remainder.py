"""The fields of an event row beyond the fixed ones, worked out in the engine: as name → JSON text pairs, or as members of a JSON object.

The expressions are texts of our own: building and printing their trees would cost more than most queries. They are written with as few
function calls as can be, because an engine analyses each call anew for every statement.
"""

from __future__ import annotations

import functools
import re

from sqlglot import exp

from pilotage.store.fields import FIXED, RESOURCE_ONLY

EXACT = 2**53 + 1
"""Integers from here on are written as strings, so that no reader rounds them."""


def _integers_from(least: int) -> str:
    """A regular expression for the decimal integers of at least `least`, without sign."""
    digits = str(least)
    ways = [rf"[0-9]{{{len(digits) + 1},}}", digits]
    for place, digit in enumerate(digits):
        if digit < "9":
            ways.append(f"{digits[:place]}[{int(digit) + 1}-9][0-9]{{{len(digits) - place - 1}}}")
    return f"(?:{'|'.join(ways)})"


def _quoted(text: str) -> str:
    return exp.Literal.string(text).sql(dialect="clickhouse")


_HUGE = f"-?{_integers_from(EXACT)}$"
# Texts, bytes, huge integers, and doubles that JSON cannot hold are strings; the type letter stands before the value.
_STRINGS = _quoted(f"^(?:[sx]|i{_HUGE}|d.*[nN])")
_TYPED = f"multiIf(match(concat(t, v), {_STRINGS}), toJSONString(v), t = 'n', 'null', v)"
_MEMBER = f"if(match(x.2, {_quoted('^' + _HUGE)}), toJSONString(x.2), x.2)"
_RECORD = "arrayPopFront(arrayPopBack(splitByChar('\\x1f', attribute_keys))), attributes, ngrams(attribute_types, 1)"
_PAIRS = "JSONExtractKeysAndValuesRaw({0})"
_ALWAYS_RESOURCE = "|".join(map(re.escape, RESOURCE_ONLY))


def _alternatives(names: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, names))


@functools.cache
def _places(table: str) -> tuple[tuple[str, str, str], ...]:
    """The places of other fields in order: lambda parameters and what they run over, the prefix a name gets, name and value."""
    fixed = _alternatives(tuple(FIXED[table]))
    taken = _quoted(f"^(?:{_ALWAYS_RESOURCE}|(?:{fixed})$)")
    shadowed = "JSONHas(attributes, x.1)" if table == "points" else "position(attribute_keys, concat('\\x1f', x.1, '\\x1f')) > 0"
    hidden = f"match(x.1, {_quoted(f'^(?:{fixed})$')}) OR ({shadowed} AND NOT match(x.1, {_quoted(f'^(?:{_ALWAYS_RESOURCE})')}))"
    own = (
        ("x", f"if(match(x.1, {taken}), 'attributes.', '')", _PAIRS.format("attributes"))
        if table == "points"
        else ("(k, v, t)", f"if(match(k, {taken}), 'attributes.', '')", _RECORD)
    )
    return (own, ("x", f"if({hidden}, 'resource.', '')", _PAIRS.format("resource")), ("x", "'scope.'", _PAIRS.format("scope")))


@functools.cache
def _text(table: str, *, members: bool) -> str:
    parts = []
    for parameters, prefix, items in _places(table):
        name, value = ("k", _TYPED) if parameters != "x" else ("x.1", _MEMBER)
        if members:
            each = f"concat(',\"', {prefix}, substring(toJSONString({name}), 2), ':', {value})"
            parts.append(f"arrayStringConcat(arrayMap({parameters} -> {each}, {items}))")
        else:
            parts.append(f"arrayMap({parameters} -> (concat({prefix}, {name}), {value}), {items})")
    return f"{'concat' if members else 'arrayConcat'}({', '.join(parts)})"


def remainder(table: str, excluded: tuple[str, ...]) -> exp.Expression:
    """`Array(Tuple(String, String))`: attributes, resource and scope of a row as name → JSON text, without `excluded`.

    An attribute or resource member named like a fixed field appears with its explicit prefix, so does a resource member that an
    attribute shadows, and an attribute whose name always means the resource; a scope member has its prefix always.
    """
    text = _text(table, members=False)
    if not excluded:
        return exp.Var(this=text)
    unwanted = exp.Array(expressions=[exp.Literal.string(n) for n in excluded]).sql(dialect="clickhouse")
    return exp.Var(this=f"arrayFilter(x -> NOT has({unwanted}, x.1), {text})")


def remainder_members(table: str) -> exp.Expression:
    """The same without exclusions as one text `,"name":value,"name":value…`, '' when there are none."""
    return exp.Var(this=_text(table, members=True))
