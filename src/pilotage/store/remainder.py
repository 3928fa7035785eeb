"""The fields of an event row beyond the fixed ones, as name → JSON text pairs worked out in the engine."""

from __future__ import annotations

from sqlglot import exp

from pilotage.store.fields import FIXED, sql

_EXACT = "9007199254740992"

# An integer beyond 2^53 is written as a string, so that no reader rounds it; a double that JSON cannot hold likewise.
_TYPED = f"""multiIf(
  t = 's' OR t = 'x', toJSONString(v),
  t = 'i', if(length(v) < 16 OR abs(toInt128OrZero(v)) <= {_EXACT}, v, concat('"', v, '"')),
  t = 'd', if(isFinite(toFloat64OrZero(v)), v, concat('"', v, '"')),
  t = 'n', 'null', v)"""
_MEMBER = """if(match(x.2, '^-?[0-9]{16,}$') AND abs(toInt128OrZero(x.2)) > 9007199254740992, concat('"', x.2, '"'), x.2)"""

# `service.*` and `telemetry.sdk.*` always mean the resource: a record that repeats them shows its own under the prefix.
_RESOURCE_ONLY = "(startsWith({0}, 'service.') OR startsWith({0}, 'telemetry.sdk.'))"
_TAKEN = "(has(FIXED, {0}) OR " + _RESOURCE_ONLY + " AND JSONHas(resource, {0}))"
_RECORD = f"""arrayMap((k, v, t) -> (if({_TAKEN.format("k")}, concat('attributes.', k), k), {_TYPED}),
  if(attribute_keys = '', CAST([] AS Array(String)), arrayPopFront(arrayPopBack(splitByChar('\\x1f', attribute_keys)))),
  attributes, ngrams(attribute_types, 1))"""
_DIMENSIONS = (
    f"arrayMap(x -> (if({_TAKEN.format('x.1')}, concat('attributes.', x.1), x.1), {_MEMBER}), JSONExtractKeysAndValuesRaw(attributes))"
)
_HIDDEN = f"(has(FIXED, x.1) OR SHADOWED AND NOT {_RESOURCE_ONLY.format('x.1')})"
_RESOURCE = f"""arrayMap(x -> (if({_HIDDEN}, concat('resource.', x.1), x.1), {_MEMBER}), JSONExtractKeysAndValuesRaw(resource))"""
_SCOPE = f"arrayMap(x -> (concat('scope.', x.1), {_MEMBER}), JSONExtractKeysAndValuesRaw(scope))"
_SHADOWED_RECORD = "position(attribute_keys, concat('\\x1f', x.1, '\\x1f')) > 0"
_SHADOWED_POINT = "JSONHas(attributes, x.1)"


def remainder(table: str, excluded: tuple[str, ...]) -> exp.Expression:
    """`Array(Tuple(String, String))`: attributes, resource and scope of a row as name → JSON text, without `excluded`.

    An attribute or resource member named like a fixed field appears with its explicit prefix, so does a resource member that an
    attribute shadows.
    """
    record = _DIMENSIONS if table == "points" else _RECORD
    shadowed = _SHADOWED_POINT if table == "points" else _SHADOWED_RECORD
    names = exp.Array(expressions=[exp.Literal.string(n) for n in FIXED[table]])
    text = f"arrayConcat({record}, {_RESOURCE.replace('SHADOWED', shadowed)}, {_SCOPE})"
    tree = sql(text)
    tree = tree.transform(lambda n: names.copy() if isinstance(n, exp.Column) and n.name == "FIXED" else n)
    if not excluded:
        return tree
    keep = sql("arrayFilter(x -> NOT has(EXCLUDED, x.1), ALL_FIELDS)")
    unwanted = exp.Array(expressions=[exp.Literal.string(n) for n in excluded])
    parts = {"EXCLUDED": unwanted, "ALL_FIELDS": tree}
    return keep.transform(lambda n: parts[n.name].copy() if isinstance(n, exp.Column) and n.name in parts else n)
