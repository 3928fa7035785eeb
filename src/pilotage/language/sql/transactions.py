"""Lowering of `transaction`: rows of one key are cut into pieces by window functions, and each piece becomes a row."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

from pilotage.language.plan.expressions import Expression, Field
from pilotage.language.plan.nodes import Aggregation
from pilotage.language.plan.transactions import Transaction
from pilotage.language.sql.cells import every_name
from pilotage.language.sql.context import STAGE_DATABASE
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.fragments import (
    Sql,
    aggregate,
    all_of,
    any_of,
    call,
    identifier,
    infix,
    lambda_,
    literal,
    negation,
    parameter,
    render,
)
from pilotage.language.sql.grouping import aggregated
from pilotage.language.sql.names import matching
from pilotage.language.sql.ordering import positioned
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.sources import note_uses
from pilotage.language.sql.value import Value, constant, multi, number, present, text, unify
from pilotage.model.fields import Kind

HASH_BITS = 2**52 - 1
"""Keys are compared with cuts as hashes that a double holds exactly."""
_FLAGS = ("starts", "ends", "orphan", "partial", "new")


@dataclass(slots=True)
class Pieces:
    """A relation whose rows know their piece: `keys`, and `marks` that grow from the newest row of a key to its oldest, name it.

    `ticks` is the time in nanoseconds; `place` grows along the row order. The flags (0, 1) say: the row can be the oldest or newest one of
    a piece, has none of the fields, lacks some of them, and begins a piece.
    """

    relation: Relation
    keys: list[Sql]
    ticks: Sql
    place: Sql
    marks: list[Sql] = field(default_factory=list)
    starts: Sql | None = None
    ends: Sql | None = None
    orphan: Sql | None = None
    partial: Sql | None = None
    new: Sql | None = None

    def nest(self) -> None:
        """Go on in a SELECT around this one."""
        target = self.relation
        self.keys = [target.project(key) for key in self.keys]
        self.marks = [target.project(mark) for mark in self.marks]
        self.ticks, self.place = target.project(self.ticks), target.project(self.place)
        for name in _FLAGS:
            known = getattr(self, name)
            if known is not None:
                setattr(self, name, target.project(known))
        target.sealed = True
        self.relation = target.nested()
        self.relation.order = [Key(self.place, rank="number")]

    def over(self, function: Sql) -> Sql:
        """A function over the rows of a piece, as far as it is known, from the newest to this one."""
        order = exp.Order(expressions=[exp.Ordered(this=self.ticks, desc=True), exp.Ordered(this=self.place)])
        spec = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
        return exp.Window(this=function, partition_by=[*self.keys, *self.marks], order=order, spec=spec, over="OVER")

    def mark(self, sql: Sql) -> None:
        """Cut the pieces further."""
        alias = self.relation.project(sql)
        self.nest()
        self.marks.append(self.relation.project(alias))


def pieces(relation: Relation, node: Transaction) -> Pieces:
    """Every row with its piece; rows without any of the fields are left out unless they are kept."""
    found = keyed(relation, node)
    if _cuts(node):
        found.new = new_piece(found, node)
        found.nest()
        found.mark(found.over(aggregate("sum", found.new or literal(0))))
    if found.orphan is not None:
        found.mark(call("if", found.orphan, found.over(call("row_number")), 0))
    if node.most:
        found.mark(call("intDiv", infix(exp.Sub, found.over(call("row_number")), literal(1)), node.most))
    return found


def keyed(relation: Relation, node: Transaction) -> Pieces:
    """The rows with what decides about their piece."""
    note_uses(relation, *node.fields)
    target, place = positioned(relation.named())
    values = [Evaluator(target).field(Field(name, span=node.span)) for name in node.fields]
    there = [present(value) for value in values]
    if there and not node.orphans:
        target.where.append(any_of(there))
    found = Pieces(target, [_key(value) for value in values] or [call("materialize", 0)], _ticks(target, node), place)
    if there and node.orphans:
        found.orphan = call("toUInt8", negation(any_of(there)))
    if len(there) > 1:
        found.partial = call("toUInt8", negation(all_of(there)))
    found.starts, found.ends = _flag(target, node.starts), _flag(target, node.ends)
    found.nest()
    return found


def new_piece(found: Pieces, node: Transaction) -> Sql:
    """Whether a row begins a piece, as far as the row before it can tell, and by the cuts."""
    before = found.over(call("lagInFrame", found.ticks))
    flags: list[Sql] = [] if found.ends is None else [infix(exp.EQ, found.ends, literal(1))]
    if found.starts is not None:
        flags.append(infix(exp.EQ, found.over(call("lagInFrame", found.starts)), literal(1)))
    reach = [each for each in (node.span_seconds, node.pause_seconds) if each is not None]
    if reach:
        flags.append(infix(exp.GT, infix(exp.Sub, before, found.ticks), literal(round(min(reach) * 1e9))))
    if node.cuts:
        table = exp.Table(this=exp.Identifier(this=node.cuts, quoted=True), db=exp.Identifier(this=STAGE_DATABASE, quoted=True))
        known = exp.Select(expressions=[identifier("v0"), identifier("v1")])
        known.set("from_", exp.From(this=table))
        pair = call("tuple", hashed(found), call("fromUnixTimestamp64Nano", found.ticks))
        flags.append(all_of([exp.In(this=pair, query=exp.Subquery(this=known)), infix(exp.NEQ, before, found.ticks)]))
    return call("toUInt8", any_of(flags))


def hashed(found: Pieces) -> Sql:
    """The key as a number."""
    return call("toFloat64", call("bitAnd", call("cityHash64", *found.keys), HASH_BITS))


def _cuts(node: Transaction) -> bool:
    return any(each is not None for each in (node.starts, node.ends, node.span_seconds, node.pause_seconds))


def _key(value: Value) -> Sql:
    if value.solid and value.plain is not None:
        return value.plain
    if value.kind is Kind.MULTI:
        return call("arrayStringConcat", value.sql, "\n")
    return call("ifNull", text(value), "")


def _flag(target: Relation, condition: Expression | None) -> Sql | None:
    if condition is None:
        return None
    return call("toUInt8", call("ifNull", Evaluator(target).condition(condition), exp.false()))


def _ticks(target: Relation, node: Transaction) -> Sql:
    time = target.field("_time")
    if time is None or time.is_null:
        target.context.warn("no-time", "the rows have no `_time`: their order stands for it, and durations are 0", span=node.span)
        return call("materialize", call("toInt64", 0))
    if time.kind is Kind.TIME:
        return call("ifNull", call("toUnixTimestamp64Nano", time.sql), 0)
    return call("ifNull", call("toInt64", call("round", infix(exp.Mul, number(time), literal(1e9)))), 0)


def transacted(relation: Relation, node: Transaction) -> Relation:
    """`transaction`: a row a piece, those with the newest beginning first."""
    names = [n for n in every_name(relation, node.input) if not n.startswith("_")]
    shown = [n for n in relation.names() if n in (*names, "_time", "_raw")]
    found = pieces(relation, node)
    target = found.relation
    timed = target.field("_time") is not None
    columns = {n: _merged(found, n, node, names) for n in dict.fromkeys([*shown, *names, *node.fields])}
    first, last = aggregate("min", found.ticks), aggregate("max", found.ticks)
    if timed:
        columns["_time"] = Value(call("fromUnixTimestamp64Nano", first), Kind.TIME)
    orphan = None if found.orphan is None else infix(exp.EQ, aggregate("max", found.orphan), literal(1))
    length = infix(exp.Div, infix(exp.Sub, last, first), literal(1e9))
    columns["duration"] = _unless(orphan, Value(length, Kind.NUMBER))
    columns["eventcount"] = _unless(orphan, Value(aggregate("count"), Kind.NUMBER))
    if orphan is not None:
        columns["_txn_orphan"] = Value(call("if", orphan, 1, None), Kind.NUMBER)
    target.group = [*found.keys, *found.marks]
    target.columns, target.hidden, target.closed, target.allowed = columns, set(), True, None
    target.shown = [*columns]
    target.order = [Key(first, descending=True), Key(aggregate("min", found.place))]
    return _completed(found, node, orphan)


def _completed(found: Pieces, node: Transaction, orphan: Sql | None) -> Relation:
    """The pieces with `closed_txn`; those that lack the start or the end asked for are left out unless they are kept."""
    target = found.relation
    alone = None if orphan is None else target.project(call("toUInt8", orphan))
    wanted = [target.project(aggregate("max", flag)) for flag in (found.starts, found.ends) if flag is not None]
    keys, marks = [target.project(key) for key in found.keys], [target.project(mark) for mark in found.marks]
    target.sealed = True
    outer = target.nested()
    if wanted:
        complete = all_of(infix(exp.EQ, flag, literal(1)) for flag in wanted)
        closed = call("toUInt8", complete)
        if not node.evicted:
            outer.where.append(complete if alone is None else any_of([complete, infix(exp.EQ, alone, literal(1))]))
    elif marks:
        place = call("tuple", *marks)
        newest = exp.Window(this=aggregate("max", place), partition_by=keys, over="OVER")
        closed = call("toUInt8", infix(exp.LT, place, newest))
    else:
        closed = literal(0)
    outer.define("closed_txn", _unless(None if alone is None else infix(exp.EQ, alone, literal(1)), Value(closed, Kind.NUMBER)))
    if not wanted:
        outer.sealed = True
        return outer.nested()
    return outer


def _unless(orphan: Sql | None, value: Value) -> Value:
    return value if orphan is None else unify([value, constant(None)], lambda parts: call("if", orphan, *reversed(parts)))


def _merged(found: Pieces, name: str, node: Transaction, names: list[str]) -> Value:
    """A field of the rows of a piece."""
    target = found.relation
    value = target.field(name) or constant(None)
    if name in node.fields:
        letter = aggregate("any", value.type) if value.type is not None else None
        return value if value.is_null else Value(aggregate("any", value.sql), value.kind, letter)
    if name == "_raw":
        lines = _in_time(found, multi(value))
        return Value(lines, Kind.MULTI) if node.raw_list else Value(call("nullIf", call("arrayStringConcat", lines, "\n"), ""), Kind.TEXT)
    if not any(name in matching(pattern, names) for pattern in node.lists):
        return aggregated(target, Aggregation("values", Field(name), name), None)
    members = multi(value)
    return Value(_in_time(found, call("if", call("empty", members), call("array", node.empty), members)), Kind.MULTI)


def _in_time(found: Pieces, members: Sql) -> Sql:
    """All members from the oldest row to the newest."""
    item = call("tuple", found.ticks, call("negate", call("toInt64", found.place)), members)
    by = call("tuple", call("tupleElement", parameter("t"), 1), call("tupleElement", parameter("t"), 2))
    ordered = call("arraySort", lambda_("t", by), aggregate("groupArray", item))
    return call("arrayFlatten", call("arrayMap", lambda_("t", call("tupleElement", parameter("t"), 3)), ordered))


def longest(relation: Relation, node: Transaction, *, coarse: bool = False) -> str:
    """A statement of one row: the most rows of a piece, and how many rows lack some of the fields.

    `coarse` counts the rows of 65,536 bundles of keys instead, in two thirds of the time: no piece has more rows than its bundle.
    """
    found = pieces(relation, replace(node, most=0))
    target = found.relation
    count = target.project(aggregate("count"))
    partial = target.project(aggregate("sum", found.partial if found.partial is not None else literal(0)))
    target.group, target.sealed = [call("toUInt16", call("cityHash64", *found.keys))] if coarse else [*found.keys, *found.marks], True
    outer = target.nested()
    outer.project(aggregate("max", count))
    outer.project(aggregate("sum", partial))
    return render(outer.select())


def steps(relation: Relation, node: Transaction) -> str:
    """A statement for every row's key (as `hashed`), time, whether a piece begins, and whether it lacks a field: by key, newest first."""
    found = keyed(relation, node)
    found.new = new_piece(found, node)
    found.nest()
    target = found.relation
    key = target.project(hashed(found))
    for item in (found.ticks, found.new, found.partial if found.partial is not None else literal(0)):
        target.add_projection(target.context.alias(), item or literal(0))
    target.order = [Key(key), Key(found.ticks, descending=True), Key(found.place)]
    target.ordered = True
    return render(target.select())
