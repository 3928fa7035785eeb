"""Commands about the order of rows: sort, head, tail, dedup; and the position of a row as a number."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.plan.nodes import Dedup, Limit, Sort, While
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import Sql, any_of, call, infix, literal, negation, window
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.value import Value, absent, constant, number, parsed, present, text, unify
from pilotage.model.fields import Kind

_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"


def sorted_by(relation: Relation, node: Sort) -> Relation:
    """A stable sort: what was the order decides between equals."""
    wanted = list(node.keys)
    target = relation.writable() if all(_light(relation, k.field) for k in wanted) else relation.named()
    keys: list[Key] = []
    for key in wanted:
        value = target.field(key.field)
        if not target.knows(key.field):
            target.context.unknown_field(key.field, target.wildcard_names())
        if value is None:
            continue
        keys += keys_of(value, descending=key.descending, kind=key.kind)
    target.order = [*keys, *target.keys()]
    if node.limit:
        target.limit = node.limit
        target.sealed = True
    return target


def _light(relation: Relation, name: str) -> bool:
    value = None if relation.sealed else relation.field(name)
    return value is not None and isinstance(value.sql, exp.Column)


def keys_of(value: Value, *, descending: bool = False, kind: str = "auto") -> list[Key]:
    """Order by a value: numbers before texts, nulls last whichever the direction; `swap` puts lower before upper case."""
    if value.constant is not None:
        return []
    if value.kind is Kind.MULTI:
        joined = call("arrayStringConcat", value.sql, "\n")
        return [Key(call("empty", value.sql)), Key(joined, descending)]
    if value.kind in {Kind.NUMBER, Kind.TIME, Kind.BOOLEAN} and kind != "str":
        return [Key(value.sql, descending)]
    plain = text(value)
    if kind == "str":
        return [Key(plain, descending)]
    if kind == "num":
        return [Key(number(value), descending)]
    if kind == "ip":
        return [Key(call("toIPv6OrNull", plain), descending)]
    numeric = parsed(plain)
    if kind == "swap":
        plain = call("translate", plain, _UPPER + _LOWER, _LOWER + _UPPER)
    if not descending:
        return [Key(numeric), Key(plain)]
    return [Key(call("isNull", plain)), Key(numeric, descending=True, nulls_first=True), Key(plain, descending=True)]


def limited(relation: Relation, node: Limit) -> Relation:
    """The first rows, or the last ones in reverse."""
    target = relation.writable()
    if node.last:
        order = target.keys()
        target.order = [k.reversed() for k in order]
    target.limit = node.count
    target.sealed = True
    return target


def taken_while(relation: Relation, node: While) -> Relation:
    """Rows up to the first whose condition does not hold."""
    target = relation.named()
    holds = call("ifNull", Evaluator(target).condition(node.condition), exp.Boolean(this=node.null_is_true))
    fails = call("toUInt8", negation(holds))
    stopped = target.project(window(call("sum", fails), order=ordered(target), running=True))
    broken = target.project(fails)
    target.sealed = True
    outer = target.nested()
    seen = infix(exp.Sub, stopped, broken) if node.keep_last else stopped
    outer.where.append(infix(exp.EQ, seen, literal(0)))
    if node.limit:
        return limited(outer, Limit(node, node.limit))
    return outer


def ordered(relation: Relation) -> list[exp.Ordered]:
    """The row order as ORDER BY items."""
    return [k.ordered() for k in relation.keys()]  # noqa: SIM118 - a method of ours, no dictionary


def positioned(relation: Relation) -> tuple[Relation, Sql]:
    """The relation, and an integer over it that grows along the row order."""
    keys = relation.keys()
    if len(keys) == 1 and keys[0].rank:
        ticks = call("toUnixTimestamp64Nano", keys[0].sql) if keys[0].rank == "time" else keys[0].sql
        return relation, call("negate", ticks) if keys[0].descending else ticks
    target = relation.writable()
    place = target.project(window(call("row_number"), order=ordered(target)))
    target.sealed = True
    outer = target.nested()
    outer.order = [Key(place, rank="number")]
    return outer, place


def deduplicated(relation: Relation, node: Dedup) -> Relation:
    """The first rows of each distinct combination."""
    target = relation.named()
    values = [target.field(f) or constant(None) for f in node.fields]
    texts = [call("toString", v.sql) if v.kind is Kind.MULTI else text(v) for v in values]
    if not node.keep_empty and not node.keep_events:
        target.where += [present(v) for v in values]
    order = ordered(target)
    if node.consecutive:
        before = [window(call("lagInFrame", t), order=order, running=True) for t in texts]
        first = infix(exp.EQ, window(call("row_number"), order=order), literal(1))
        keep: Sql = any_of([first, *(call("isDistinctFrom", b, t) for b, t in zip(before, texts, strict=True))])
    else:
        keep = infix(exp.LTE, window(call("row_number"), texts, order), literal(node.count))
    if node.keep_empty or node.keep_events:
        keep = any_of([keep, *(absent(v) for v in values)])
    flag = target.project(call("toUInt8", keep))
    target.sealed = True
    outer = target.nested()
    if node.keep_events:
        for name in node.fields:
            value = outer.field(name) or constant(None)
            outer.define(name, unify([value, constant(None)], lambda parts: call("if", flag, *parts)))
    else:
        outer.where.append(flag)
    return sorted_by(outer, Sort(node, node.sort)) if node.sort else outer
