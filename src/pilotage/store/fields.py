"""Where each field of an event table lives, as SQL over that table's own columns (`schema.py` says why attributes look as they do)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import cast

from sqlglot import exp, parse_one

from pilotage.model.fields import FieldSource, Kind
from pilotage.model.names import METADATA_SPELLINGS
from pilotage.store.schema import PROMOTED_PREFIX

SEPARATOR = "\x1f"
SCOPE_OWN = ("name", "version", "schema_url", "dropped_attributes_count")
"""What a scope has besides attributes: only found as `scope.name` and so on."""
RESOURCE_ONLY = ("service.", "telemetry.sdk.")
"""Names that always mean the resource, whatever a record repeats of them (`contract.md` §3)."""


def sql(text: str) -> exp.Expression:
    """One of our own constant expressions, parsed."""
    return cast("exp.Expression", parse_one(text, dialect="clickhouse"))


def call(name: str, *arguments: exp.Expression | str | int) -> exp.Expression:
    """A ClickHouse function by its own name; str and int arguments become literals."""
    return exp.Anonymous(this=name, expressions=[_argument(a) for a in arguments])


def _argument(value: exp.Expression | str | int) -> exp.Expression:
    if isinstance(value, exp.Expression):
        return value
    return exp.Literal.number(value) if isinstance(value, int) else exp.Literal.string(value)


def _column(name: str) -> exp.Column:
    return exp.Column(this=exp.Identifier(this=name, quoted=True))


def _text(column: str) -> FieldSource:
    return FieldSource(call("nullIf", _column(column), ""), Kind.TEXT, equals=_column(column))


def _count(column: str) -> FieldSource:
    return FieldSource(call("nullIf", _column(column), 0), Kind.NUMBER)


def _expression(text: str, kind: Kind) -> FieldSource:
    return FieldSource(sql(text), kind)


def _moment(column: str) -> FieldSource:
    return FieldSource(sql(f"if(toUnixTimestamp64Nano({column}) = 0, NULL, {column})"), Kind.TIME)


_ORIGIN = {name: _text(name) for name in ("index", "source", "sourcetype", "host", "service")}
_TAIL = {"flags": _count("flags"), "resource.schema_url": _text("resource_schema_url")}
_TIME = {"_time": FieldSource(_column("time"), Kind.TIME)}

FIXED: dict[str, dict[str, FieldSource]] = {
    "logs": {
        **_TIME,
        "_raw": FieldSource(sql("if(body_type = 'n', NULL, body)"), Kind.TEXT, equals=_column("body")),
        **_ORIGIN,
        "severity": _text("severity"),
        "severity_number": _count("severity_number"),
        "trace_id": _text("trace_id"),
        "span_id": _text("span_id"),
        "event_name": _text("event_name"),
        "observed_time": _moment("observed"),
        "body_type": FieldSource(sql("if(body_type = 's', NULL, nullIf(body_type, ''))"), Kind.TEXT),
        "dropped_attributes_count": _count("dropped_attributes_count"),
        **_TAIL,
    },
    "spans": {
        **_TIME,
        "trace_id": _text("trace_id"),
        "span_id": _text("span_id"),
        "parent_span_id": _text("parent_span_id"),
        "name": FieldSource(_column("name"), Kind.TEXT, equals=_column("name")),
        "kind": _text("kind"),
        "status": _text("status"),
        "status_message": _text("status_message"),
        "duration": _expression("duration / 1000000000", Kind.NUMBER),
        **_ORIGIN,
        "events": FieldSource(call("nullIf", _column("events"), ""), Kind.JSON),
        "links": FieldSource(call("nullIf", _column("links"), ""), Kind.JSON),
        "trace_state": _text("trace_state"),
        "dropped_attributes_count": _count("dropped_attributes_count"),
        "dropped_events_count": _count("dropped_events_count"),
        "dropped_links_count": _count("dropped_links_count"),
        "dead_letter.reason": _expression("if(`index` = '_dead_letter', 'malformed trace id, span id or time', NULL)", Kind.TEXT),
        **_TAIL,
    },
    "points": {
        **_TIME,
        "metric_name": _text("metric"),
        "_value": _expression("if(number = '', NULL, value)", Kind.NUMBER),
        "metric_type": _text("type"),
        "unit": _text("unit"),
        **_ORIGIN,
        "temporality": _text("temporality"),
        "monotonic": _expression("if(type = 'sum', monotonic, NULL)", Kind.BOOLEAN),
        "start_time": _moment("start"),
        "_value_integer": _expression("if(integer = 0, NULL, toString(integer))", Kind.TEXT),
        "distribution": FieldSource(call("nullIf", _column("distribution"), ""), Kind.JSON),
        "exemplars": FieldSource(call("nullIf", _column("exemplars"), ""), Kind.JSON),
        "description": _text("description"),
        "metadata": FieldSource(call("nullIf", _column("metadata"), ""), Kind.JSON),
        **_TAIL,
    },
}
"""Fixed fields of each table in display order. Those that are usually empty come last."""

_HIDDEN: dict[str, dict[str, FieldSource]] = {
    "logs": {"_indextime": FieldSource(sql("CAST(received AS DateTime64(9))"), Kind.TIME)},
    "spans": {"_indextime": FieldSource(sql("CAST(received AS DateTime64(9))"), Kind.TIME), "_raw": _text("name")},
    "points": {
        "_indextime": FieldSource(sql("CAST(received AS DateTime64(9))"), Kind.TIME),
        "_raw": _text("metric"),
        "series": _expression("toString(series)", Kind.TEXT),
        "_dims": _expression(
            "arraySort(arrayDistinct(arrayConcat(JSONExtractKeys(attributes), JSONExtractKeys(resource), if(host = '', [], ['host']))))",
            Kind.MULTI,
        ),
        "_point": _expression(
            "concat('{', toJSONString(concat('metric_name:', metric)), ':', if(number = '', 'null', toJSONString(value)), "
            "if(host = '', '', concat(',\"host\":', toJSONString(host))), "
            "if(length(attributes) < 3, '', concat(',', substring(attributes, 2, length(attributes) - 2))), '}')",
            Kind.TEXT,
        ),
    },
}

_JSON_TYPES = ("String", "Int64", "UInt64", "Double", "Bool", "Array", "Object", "Null")
_JSON_LETTERS = ("s", "i", "i", "d", "b", "a", "k", "n")


def _strings(values: Sequence[str]) -> exp.Array:
    return exp.Array(expressions=[exp.Literal.string(v) for v in values])


def _json_member(column: str, key: str) -> FieldSource:
    kind = call("toString", call("JSONType", _column(column), key))
    letter = call("transform", kind, _strings(_JSON_TYPES), _strings(_JSON_LETTERS), "")
    value = call("JSONExtract", _column(column), key, "Nullable(String)")
    return FieldSource(value, Kind.VALUE, letter, call("JSONExtractString", _column(column), key))


def _attribute(key: str) -> FieldSource:
    wrapped = f"{SEPARATOR}{key}{SEPARATOR}"
    absent = exp.EQ(this=call("position", _column("attribute_keys"), wrapped), expression=exp.Literal.number(0))
    # Each call has one column of dictionaries and constants, so that all but the last are worked out once a distinct key set;
    # `left(attribute_keys, position(…))` has two and costs 100 ns a row (2 M rows, 2026-11-22).
    before = call("extract", _column("attribute_keys"), f"(?s)^(.*?{SEPARATOR}){re.escape(key)}{SEPARATOR}")
    index = call("countSubstrings", before, SEPARATOR)
    value = call("arrayElement", _column("attributes"), index)
    return FieldSource(
        call("if", absent, exp.null(), value),
        Kind.VALUE,
        call("substring", _column("attribute_types"), index, 1),
        value,
    )


def attribute(table: str, key: str, promoted: Collection[str] = ()) -> FieldSource:
    """A record attribute (or a metric point's dimension) by its exact key; through its own column when it is among `promoted`."""
    if table == "points":
        return _json_member("attributes", key)
    if key in promoted:
        value = _column(promoted_column(key))
        return FieldSource(value, Kind.VALUE, _column(promoted_type_column(key)), call("ifNull", value, ""))
    return _attribute(key)


def promoted_column(key: str) -> str:
    """Name of the column that holds the promoted attribute `key`."""
    return f"{PROMOTED_PREFIX}{key}"


def promoted_type_column(key: str) -> str:
    """Name of the column that holds the type letters of the promoted attribute `key`."""
    return f"attribute_type.{key}"


def _else(first: FieldSource, second: FieldSource, absent: exp.Expression) -> FieldSource:
    """`first` unless it is `absent` in the row, else `second`."""
    return FieldSource(
        call("if", absent, second.value, first.value),
        Kind.VALUE,
        call("if", absent, _known(second.type), _known(first.type)),
        call("if", absent, _known(second.equals), _known(first.equals)),
    )


def _absent(table: str, key: str, promoted: Collection[str]) -> exp.Expression:
    """Whether a row lacks the record attribute `key`, as cheaply as can be told."""
    if table == "points":
        return exp.Not(this=call("JSONHas", _column("attributes"), key))
    if key in promoted:
        return call("isNull", _column(promoted_column(key)))
    return exp.EQ(this=call("position", _column("attribute_keys"), f"{SEPARATOR}{key}{SEPARATOR}"), expression=exp.Literal.number(0))


def _known(part: exp.Expression | None) -> exp.Expression:
    return part if part is not None else exp.Literal.string("")


def source(table: str, name: str, *, promoted: Collection[str] = (), in_scope: bool = False) -> FieldSource:
    """The field `name` of `table`, either spelling: fixed, attribute, scope (only when `in_scope`), resource; or by its prefix."""
    name = METADATA_SPELLINGS.get(name, name)
    fixed = FIXED[table].get(name) or _HIDDEN[table].get(name)
    if fixed is not None:
        return fixed
    for prefix in ("attributes.", "scope.", "resource."):
        if name.startswith(prefix):
            key = name.removeprefix(prefix)
            return attribute(table, key, promoted) if prefix == "attributes." else _json_member(prefix.removesuffix("."), key)
    if name.startswith(RESOURCE_ONLY):
        return _json_member("resource", name)
    behind = _json_member("resource", name)
    if in_scope and name not in SCOPE_OWN:
        behind = _else(_json_member("scope", name), behind, exp.Not(this=call("JSONHas", _column("scope"), name)))
    return _else(attribute(table, name, promoted), behind, _absent(table, name, promoted))
