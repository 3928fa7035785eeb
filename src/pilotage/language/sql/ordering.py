"""Commands about the order of rows: sort, head, tail, dedup; and the position of a row as a number."""

from __future__ import annotations

from sqlglot import exp

from pilotage.language.plan.nodes import Limit, Sort, While
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import Sql, call, infix, literal, negation, window
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.value import Value, number, parsed, text
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
