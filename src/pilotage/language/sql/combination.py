"""Lowering of `mvcombine` and `fieldsummary`: many rows into one, and a row a column."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.plan.combination import Combine, Distinct, FieldSummary
from pilotage.language.sql.cells import every_name, meant
from pilotage.language.sql.fragments import Sql, aggregate, call, infix, is_present, lambda_, literal, parameter
from pilotage.language.sql.ordering import positioned
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.value import Value, constant, multi, parsed, text
from pilotage.model.fields import Kind


def combined(relation: Relation, node: Combine) -> Relation:
    """`mvcombine`: groups by all other columns, null being a value like another, in the order of their first rows."""
    names = [n for n in every_name(relation, node.input) if n != node.field]
    target, place = positioned(relation.named())
    if node.field not in target.wildcard_names():
        target.context.unknown_field(node.field, target.wildcard_names())
    values = {n: target.field(n) or constant(None) for n in names}
    members = call(
        "arraySort",
        lambda_("t", call("tupleElement", parameter("t"), 1)),
        aggregate("groupArray", call("tuple", place, _members(target, node))),
    )
    flat = call("arrayFlatten", call("arrayMap", lambda_("t", call("tupleElement", parameter("t"), 2)), members))
    target.group = [v.sql if v.kind is Kind.MULTI else text(v) for v in values.values() if not v.is_null]
    target.columns = {n: _any(v) for n, v in values.items()}
    target.columns[node.field] = Value(flat, Kind.MULTI)
    target.hidden, target.closed, target.allowed = set(), True, None
    target.shown = [n for n in relation.names() if n in target.columns]
    target.shown += [n for n in target.columns if n not in target.shown]
    target.order = [Key(aggregate("min", place), rank="number")]
    target.sealed = True
    return target


def _members(target: Relation, node: Combine) -> Sql:
    return multi(target.field(node.field) or constant(None))


def _any(value: Value) -> Value:
    if value.is_null:
        return value
    letter = aggregate("any", value.type) if value.type is not None else None
    return Value(aggregate("any", value.sql), value.kind, letter)


_COLUMNS = ("field", "count", "distinct_count", "is_exact", "max", "mean", "min", "numeric_count", "stdev", "values")


def summarised(relation: Relation, node: FieldSummary) -> Relation:
    """`fieldsummary`: cells into rows, counted by field and value, then gathered by field."""
    target = relation.named()
    pairs: list[Sql] = []
    for known in meant(target, node.fields, node.input):
        value = target.field(known) if target.knows(known) else None
        if value is not None and not value.is_null:
            pair = lambda_("m", call("tuple", known, parameter("m")))
            pairs.append(call("arrayMap", pair, call("CAST", multi(value), "Array(String)")))
    cells = call("arrayConcat", *pairs) if pairs else call("CAST", call("array"), "Array(Tuple(String, String))")
    cell = target.project(call("arrayJoin", cells))
    target.sealed = True
    counted = target.nested()
    field = counted.project(call("tupleElement", cell, 1))
    member = counted.project(call("tupleElement", cell, 2))
    counted.sealed = True
    counted = counted.nested()
    times = counted.project(aggregate("count"))
    name, plain = counted.project(field), counted.project(member)
    counted.group, counted.sealed, counted.order = [field, member], True, []
    outer = counted.nested()
    outer.columns = _figures(name, plain, times, node.most)
    outer.group, outer.closed, outer.allowed = [name], True, None
    outer.shown = list(_COLUMNS)
    outer.order = [Key(name)]
    outer.sealed = True
    return outer


def _figures(name: Sql, plain: Sql, times: Sql, most: int) -> dict[str, Value]:
    number = parsed(call("toNullable", plain))
    numeric = is_present(number)
    weight = call("if", numeric, times, 0)
    total = aggregate("sum", weight)
    first = aggregate("sum", infix(exp.Mul, number, times))
    mean = infix(exp.Div, first, call("nullIf", total, 0))
    second = aggregate("sum", infix(exp.Mul, infix(exp.Mul, number, number), times))
    spread = infix(exp.Sub, second, infix(exp.Mul, mean, first))
    variance = infix(exp.Div, spread, call("nullIf", infix(exp.Sub, call("toInt64", total), literal(1)), 0))
    deviation = call("if", infix(exp.GT, total, literal(1)), call("sqrt", call("abs", variance)), None)
    entries = aggregate("groupArray", call("tuple", call("negate", call("toInt64", times)), plain))
    shown = lambda_(
        "t",
        call(
            "concat",
            '{"value":',
            call("toJSONString", call("tupleElement", parameter("t"), 2)),
            ',"count":',
            call("toString", call("negate", call("tupleElement", parameter("t"), 1))),
            "}",
        ),
    )
    chosen = call("arrayMap", shown, call("arraySlice", call("arraySort", entries), 1, most) if most else call("arraySort", entries))
    return {
        "field": Value(name, Kind.TEXT),
        "count": Value(aggregate("sum", times), Kind.NUMBER),
        "distinct_count": Value(aggregate("count"), Kind.NUMBER),
        "is_exact": Value(literal(1), Kind.NUMBER),
        "max": _extreme("max", number, plain),
        "mean": Value(mean, Kind.NUMBER),
        "min": _extreme("min", number, plain),
        "numeric_count": Value(total, Kind.NUMBER),
        "stdev": Value(deviation, Kind.NUMBER),
        "values": Value(call("concat", "[", call("arrayStringConcat", chosen, ","), "]"), Kind.TEXT),
    }


def _extreme(which: str, number: Sql, plain: Sql) -> Value:
    """Numeric when every value is a number, else by the order of texts."""
    numeric = infix(exp.EQ, aggregate("countIf", call("isNull", number)), literal(0))
    return Value(call("if", numeric, call("toString", aggregate(which, number)), aggregate(which, plain)), Kind.VALUE)


def distinct(relation: Relation, node: Distinct) -> Relation:
    """Texts of one field, grouped."""
    target = relation.named()
    source = text(target.field(node.field) or constant(None))
    target.where.append(is_present(source))
    if node.pattern:
        target.where.append(call("match", source, node.pattern))
    target.group = [source]
    target.columns = {node.field: Value(source, Kind.TEXT)}
    target.hidden, target.closed, target.allowed = set(), True, None
    target.shown, target.order, target.sealed = [node.field], [], True
    return target
