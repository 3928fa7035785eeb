"""The last SELECT: rows as NDJSON lines or as typed columns. Both are made by the engine, so that Python touches no row."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, aggregate, call, infix, json_key, lambda_, literal, parameter, render
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.value import Value, constant, json, text
from pilotage.model.fields import Kind


@dataclass(frozen=True, slots=True)
class OutputColumn:
    """One column of the typed form: its field name, its SQL alias and its kind; `letters` is the alias of its type letters."""

    name: str
    alias: str
    kind: Kind
    letters: str | None = None


def json_lines(relation: Relation) -> str:
    """A statement of one String column: a JSON object a row, absent fields left out, in result order."""
    target = relation.nested()
    names = target.names()
    pieces: list[Sql] = []
    for name in names:
        value = target.field(name)
        if value is None or value.is_null:
            continue
        pieces.append(_member(name, value))
    pairs = target.remainder(())
    if pairs is not None:
        pieces.append(_rest(pairs))
    line = call("concat", "{", call("substring", call("concat", *pieces, ""), 2), "}")
    target.project(line)
    return _statement(target)


def _member(name: str, value: Value) -> Sql:
    return call("ifNull", call("concat", f",{json_key(name)}:", json(value)), "")


def _rest(pairs: Sql) -> Sql:
    item = parameter("p")
    member = call("concat", ",", call("toJSONString", call("tupleElement", item, 1)), ":", call("tupleElement", item, 2))
    return call("arrayStringConcat", call("arrayMap", lambda_("p", member), pairs))


def _statement(target: Relation) -> str:
    target.ordered = bool(target.keys())
    return render(target.select())


def typed(relation: Relation, *, letters_too: bool = False) -> tuple[str, tuple[OutputColumn, ...]]:
    """A statement of the columns under aliases of ours, with their type letters if `letters_too`."""
    target = relation.nested()
    columns: list[OutputColumn] = []
    for name in target.names():
        value = target.field(name) or constant(None)
        alias = target.context.alias()
        target.add_projection(alias, _plain(value))
        letters: str | None = None
        if letters_too and value.kind is Kind.VALUE and value.type is not None:
            letters = target.context.alias()
            target.add_projection(letters, call("CAST", value.type, "Nullable(String)"))
        columns.append(OutputColumn(name, alias, value.kind, letters))
    pairs = target.remainder(())
    if pairs is not None:
        alias = target.context.alias()
        target.add_projection(alias, call("concat", "{", call("substring", _rest(pairs), 2), "}"))
        columns.append(OutputColumn("_fields", alias, Kind.JSON))
    return _statement(target), tuple(columns)


_TYPES = {Kind.TEXT: "Nullable(String)", Kind.JSON: "Nullable(String)", Kind.VALUE: "Nullable(String)", Kind.MULTI: "Array(String)"}


def _plain(value: Value) -> Sql:
    """The column in a type that Arrow carries: texts without dictionary, Booleans as such."""
    if value.kind in _TYPES:
        return call("CAST", value.sql, _TYPES[value.kind])
    if value.kind is Kind.BOOLEAN:
        return call("toBool", value.sql)
    return value.sql


def time_bounds(relation: Relation, name: str) -> str | None:
    """A statement for the smallest and largest time of a field, epoch nanoseconds, one row; `None` when it is no time."""
    target = relation.nested()
    value = target.field(name)
    if value is None or value.kind is not Kind.TIME:
        return None
    ticks = call("toUnixTimestamp64Nano", value.sql)
    target.project(aggregate("count", value.sql))
    target.project(aggregate("min", ticks))
    target.project(aggregate("max", ticks))
    return render(target.select())


def present_names(relation: Relation) -> str:
    """A statement for the names of fields that have a value in some row: one array of the known, one of the others."""
    target = relation.nested()
    names = target.names()
    flags = []
    for name in names:
        value = target.field(name)
        if value is not None and not value.is_null:
            flags.append(call("if", infix(exp.GT, aggregate("count", text(value)), literal(0)), name, ""))
    pairs = target.remainder(())
    target.project(call("array", *flags) if flags else call("CAST", call("array"), "Array(String)"))
    others: Sql = call("CAST", call("array"), "Array(String)")
    if pairs is not None:
        others = aggregate("groupUniqArrayArray", call("tupleElement", pairs, 1))
    target.project(others)
    return render(target.select())


def distinct_values(relation: Relation, name: str, most: int) -> str | None:
    """A statement for the distinct values of a field as text, sorted."""
    target = relation.nested()
    value = target.field(name)
    if value is None:
        return None
    plain = text(value)
    target.where.append(call("isNotNull", plain))
    target.project(call("arraySort", aggregate("groupUniqArray", plain, parameters=[most])))
    return render(target.select())
