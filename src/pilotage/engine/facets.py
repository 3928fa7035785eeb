"""Which values the fields of a query's events have: the most frequent ones of each, over the newest events when there are very many."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from pilotage.engine.events import event_part
from pilotage.engine.inquiry import Inquiry, open_inquiry
from pilotage.engine.run import Search
from pilotage.language.plan.nodes import Limit, Node
from pilotage.language.sql.fragments import Sql, aggregate, call, identifier, infix, lambda_, literal, parameter, render, window
from pilotage.language.sql.lowering import lower
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.value import Value as Known
from pilotage.language.sql.value import multi, text
from pilotage.model.fields import Kind
from pilotage.model.problem import Problem
from pilotage.store.open import Store

FIRST = ("index", "source", "sourcetype", "host", "service", "severity", "name", "kind", "status", "metric_name", "metric_type", "unit")
"""Shown first, in this order, when they have values."""
SELDOM = frozenset(
    {
        *("_time", "_raw", "severity_number", "trace_id", "span_id", "observed_time", "body_type", "dropped_attributes_count", "flags"),
        *("parent_span_id", "status_message", "duration", "events", "links", "trace_state", "dropped_events_count", "dropped_links_count"),
        *("_value", "_value_integer", "temporality", "monotonic", "start_time", "distribution", "exemplars", "description", "metadata"),
        "resource.schema_url",
    }
)
"""Fixed fields that are other than a choice of a few values: only when asked for."""
LOOKED_AT = 1000
MOST_FIELDS = 20
UNIQUE_SHARE = 0.9
FEW = 20


@dataclass(frozen=True, slots=True)
class Value:
    """One value as text and the number of events that have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """A field: its kind, how many events have it, how many different values, and the most frequent of them."""

    name: str
    kind: str
    present: int
    distinct: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """Of the newest `rows` events, which are all there are unless `sampled`."""

    rows: int
    sampled: bool
    fields: tuple[Facet, ...]
    messages: tuple[Problem, ...]


def facets(
    store: Store, search: Search, *, fields: Sequence[str] = (), limit: int = 10, rows: int = 100_000, stop: threading.Event | None = None
) -> Facets:
    """The values of `fields`, or of the most useful fields, among the newest `rows` events of a search. Raises `PilotageError`."""
    with open_inquiry(store, search, stop) as inquiry:
        part = event_part(inquiry.plan)
        names = list(dict.fromkeys(fields)) or _useful(inquiry, part)
        total, found = _counted(inquiry, Limit(part, rows), names, limit)
        if not fields:
            found = [each for each in found if each.distinct <= max(FEW, UNIQUE_SHARE * each.present)]
        if total >= rows:
            hint = "narrow the range or the query to count all"
            inquiry.context.warn("facets-sampled", f"values are counted over the newest {rows} events", hint=hint)
        return Facets(total, total >= rows, tuple(found), tuple(inquiry.context.messages))


def _useful(inquiry: Inquiry, part: Node) -> list[str]:
    """Fields with a value among the newest events: the fixed ones that are choices, then the others, the most frequent first."""
    target = lower(inquiry.context, Limit(part, LOOKED_AT)).nested()
    known = [n for n in target.names() if n not in SELDOM and (v := target.field(n)) is not None and v.kind not in (Kind.TIME, Kind.JSON)]

    def statement() -> str:
        counts = [aggregate("count", text(value)) for n in known if (value := target.field(n)) is not None]
        target.project(call("array", *counts) if counts else call("CAST", call("array"), "Array(UInt64)"))
        pairs = target.remainder(())
        others: Sql = call("CAST", call("tuple", call("array"), call("array")), "Tuple(Array(String), Array(UInt64))")
        if pairs is not None:
            others = aggregate("sumMap", call("tupleElement", pairs, 1), call("arrayWithConstant", call("length", pairs), 1))
        target.project(call("tupleElement", others, 1))
        target.project(call("tupleElement", others, 2))
        return render(target.select())

    table = inquiry.ask(statement)
    if not table.num_rows:
        return []
    counts, keys, numbers = (column.to_pylist()[0] for column in table.columns)
    present = [name for name, count in zip(known, counts, strict=True) if count]
    first = [name for name in FIRST if name in present]
    others = [name for _, name in sorted((-number, name) for name, number in zip(keys, numbers, strict=True))]
    return [*first, *(name for name in present if name not in first), *(name for name in others if name not in SELDOM)][:MOST_FIELDS]


def _counted(inquiry: Inquiry, sample: Node, names: Sequence[str], limit: int) -> tuple[int, list[Facet]]:
    """The number of events in the sample, and each field that has a value in it, in the order of `names`."""
    target = lower(inquiry.context, sample).nested()
    kinds = {name: value.kind for name in names if (value := _field(target, name)) is not None}
    table = inquiry.ask(lambda: _ranked(target, list(kinds), limit))
    rows = table.to_pylist()
    total = next((row["present"] for row in rows if row["field"] == 0), 0)
    found = []
    for number, name in enumerate(kinds, 1):
        mine = [row for row in rows if row["field"] == number]
        if mine:
            values = tuple(Value(row["value"], row["events"]) for row in mine)
            found.append(Facet(name, kinds[name].value, mine[0]["present"], mine[0]["different"], values))
    return total, found


def _field(target: Relation, name: str) -> Known | None:
    """The field, with a message when nothing is known by its name."""
    value = target.field(name)
    if value is None or not target.knows(name):
        target.context.unknown_field(name, target.wildcard_names())
    return None if value is None or value.is_null else value


def _ranked(target: Relation, names: Sequence[str], limit: int) -> str:
    """Each event as pairs of field number and value, grouped, ranked within the field; number 0 is the event itself."""
    pairs: list[Sql] = [_pair(literal(0), literal(""))]
    lists: list[Sql] = []
    for number, name in enumerate(names, 1):
        value = target.field(name)
        if value is None:
            continue
        if value.kind is Kind.MULTI:
            lists.append(call("arrayMap", lambda_("m", _pair(literal(number), parameter("m"))), multi(value)))
        else:
            pairs.append(_pair(literal(number), text(value)))
    every = call("arrayConcat", call("array", *pairs), *lists)
    given = call("arrayFilter", lambda_("p", call("isNotNull", call("tupleElement", parameter("p"), 2))), every)
    pair = target.project(call("arrayJoin", given))
    field, value_ = (call("tupleElement", pair, place) for place in (1, 2))
    count = aggregate("count")
    grouped = exp.Select(expressions=[_as(field, "field"), _as(call("assumeNotNull", value_), "value"), _as(count, "events")])
    grouped.set("from_", exp.From(this=exp.Subquery(this=target.select())))
    grouped.set("group", exp.Group(expressions=[identifier("field"), identifier("value")]))
    mine = [identifier("field")]
    order = [exp.Ordered(this=identifier("events"), desc=True), exp.Ordered(this=identifier("value"), desc=False)]
    ranked = exp.Select(
        expressions=[
            *(_as(identifier(name), name) for name in ("field", "value", "events")),
            _as(window(call("sum", identifier("events")), mine), "present"),
            _as(window(call("count"), mine), "different"),
            _as(window(call("row_number"), mine, order), "place"),
        ]
    )
    ranked.set("from_", exp.From(this=exp.Subquery(this=grouped)))
    result = exp.Select(expressions=[identifier(name) for name in ("field", "value", "events", "present", "different")])
    result.set("from_", exp.From(this=exp.Subquery(this=ranked)))
    result.set("where", exp.Where(this=infix(exp.LTE, identifier("place"), literal(limit))))
    result.set("order", exp.Order(expressions=[exp.Ordered(this=identifier(name), desc=False) for name in ("field", "place")]))
    return render(result)


def _pair(number: Sql, value: Sql) -> Sql:
    return call("tuple", call("toUInt8", number), call("CAST", value, "Nullable(String)"))


def _as(sql: Sql, name: str) -> Sql:
    return exp.Alias(this=sql, alias=exp.Identifier(this=name, quoted=True))
