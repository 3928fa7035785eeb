"""`mcollect`: rows of a search as points of a metrics index, made by one INSERT … SELECT over their stage."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sqlglot import exp

from pilotage.engine.collection import instant
from pilotage.language.sql.fragments import Sql, call, infix, lambda_, literal, parameter, render
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.value import Value, double, multi, text
from pilotage.model.fields import Kind
from pilotage.model.problem import fail
from pilotage.store.schema import DATABASE

SOURCETYPE = "mcollect_stash"
PREFIX = "metric_name:"
SEPARATOR = "\x1f"
"""Between the names in the option `dimensions`."""
_METADATA = ("host", "source", "sourcetype")
_PAIR = re.compile(r'([\w.:]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')

Options = Mapping[str, str | int | bool | None]


def insertion(relation: Relation, index: str, options: Options) -> str:
    """The statement that writes the rows of a relation with known columns as points of `index`.

    `options`: `split` (`false`, `true`, `allnums`), `dimensions`, `prefix_field`, `marker`, `host`, `source`, `sourcetype`.
    Raises code `metric-missing` when no column holds a metric.
    """
    target = relation.nested()
    names = [name for name in target.names() if name != "index"]
    pairs = _metrics(target, names, options)
    point = target.project(call("arrayJoin", pairs))
    metric, value = call("tupleElement", point, 1), call("tupleElement", point, 2)
    metadata = {name: target.project(_metadata(target, name, options)) for name in _METADATA}
    dimensions = target.project(_dimensions(target, names, options))
    time = target.project(instant(target))
    target.sealed = True
    outer = target.nested()
    columns: dict[str, Sql] = {
        "index": literal(index),
        "time": time,
        "received": call("now64", 3),
        **metadata,
        "metric": metric,
        "series": call("cityHash64", index, metric, dimensions, *metadata.values()),
        "value": value,
        "number": literal("d"),
        "type": literal("gauge"),
        "attributes": dimensions,
        "resource": literal("{}"),
        "scope": literal("{}"),
    }
    for name, sql in columns.items():
        outer.add_projection(f"to_{name}", sql)
    return f"INSERT INTO {DATABASE}.points ({', '.join(f'`{name}`' for name in columns)}) {render(outer.select())}"


def _listed(options: Options) -> list[str]:
    return [name for name in str(options.get("dimensions") or "").split(SEPARATOR) if name]


def _field(target: Relation, name: str) -> Value | None:
    value = target.field(name)
    return None if value is None or value.is_null else value


def _metrics(target: Relation, names: Sequence[str], options: Options) -> Sql:
    """The points of a row: an array of (metric, finite number)."""
    prefix = _field(target, str(options.get("prefix_field") or ""))
    before = call("ifNull", call("concat", text(prefix), "."), "") if prefix is not None else literal("")
    items: list[Sql] = []

    def add(name: Sql, value: Value) -> None:
        items.append(call("tuple", call("concat", before, name), call("CAST", double(value), "Nullable(Float64)")))

    if options.get("split") == "false":
        for name in names:
            value = _field(target, name)
            if name.startswith(PREFIX) and value is not None:
                add(literal(name.removeprefix(PREFIX)), value)
        named, value = _field(target, "metric_name"), _field(target, "_value")
        if named is not None and value is not None:
            add(call("ifNull", text(named), ""), value)
    else:
        for name in _candidates(names, options):
            value = _field(target, name)
            if value is not None and value.kind is not Kind.MULTI:
                add(literal(name.removeprefix(PREFIX)), value)
    if not items:
        hint = 'name a metric as in `eval metric_name="cpu", _value=v`, or use `split=t` with the dimensions'
        raise fail("metric-missing", "the rows hold no metric to write", hint=hint)
    every = call("CAST", call("array", *items), "Array(Tuple(String, Nullable(Float64)))")
    pair = parameter("p")
    there = infix(exp.And, call("isNotNull", call("tupleElement", pair, 2)), call("notEmpty", call("tupleElement", pair, 1)))
    kept = call("arrayFilter", lambda_("p", there), every)
    certain = call("tuple", call("tupleElement", pair, 1), call("assumeNotNull", call("tupleElement", pair, 2)))
    return call("arrayMap", lambda_("p", certain), kept)


def _candidates(names: Sequence[str], options: Options) -> list[str]:
    """Columns that may be metrics when rows are split."""
    taken = {"metric_name", str(options.get("prefix_field") or ""), *_METADATA, *_listed(options)}
    return [name for name in names if not name.startswith("_") and name not in taken]


def _dimensions(target: Relation, names: Sequence[str], options: Options) -> Sql:
    """The dimensions of a row as a JSON object of texts."""
    listed = _listed(options)
    taken = {"metric_name", str(options.get("prefix_field") or ""), *_METADATA}
    items: list[Sql] = []
    for name in listed or names:
        value = _field(target, name)
        if value is None or name in taken or name.startswith(("_", PREFIX)) or (not listed and options.get("split") == "true"):
            continue
        shown = _text(value)
        if not listed and options.get("split") == "allnums":
            shown = call("if", call("isNull", double(value)), shown, None) if value.kind is not Kind.MULTI else shown
        items.append(call("tuple", name, call("toNullable", shown)))
    items += [
        call("tuple", found[1], call("toNullable", found[2] or found[3] or ""))
        for found in _PAIR.finditer(str(options.get("marker") or ""))
    ]
    every = call("CAST", call("array", *items), "Array(Tuple(String, Nullable(String)))")
    pair = parameter("p")
    there = call("arrayFilter", lambda_("p", call("notEmpty", call("ifNull", call("tupleElement", pair, 2), ""))), every)
    shown = call("toJSONString", call("assumeNotNull", call("tupleElement", pair, 2)))
    member = call("concat", call("toJSONString", call("tupleElement", pair, 1)), ":", shown)
    ordered = call("arraySort", lambda_("p", call("tupleElement", pair, 1)), there)
    return call("concat", "{", call("arrayStringConcat", call("arrayMap", lambda_("p", member), ordered), ","), "}")


def _text(value: Value) -> Sql:
    return call("arrayStringConcat", multi(value), "\n") if value.kind is Kind.MULTI else text(value)


def _metadata(target: Relation, name: str, options: Options) -> Sql:
    """`host`, `source` or `sourcetype`: as the option says, else the row's own, which is a dimension like any other."""
    given = options.get(name)
    if given:
        return literal(str(given))
    value = _field(target, name)
    default = SOURCETYPE if name == "sourcetype" else ""
    if value is None or (_listed(options) and name not in _listed(options)):
        return literal(default)
    return call("ifNull", _text(value), default)
