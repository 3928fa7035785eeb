"""`timechart` and `chart`: aggregates along an axis; with `by`, the long form whose columns the engine finds at run time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from pilotage.language.plan.expressions import Field
from pilotage.language.plan.nodes import Bin, Node, Series
from pilotage.language.sql.buckets import Bucket, automatic, nice_span, number_floor, number_label
from pilotage.language.sql.context import Grid
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import NANOSECONDS, Sql, aggregate, call, infix, is_null, literal, render, window
from pilotage.language.sql.grouping import aggregated, expanded, function_of, group_keys, placed, prepared, unfolded
from pilotage.language.sql.ordering import keys_of
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.signature import split_states
from pilotage.language.sql.sources import note_uses
from pilotage.language.sql.value import Value, constant, epoch, number, present, text
from pilotage.model.fields import Kind
from pilotage.model.problem import fail

MOST_BUCKETS = 100_000
OVER, SERIES = "over", "series"


@dataclass(frozen=True, slots=True)
class LongSeries:
    """How the long form becomes a table: the axis' name, the aggregates (name, whether empty cells are 0), and the grid to complete."""

    over: str
    aggregates: tuple[tuple[str, bool], ...]
    grid: Grid | None
    separator: str
    format: str | None
    last: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Axis:
    """The axis: what is grouped by, what is shown for it, and its time buckets."""

    relation: Relation
    key: Sql
    shown: Callable[[Sql], Value]
    bucket: Bucket | None = None


def bucket_of(relation: Relation, node: Bin, bounds: tuple[int | None, int | None], inputs: Node) -> Bucket:
    """The time buckets of a `Bin`: its span, or one chosen from the range, or from the data when the range is open."""
    zone = relation.context.zone
    if node.span_value is not None:
        return Bucket(node.span_value, node.unit or "s", zone, node.align)
    earliest, latest = bounds
    if earliest is None or latest is None:
        found = relation.context.facts.bounds(inputs, node.field)
        low, high = found if found is not None else (0, 3600 * NANOSECONDS)
        earliest = earliest if earliest is not None else low
        latest = latest if latest is not None else high + 1
    value, unit = automatic(earliest, latest, node.bins, node.minimum_span)
    return Bucket(value, unit, zone, node.align)


def time_of(value: Value) -> Sql:
    """A value as DateTime64(9), never null in the rows that are kept."""
    if value.kind is Kind.TIME:
        return call("assumeNotNull", value.sql)
    ticks = call("toInt64", infix(exp.Mul, call("assumeNotNull", epoch(value)), literal(1e9)))
    return call("fromUnixTimestamp64Nano", ticks)


def _axis(relation: Relation, node: Series) -> _Axis:
    value = Evaluator(relation).field(Field(node.over, span=node.span))
    cut = node.over_bin
    is_time = value.kind is Kind.TIME or (cut is not None and cut.unit != "") or (node.over == "_time" and cut is not None)
    if cut is not None and is_time:
        bucket = bucket_of(relation, cut, (node.range.earliest, node.range.latest), node.input)
        relation.where.append(present(value) if value.kind is Kind.TIME else call("isNotNull", epoch(value)))
        if isinstance(number(value), exp.Null):
            relation.context.warn("time-invalid", f"`{node.over}` holds no time: rows without one are left out", span=node.span)
        return _Axis(relation, bucket.native(time_of(value)), lambda sql: Value(bucket.moment(sql), Kind.TIME), bucket)
    if cut is not None and value.kind not in {Kind.TEXT, Kind.MULTI, Kind.BOOLEAN}:
        plain = number(value)
        relation.where.append(call("isNotNull", plain))
        span = _number_span(cut, plain)
        if cut.span_value is None:
            key = relation.project(number_floor(plain, span))
            width = relation.project(span)
            relation.sealed = True
            relation = relation.nested()
            return _Axis(relation, call("tuple", key, width), lambda sql: Value(number_label(_nth(sql, 1), _nth(sql, 2)), Kind.TEXT))
        return _Axis(relation, number_floor(plain, span), lambda sql: Value(number_label(sql, span), Kind.TEXT))
    relation, (key_,) = group_keys(relation, [node.over])
    return _Axis(relation, key_.sql, lambda sql: replace(key_.value, sql=sql, type=None, plain=None, solid=False))


def _nth(sql: Sql, place: int) -> Sql:
    return call("tupleElement", sql, place)


def _number_span(cut: Bin, plain: Sql) -> Sql:
    return literal(cut.span_value) if cut.span_value is not None else nice_span(plain, cut.bins, cut.start, cut.end)


def _grid(node: Series, bucket: Bucket | None) -> Grid | None:
    if bucket is None or not node.fill:
        return None
    earliest = node.range.earliest if node.fixed_range else None
    latest = node.range.latest if node.fixed_range else None
    if earliest is not None and latest is not None and (latest - earliest) / NANOSECONDS / bucket.seconds > MOST_BUCKETS:
        raise fail(
            "too-many-buckets", f"the span cuts the range into more than {MOST_BUCKETS} buckets", span=node.span, hint="use a longer span"
        )
    return Grid(bucket.value, bucket.unit, earliest, latest)


def wide(relation: Relation, node: Series) -> Relation:
    """A series without `by`: all columns are known, so it is one statement."""
    items = expanded(relation, node.aggregations, (), node.input)
    rows, place = prepared(relation, items, [node.over])
    axis = _axis(rows, node)
    target, place = placed(rows, axis.relation, place)
    if not node.partial and axis.bucket is not None:
        _whole_buckets(target, node, axis)
    width = axis.bucket.seconds if axis.bucket is not None else None
    columns = {a.alias: aggregated(target, a, place, width) for a in items}
    target.columns, target.closed, target.allowed, target.shown = columns, True, None, list(columns)
    target.group, target.sealed, target.hidden = [axis.key], True, set()
    over = target.project(axis.key)
    grid = _grid(node, axis.bucket)
    if axis.bucket is not None and grid is not None:
        target.order = [Key(over, rank="time")]
        target.fill = axis.bucket.fill(grid.earliest, grid.latest)
    outer = target.nested()
    shown = axis.shown(over)
    outer.columns[node.over] = shown
    outer.shown = [node.over, *columns]
    outer.order = [Key(shown.sql, rank="time")] if axis.bucket is not None else _axis_keys(shown, over, node)
    return outer


def _axis_keys(shown: Value, over: Sql, node: Series) -> list[Key]:
    return [Key(over)] if node.over_bin is not None and shown.kind is Kind.TEXT else keys_of(shown)


def _whole_buckets(target: Relation, node: Series, axis: _Axis) -> None:
    """Leave out the first and last bucket where the search's range cuts them."""
    if axis.bucket is None:
        return
    start = axis.bucket.moment(axis.key)
    if node.range.earliest is not None:
        target.where.append(infix(exp.GTE, start, call("fromUnixTimestamp64Nano", node.range.earliest)))
    if node.range.latest is not None:
        end = call("plus", start, axis.bucket.interval())
        target.where.append(infix(exp.LTE, end, call("fromUnixTimestamp64Nano", node.range.latest)))


def long(relation: Relation, node: Series) -> tuple[Relation, LongSeries]:
    """A series with `by`: one row a cell, columns `over`, `series` and the aggregates in order; ranked and cut to `limit` series."""
    by = node.by or ""
    items = expanded(relation, node.aggregations, (), node.input)
    rows, place = prepared(relation, items, [node.over, by])
    axis = _axis(rows, node)
    target = axis.relation
    if not node.partial and axis.bucket is not None:
        _whole_buckets(target, node, axis)
    if unfolded(target, by):
        axis = replace(axis, key=target.project(axis.key))
    target, series = _series_key(target, node, by)
    target, place = placed(rows, target, place)
    width = axis.bucket.seconds if axis.bucket is not None else None
    values = [aggregated(target, a, place, width) for a in items]
    shape = LongSeries(
        node.over,
        tuple((a.alias, function_of(target, a).zero) for a in items),
        _grid(node, axis.bucket),
        node.separator,
        node.format,
        (node.other, node.null_name),
    )
    result, over = _merged(target, axis, series, values, node)
    shown = axis.shown(over)
    result.columns[OVER] = shown
    result.shown = [OVER, SERIES, *(f"value {i}" for i in range(len(values)))]
    result.order = _axis_keys(shown, over, node) if axis.bucket is None else [Key(shown.sql, rank="time")]
    return result, shape


def _series_key(target: Relation, node: Series, by: str) -> tuple[Relation, Sql]:
    """What names the series: nullable text."""
    target, (key,) = group_keys(target, [by], required=not node.use_null)
    note_uses(target, by)
    if node.by_bin is not None and key.value.kind not in {Kind.TEXT, Kind.MULTI, Kind.BOOLEAN, Kind.TIME}:
        plain = number(key.value)
        span = _number_span(node.by_bin, plain)
        return target, number_label(plain, span)
    # Grouping by the stored text is faster than by a nullable one; '' becomes null once the groups are made.
    solid = key.value.solid and key.value.plain is not None
    return target, key.value.plain if solid and key.value.plain is not None else text(key.value)


def _merged(target: Relation, axis: _Axis, series: Sql, values: Sequence[Value], node: Series) -> tuple[Relation, Sql]:
    """Group by axis and series keeping aggregate states, rank the series, and merge the states of those beyond the limit."""
    states: dict[str, Sql] = {}

    def state(found: Sql) -> Sql:
        text_ = render(found)
        if text_ not in states:
            states[text_] = target.project(_suffixed(found, "State", None))
        return states[text_]

    def merged(found: Sql) -> Sql:
        return _suffixed(found, "Merge", state(found))

    merges = [
        replace(v, sql=split_states(v.sql, merged), type=split_states(v.type, merged) if v.type is not None else None) for v in values
    ]
    size = number(replace(values[0], sql=split_states(values[0].sql, lambda found: call("finalizeAggregation", state(found)))))
    over, name = target.project(axis.key), call("nullIf", target.project(series), "")
    target.group, target.sealed, target.closed, target.columns = [axis.key, series], True, True, {}
    carried = [over, *states.values()]
    if node.limit:
        relation, label = _ranked(target, carried, name, size, node)
    else:
        relation, label = target.nested(), call("ifNull", name, node.null_name)
    relation.columns = {OVER: constant(None), SERIES: Value(label, Kind.TEXT), **{f"value {i}": m for i, m in enumerate(merges)}}
    relation.closed, relation.sealed, relation.group = True, True, [over, label]
    return relation, over


_RANKS = {
    "sum": "sum", "avg": "avg", "min": "min", "max": "max", "count": "count", "dc": "uniqExact", "median": "median", "stdev": "stddevSamp",
    "stdevp": "stddevPop", "var": "varSamp", "varp": "varPop",
}  # fmt: skip


def _ranked(target: Relation, carried: Sequence[Sql], name: Sql, size: Sql, node: Series) -> tuple[Relation, Sql]:
    """The biggest (or smallest) series keep their names, those without a name and the rest get theirs."""
    totals = target.nested()
    for sql in carried:
        totals.project(sql)
    total = totals.project(window(call(_RANKS.get(node.rank, "sum"), size), [name]))
    name = totals.project(name)
    totals.sealed = True
    places = totals.nested()
    for sql in carried:
        places.project(sql)
    order = [exp.Ordered(this=total, desc=not node.bottom, nulls_first=False), exp.Ordered(this=name, desc=False, nulls_first=False)]
    place = window(call("dense_rank"), [is_null(name)], order)
    kept = infix(exp.LTE, place, literal(node.limit))
    label = places.project(call("multiIf", is_null(name), node.null_name, kept, name, node.other))
    keep = places.project(call("toUInt8", infix(exp.Or, is_null(name), kept)))
    places.sealed = True
    result = places.nested()
    if not node.use_other:
        result.where.append(keep)
    return result, label


def _suffixed(found: Sql, suffix: str, state: Sql | None) -> Sql:
    name = f"{found.this}{suffix}"
    if isinstance(found, exp.ParameterizedAgg):
        arguments = [state] if state is not None else found.args["params"]
        return exp.ParameterizedAgg(this=name, expressions=found.expressions, params=arguments)
    return aggregate(name, *([state] if state is not None else found.expressions))
