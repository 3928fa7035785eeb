"""The fields of an event row beyond the fixed ones, as name → JSON text pairs worked out in the engine."""

from __future__ import annotations

import functools

from sqlglot import exp

from pilotage.store.fields import FIXED

# An integer from 2^53 on is written as a string, so that no reader rounds it; a double that JSON cannot hold likewise.
_HUGE = "abs(toFloat64OrZero({0})) >= 9007199254740992"
_TYPED = (
    f"multiIf(t IN ('s', 'x') OR (t = 'i' AND {_HUGE.format('v')}) OR (t = 'd' AND match(v, 'n')), toJSONString(v), t = 'n', 'null', v)"
)
_RECORD = (
    f"arrayMap((k, v, t) -> (if(has(FIXED, k), concat('attributes.', k), k), {_TYPED}), "
    "arrayPopFront(arrayPopBack(splitByChar('\\x1f', attribute_keys))), attributes, ngrams(attribute_types, 1))"
)
_PAIRS = "JSONExtractKeysAndValuesRaw({0})"
_MEMBER = f"if(match(x.2, '^-?[0-9]{{16,}}$') AND {_HUGE.format('x.2')}, toJSONString(x.2), x.2)"


def _members(places: tuple[str, ...], shadowed: str) -> str:
    """Members of the JSON columns `places`; a name gets its place as a prefix when it is taken, and always in a scope."""
    pairs = ", ".join(_PAIRS.format(p) for p in places)
    prefixes = ", ".join(f"arrayWithConstant(length({_PAIRS.format(p)}), '{p}.')" for p in places)
    name = f"concat(if(p = 'scope.' OR has(FIXED, x.1) OR ({shadowed}), p, ''), x.1)"
    return f"arrayMap((x, p) -> ({name}, {_MEMBER}), arrayConcat({pairs}), arrayConcat({prefixes}))"


@functools.cache
def _text(table: str) -> str:
    if table == "points":
        text = _members(("attributes", "resource", "scope"), "p = 'resource.' AND JSONHas(attributes, x.1)")
    else:
        text = f"arrayConcat({_RECORD}, {_members(('resource', 'scope'), _SHADOWED)})"
    return text.replace("FIXED", _strings(tuple(FIXED[table])))


_SHADOWED = "position(attribute_keys, concat('\\x1f', x.1, '\\x1f')) > 0"


def _strings(names: tuple[str, ...]) -> str:
    return exp.Array(expressions=[exp.Literal.string(n) for n in names]).sql(dialect="clickhouse")


def remainder(table: str, excluded: tuple[str, ...]) -> exp.Expression:
    """`Array(Tuple(String, String))`: attributes, resource and scope of a row as name → JSON text, without `excluded`.

    An attribute or resource member named like a fixed field appears with its explicit prefix, so does a resource member that an
    attribute shadows. The expression is one of our own texts: building and printing its tree would cost more than most queries.
    """
    text = _text(table)
    return exp.Var(this=f"arrayFilter(x -> NOT has({_strings(excluded)}, x.1), {text})" if excluded else text)
