"""`dedup`: the first rows of each combination, told by aggregates where that can be: a window sorts every row with all its columns.

Events as stored are told by their place in the table, so that only the rows that stay are read whole. Of rows with few known columns
each column is the value beside the first position of its group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from pilotage.language.plan.nodes import Dedup, Sort
from pilotage.language.sql.fragments import Sql, aggregate, all_of, any_of, call, identifier, infix, literal, window
from pilotage.language.sql.ordering import ordered, positioned, sorted_by
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.sources import stored_events
from pilotage.language.sql.value import Value, absent, constant, present, text, unify
from pilotage.model.fields import Kind

_TEXTS = {Kind.TEXT, Kind.VALUE, Kind.JSON}
MOST_COLUMNS = 24
"""Columns of rows whose values are taken one by one."""


def deduplicated(relation: Relation, node: Dedup) -> Relation:
    """The first rows of each distinct combination."""
    if node.count == 1 and not (node.keep_empty or node.keep_events or node.consecutive):
        found = _firsts(relation, node.fields)
        if found is not None:
            return sorted_by(found, Sort(node, node.sort)) if node.sort else found
    return _windowed(relation, node)


def _windowed(relation: Relation, node: Dedup) -> Relation:
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


def _firsts(relation: Relation, names: Sequence[str]) -> Relation | None:
    """The first row of each combination of `names`, rows without one of them left out; `None` when a window has to tell."""
    target = relation.writable() if stored_events(relation) is not None else relation.named()
    values = [target.field(name) for name in names]
    if not values or any(v is None or v.is_null or v.constant is not None or v.kind is Kind.MULTI for v in values):
        return None
    found = [v for v in values if v is not None]
    return _stored(target, found) or (None if target.open or len(target.names()) > MOST_COLUMNS else _grouped(target, names))


def _stored(relation: Relation, values: Sequence[Value]) -> Relation | None:
    table = stored_events(relation)
    keys = relation.keys()
    if table is None or not relation.bare or len(keys) != 1 or keys[0].rank != "time" or not keys[0].descending:
        return None
    here = [identifier("_part"), identifier("_part_offset")]
    # One aggregate over the pair costs twice as much; at equal times both keep the same row, as they see the rows in the same order.
    inner = exp.Select(expressions=[aggregate("argMax", part, keys[0].sql) for part in here])
    inner.set("from_", exp.From(this=table))
    inner.set("where", exp.Where(this=all_of([*relation.where, *(present(v) for v in values)])))
    inner.set("group", exp.Group(expressions=[v.plain if v.plain is not None else text(v) for v in values]))
    relation.where.append(exp.In(this=call("tuple", *here), query=exp.Subquery(this=inner)))
    return relation


@dataclass(slots=True)
class _Groups:
    """A relation grouped by the texts of the columns `given`: every column is that of the group's first row by `place`."""

    rows: Relation
    place: Key
    given: frozenset[str]

    @property
    def open(self) -> bool:
        return False

    def field(self, name: str) -> Value | None:
        value = self.rows.export(name)
        if value is None or value.constant is not None:
            return value
        letter = self._first(value.type) if value.type is not None else None
        if name in self.given and value.kind in _TEXTS:
            return replace(value, type=letter)
        if value.solid and value.plain is not None:
            plain = self._first(value.plain)
            return replace(value, sql=call("nullIf", plain, ""), plain=plain, type=letter)
        # An aggregate passes nulls over unless they stand in a tuple.
        return replace(value, sql=self._first(value.sql), plain=None, solid=False, type=letter)

    def _first(self, sql: Sql) -> Sql:
        function = "argMax" if self.place.descending else "argMin"
        return call("tupleElement", aggregate(function, call("tuple", sql), self.place.sql), 1)

    def names(self) -> list[str]:
        return self.rows.names()

    def wildcard_names(self) -> list[str]:
        return self.rows.wildcard_names()

    def keys(self) -> list[Key]:
        return [replace(self.place, sql=aggregate("max" if self.place.descending else "min", self.place.sql))]

    def remainder(self, excluded: tuple[str, ...]) -> Sql | None:
        del excluded
        return None

    def from_(self, needed: set[str]) -> Sql:
        return exp.Subquery(this=self.rows.select(needed))


def _grouped(relation: Relation, names: Sequence[str]) -> Relation:
    keys = relation.keys()
    if len(keys) == 1 and keys[0].rank:
        rows, place = relation, Key(relation.project(keys[0].sql), keys[0].descending, rank=keys[0].rank)
    else:
        rows, position = positioned(relation)
        place = Key(rows.project(position), rank="number")
    groups = Relation(relation.context, _Groups(rows, place, frozenset(names)))
    for name in names:
        inner, value = rows.field(name), rows.export(name)
        if inner is not None and value is not None:
            rows.where.append(present(inner))
            groups.group.append(value.plain if value.solid and value.plain is not None else text(value))
    groups.sealed = True
    return groups.nested()
