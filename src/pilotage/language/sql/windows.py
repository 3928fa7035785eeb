"""Aggregates over neighbouring rows (eventstats, streamstats), members of multivalues as rows, columns as rows."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from pilotage.language.plan.expressions import Field
from pilotage.language.plan.nodes import Aggregation
from pilotage.language.plan.windows import Explode, Unpivot, Window
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import Sql, all_of, any_of, call, infix, lambda_, literal, parameter, window
from pilotage.language.sql.grouping import aggregated, expanded, function_of
from pilotage.language.sql.ordering import ordered, positioned
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.signature import split_states
from pilotage.language.sql.sources import note_uses
from pilotage.language.sql.value import Value, constant, multi, present, text, unify
from pilotage.model.fields import Kind


def windowed(relation: Relation, node: Window) -> Relation:
    """`eventstats` and `streamstats`."""
    note_uses(relation, *node.by)
    items = expanded(relation, node.aggregations, node.by, node.input)
    if not node.running:
        return _over_groups(relation, node, items)
    return _over_rows(relation, node, items)


def _over_groups(relation: Relation, node: Window, items: list[Aggregation]) -> Relation:
    target = relation.named()
    place: Sql | None = None
    if any(function_of(target, a).ordered for a in items):
        target, place = positioned(target)
    keys = [Evaluator(target).value(Field(name)) for name in node.by]
    parts = [text(key) for key in keys]
    whole = all_of(present(key) for key in keys) if keys else None
    values = {a.alias: _windowed(aggregated(target, a, place), lambda call_: window(call_, parts), whole) for a in items}
    return _with(target, values)


def _over_rows(relation: Relation, node: Window, items: list[Aggregation]) -> Relation:
    order = _direction(relation)
    target = relation.named()
    number = target.project(window(call("row_number"), order=ordered(target)))
    target.sealed = True
    target = target.nested()
    target.order = [Key(number, rank="number")]
    keys = [Evaluator(target).value(Field(name)) for name in node.by]
    whole = all_of(present(key) for key in keys) if keys else None
    target, number, run = _runs(target, number, node, keys)
    if run is not None:
        keys = [Evaluator(target).value(Field(name)) for name in node.by]
        whole = all_of(present(key) for key in keys) if keys else None
    parts = [text(key) for key in keys] + ([run] if run is not None else [])
    axis, spec = _frame(target, node, number, order)
    ordering = exp.Order(expressions=[exp.Ordered(this=axis)])

    def over(function: Sql) -> Sql:
        return exp.Window(this=function, partition_by=list(parts), order=ordering.copy(), spec=spec.copy(), over="OVER")

    values = {a.alias: _windowed(aggregated(target, a, number), over, whole) for a in items}
    return _with(target, values)


def _direction(relation: Relation) -> int:
    """-1 when rows come newest first, else 1."""
    keys = relation.keys()
    return -1 if keys and keys[0].rank == "time" and keys[0].descending else 1


def _frame(target: Relation, node: Window, number: Sql, direction: int) -> tuple[Sql, exp.WindowSpec]:
    """What the frame is measured on, and the frame."""
    if node.seconds is not None:
        time = target.field("_time") or constant(None)
        ticks = call("ifNull", call("toInt64", call("floor", infix(exp.Mul, _seconds(time), literal(1000)))), 0)
        axis = infix(exp.Mul, ticks, literal(direction))
        return axis, _spec("RANGE", round(node.seconds * 1000), current=node.current)
    # Counted over all rows, a window is a range of row numbers; counted in the group, a number of rows.
    kind = "RANGE" if node.rows and not node.per_group else "ROWS"
    reach = (node.rows - 1 if node.current else node.rows) if node.rows else None
    return call("toInt64", number), _spec(kind, reach, current=node.current)


def _seconds(time: Value) -> Sql:
    return infix(exp.Div, call("toUnixTimestamp64Nano", time.sql), literal(1e9)) if time.kind is Kind.TIME else text(time)


def _spec(kind: str, reach: int | None, *, current: bool) -> exp.WindowSpec:
    start: dict[str, object] = {"start": "UNBOUNDED", "start_side": "PRECEDING"}
    if reach is not None:
        start = {"start": literal(reach), "start_side": "PRECEDING"} if reach else {"start": "CURRENT ROW"}
    end: dict[str, object] = {"end": "CURRENT ROW"} if current else {"end": literal(1), "end_side": "PRECEDING"}
    return exp.WindowSpec(kind=kind, **start, **end)


def _runs(target: Relation, number: Sql, node: Window, keys: list[Value]) -> tuple[Relation, Sql, Sql | None]:
    """A number that grows where a run of rows starts anew; `None` when nothing resets."""
    order = [exp.Ordered(this=number)]
    flags: list[tuple[Sql, bool]] = []
    evaluator = Evaluator(target)
    if node.reset_before is not None:
        flags.append((call("toUInt8", call("ifNull", evaluator.condition(node.reset_before), exp.false())), True))
    if node.reset_after is not None:
        flags.append((call("toUInt8", call("ifNull", evaluator.condition(node.reset_after), exp.false())), False))
    if node.reset_on_change and keys:
        before = [window(call("lagInFrame", text(key)), order=order, running=True) for key in keys]
        changed = any_of(call("isDistinctFrom", b, text(k)) for b, k in zip(before, keys, strict=True))
        flags.append((call("toUInt8", changed), True))
    if not flags:
        return target, number, None
    names = [(target.project(flag), own) for flag, own in flags]
    kept = target.project(number)
    target.sealed = True
    middle = target.nested()
    sums: list[Sql] = []
    for flag, own in names:
        end: dict[str, object] = {"end": "CURRENT ROW"} if own else {"end": literal(1), "end_side": "PRECEDING"}
        spec = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", **end)
        ordering = exp.Order(expressions=[exp.Ordered(this=kept)])
        sums.append(exp.Window(this=call("sum", flag), order=ordering, spec=spec, over="OVER"))
    total = sums[0]
    for other in sums[1:]:
        total = infix(exp.Add, total, other)
    run, place = middle.project(total), middle.project(kept)
    middle.sealed = True
    outer = middle.nested()
    outer.order = [Key(place, rank="number")]
    return outer, place, run


def _windowed(value: Value, over: Callable[[Sql], Sql], whole: Sql | None) -> Value:
    """An aggregate as a window function, null where a key is."""
    sql = split_states(value.sql, over)
    letters = split_states(value.type, over) if value.type is not None else None
    found = Value(sql, value.kind, letters)
    return found if whole is None else unify([found, constant(None)], lambda parts: call("if", whole, *parts))


def _with(target: Relation, values: dict[str, Value]) -> Relation:
    for name, value in values.items():
        target.define(name, value)
    target.sealed = True
    return target.nested()


def exploded(relation: Relation, node: Explode) -> Relation:
    """`mvexpand`."""
    target = relation.named()
    value = Evaluator(target).field(Field(node.field))
    members = multi(value)
    if node.limit:
        members = call("arraySlice", members, 1, node.limit)
    nullable = call("arrayMap", lambda_("m", call("toNullable", parameter("m"))), members)
    some = call("if", call("empty", members), call("CAST", call("array", None), "Array(Nullable(String))"), nullable)
    pair = target.project(call("arrayJoin", call("arrayZip", some, call("arrayEnumerate", some))))
    keys = target.export_keys()
    target.sealed = True
    outer = target.nested()
    outer.define(node.field, Value(call("tupleElement", pair, 1), Kind.VALUE))
    # Who asks for no member still gets a row for each: a column nobody needs would be left out, and the rows with it.
    outer.where.append(infix(exp.GT, call("tupleElement", pair, 2), literal(0)))
    outer.order = [*keys, Key(call("tupleElement", pair, 2))]
    return outer


def unpivoted(relation: Relation, node: Unpivot) -> Relation:
    """`untable`."""
    target = relation.named()
    names = [n for n in target.names() if n != node.keep]
    if target.open:
        names = [n for n in target.context.facts.names(node.input) if n != node.keep]
    kept = Evaluator(target).field(Field(node.keep))
    cells: list[Sql] = []
    for name in names:
        value = target.field(name) or constant(None)
        if value.is_null:
            continue
        shown = unify([value, constant(None), constant("")], lambda parts: parts[0])
        letters = call("ifNull", shown.type, "") if shown.type is not None else literal("")
        cells.append(call("tuple", name, call("toNullable", text(value)), call("toString", letters)))
    kind = "Array(Tuple(String, Nullable(String), String))"
    array = call("CAST", call("array", *cells), kind)
    filled = call("arrayFilter", lambda_("p", call("isNotNull", call("tupleElement", parameter("p"), 2))), array)
    target.define(node.keep, kept)
    keys = target.keys()
    places = [target.project(k.sql) for k in keys]
    cell = target.project(call("arrayJoin", call("arrayZip", filled, call("arrayEnumerate", filled))))
    target.sealed = True
    outer = target.nested()
    outer.where.append(infix(exp.GT, call("tupleElement", cell, 2), literal(0)))
    pair = call("tupleElement", cell, 1)
    keep = outer.field(node.keep) or constant(None)
    outer.columns = {
        node.keep: keep,
        node.name: Value(call("tupleElement", pair, 1), Kind.TEXT),
        node.value: Value(call("tupleElement", pair, 2), Kind.VALUE, call("tupleElement", pair, 3)),
    }
    outer.closed, outer.allowed = True, None
    outer.shown = [node.keep, node.name, node.value]
    order = [Key(place, key.descending, nulls_first=key.nulls_first) for place, key in zip(places, keys, strict=True)]
    outer.order = [*order, Key(call("tupleElement", cell, 2))]
    return outer
