"""`stats`, `top`, `rare`: groups, their keys, and the aggregates over them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from pilotage.language.plan.expressions import Field
from pilotage.language.plan.nodes import Aggregate, Aggregation, Node, Top
from pilotage.language.sql.buckets import sliced
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import Sql, aggregate, call, infix, literal, window
from pilotage.language.sql.names import matching, substituted
from pilotage.language.sql.ordering import keys_of, positioned
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.signature import AggregateFunction, AggregateSite
from pilotage.language.sql.sources import field_names, note_uses
from pilotage.language.sql.value import Value, constant, multi, present
from pilotage.model.fields import Kind
from pilotage.model.problem import fail

_PICKING = frozenset({"first", "last", "earliest", "latest"})
"""Functions that hand one row's value on as it is."""


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A field to group by: its value over the relation and the SQL that is grouped."""

    name: str
    value: Value
    sql: Sql

    def result(self) -> Value:
        """The key as a column of the groups."""
        letter = aggregate("any", self.value.type) if self.value.type is not None else None
        solid = self.value.solid and self.sql is self.value.plain
        return replace(self.value, type=letter, plain=self.value.plain if solid else None, solid=solid)


def group_keys(relation: Relation, names: Sequence[str], *, required: bool = True) -> tuple[Relation, list[GroupKey]]:
    """The keys over a relation that lists each member of a multivalue key as a row; rows with a null key are left out if `required`."""
    note_uses(relation, *names)
    values = {n: _known(relation, n) for n in names}
    arrays = {n: v for n, v in values.items() if _unfolds(v)}
    if arrays:
        members = {n: relation.project(call("arrayJoin", _members(v, required=required))) for n, v in arrays.items()}
        letters = {n: relation.project(v.type) for n, v in arrays.items() if v.type is not None}
        relation.sealed = True
        relation = relation.nested()
        for name, member in members.items():
            letter = call("if", infix(exp.EQ, letters[name], literal("a")), "", letters[name]) if name in letters else None
            relation.columns[name] = Value(member, Kind.VALUE if letter is not None else Kind.TEXT, letter)
        values = {n: _known(relation, n) for n in names}
    keys: list[GroupKey] = []
    for name, value in values.items():
        solid = value.solid and value.plain is not None
        if required and name not in arrays:
            relation.where.append(exp.false() if value.is_null else present(value))
        if value.constant is not None:
            # A bare number in GROUP BY would mean the column at that place.
            typed = call("CAST", value.sql, "Nullable(String)") if value.is_null else value.sql
            value = replace(value, sql=call("materialize", typed), constant=None)  # noqa: PLW2901 - the rest of the body means the settled value
        keys.append(GroupKey(name, value, value.plain if solid and value.plain is not None and required else value.sql))
    return relation, keys


def _unfolds(value: Value) -> bool:
    return value.kind is Kind.MULTI or (value.lists and value.kind is Kind.VALUE)


def unfolded(relation: Relation, name: str) -> bool:
    """Whether a key lists the members of a multivalue, each as a row of an inner SELECT."""
    return _unfolds(_known(relation, name))


def _members(value: Value, *, required: bool) -> Sql:
    """The members of a key; a row without any has one that is null, unless it is left out."""
    found = multi(value)
    if required:
        return found
    nullable = call("CAST", found, "Array(Nullable(String))")
    return call("if", call("empty", found), call("CAST", call("array", None), "Array(Nullable(String))"), nullable)


def placed(before: Relation, relation: Relation, place: Sql | None) -> tuple[Relation, Sql | None]:
    """The rows' position over what a relation has become when its keys were looked at."""
    return (relation, place) if place is None or relation is before else positioned(relation)


def _known(relation: Relation, name: str) -> Value:
    return Evaluator(relation).field(Field(name))


def expanded(relation: Relation, aggregations: Sequence[Aggregation], by: Sequence[str], rows: Node) -> list[Aggregation]:
    """Aggregates with wildcards in their argument written out for each field they mean, sparklines with their slices; over `rows`."""
    found: list[Aggregation] = []
    for item in aggregations:
        if item.spark is not None:
            found.append(replace(item, spark=sliced(relation.context, item.spark, rows, item.span)))
            continue
        if not (item.wildcard and isinstance(item.argument, Field)):
            found.append(item)
            continue
        pattern = item.argument.name
        names = [n for n in matching(pattern, relation.wildcard_names()) if n not in by]
        found += [replace(item, argument=Field(n), alias=substituted(pattern, item.alias, n), wildcard=False) for n in names]
    return found


def function_of(relation: Relation, item: Aggregation) -> AggregateFunction:
    """The function of an aggregation; refused with a near name when there is none."""
    known = relation.context.aggregates
    found = known.get(item.function)
    if found is None:
        near = difflib.get_close_matches(item.function, list(known), n=1)
        hint = f"did you mean `{near[0]}`?" if near else None
        raise fail("unknown-function", f"no aggregate function `{item.function}`", span=item.span, hint=hint)
    if found.needs_argument and item.argument is None:
        raise fail("argument-missing", f"`{item.function}` needs a field, as in `{item.function}(x)`", span=item.span)
    return found


def aggregated(relation: Relation, item: Aggregation, place: Sql | None, span_seconds: float | None = None) -> Value:
    """One aggregate over a relation; `place` is the row's position where the function needs it."""
    function = function_of(relation, item)
    if function.needs_span and span_seconds is None:
        raise fail("span-needed", f"`{item.function}` works in `timechart` only", span=item.span)
    argument = Evaluator(relation).value(item.argument) if item.argument is not None else None
    lists = argument is not None and argument.kind is Kind.VALUE and argument.lists
    if argument is not None and lists and function.name not in _PICKING:
        argument = Value(multi(argument), Kind.MULTI)
    condition = argument is not None and argument.kind is Kind.BOOLEAN and not isinstance(item.argument, Field)

    def ordinal() -> Sql:
        return place if place is not None else literal(0)

    def time() -> Value | None:
        return relation.field("_time")

    def series() -> Value | None:
        return relation.field("series") if relation.open else None

    found = function.build(AggregateSite(argument, item.parameter, condition, ordinal, time, span_seconds, series, item.spark))
    return replace(found, lists=True) if lists and found.kind is Kind.VALUE else found


def prepared(relation: Relation, aggregations: Sequence[Aggregation], by: Sequence[str]) -> tuple[Relation, Sql | None]:
    """A relation ready for grouping: costly fields have names, and rows have a position if some function looks at it."""
    names = {*by, *(name for a in aggregations for name in field_names(a.argument))}
    target = relation.writable() if all(_light(relation, name) for name in names) else relation.named()
    if any(function_of(target, a).ordered for a in aggregations):
        return positioned(target)
    return target, None


def _light(relation: Relation, name: str) -> bool:
    """Whether a field is a stored column: naming it in a SELECT of its own would only cost the engine's planning."""
    value = None if relation.sealed else relation.field(name)
    if value is None or value.kind not in {Kind.TEXT, Kind.TIME}:
        return False
    return isinstance(value.plain if value.solid else value.sql, exp.Column)


def grouped(relation: Relation, node: Aggregate) -> Relation:
    """`stats`: a row a group ordered by the keys; without keys exactly one row."""
    items = expanded(relation, node.aggregations, node.by, node.input)
    rows, place = prepared(relation, items, node.by)
    target, keys = group_keys(rows, node.by, required=not node.null_keys)
    target, place = placed(rows, target, place)
    columns = {k.name: k.result() for k in keys}
    columns.update({a.alias: aggregated(target, a, place) for a in items})
    return _closed(target, keys, columns)


def _closed(target: Relation, keys: Sequence[GroupKey], columns: dict[str, Value]) -> Relation:
    target.group = [k.sql for k in keys]
    target.columns = columns
    target.hidden = set()
    target.closed = True
    target.allowed = None
    target.shown = list(columns)
    target.sealed = True
    target.order = [key for k in keys for key in keys_of(k.result())]
    return target


def topped(relation: Relation, node: Top) -> Relation:
    """`top` and `rare`: counted combinations, ranked within `by`, with their share of the whole."""
    names = [*node.by, *node.fields]
    target, keys = group_keys(relation.named(), names)
    columns = {k.name: k.result() for k in keys}
    target = _closed(target, keys, {**columns, node.count_field: Value(aggregate("count"), Kind.NUMBER)})
    ranked = target.nested()
    parts = [_sql(ranked, n) for n in node.by]
    count = _sql(ranked, node.count_field)
    total = call("sum", count)
    ties = [key.ordered() for n in node.fields for key in keys_of(ranked.field(n) or constant(None))]
    rank = window(call("row_number"), parts, [exp.Ordered(this=count, desc=not node.rare), *ties])
    share = infix(exp.Div, infix(exp.Mul, count, literal(100)), window(total, parts))
    place = ranked.project(rank)
    ranked.define(node.percent_field, Value(call("round", share, 6), Kind.NUMBER))
    ranked.sealed = True
    result = ranked.nested()
    if node.limit and node.use_other:
        result = _with_other(result, node, place)
    elif node.limit:
        result.where.append(infix(exp.LTE, place, literal(node.limit)))
    by_keys = [key for n in node.by for key in keys_of(result.field(n) or constant(None))]
    if not (node.limit and node.use_other):
        result.order = [*by_keys, Key(place, rank="" if by_keys else "number")]
    shown = [*names, *([node.count_field] if node.show_count else []), *([node.percent_field] if node.show_percent else [])]
    result.hidden |= {n for n in (node.count_field, node.percent_field) if n not in shown}
    result.shown = shown
    return result


def _sql(relation: Relation, name: str) -> Sql:
    value = relation.field(name)
    if value is None:
        return exp.null()
    return value.plain if value.solid and value.plain is not None else value.sql


def _with_other(ranked: Relation, node: Top, place: Sql) -> Relation:
    """Everything beyond the limit as one row a `by` group named `other`."""
    slot = call("least", place, node.limit + 1)
    columns: dict[str, Value] = {}
    group: list[Sql] = [slot]
    for name in node.by:
        value = ranked.field(name) or constant(None)
        group.append(value.sql)
        columns[name] = replace(value, plain=None, solid=False, type=aggregate("any", value.type) if value.type is not None else None)
    for name in node.fields:
        value = ranked.field(name) or constant(None)
        text_ = call("toString", value.sql)
        chosen = call("if", infix(exp.GT, slot, literal(node.limit)), node.other, aggregate("any", text_))
        columns[name] = Value(chosen, Kind.VALUE, aggregate("any", value.type) if value.type is not None else None)
    for name in (node.count_field, node.percent_field):
        columns[name] = Value(aggregate("sum", _sql(ranked, name)), Kind.NUMBER)
    ranked.group = group
    ranked.columns = columns
    ranked.closed = True
    ranked.sealed = True
    ranked.order = [*(key for n in node.by for key in keys_of(columns[n])), Key(slot)]
    ranked.shown = list(columns)
    return ranked
