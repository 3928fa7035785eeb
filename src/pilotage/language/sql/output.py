"""The last SELECT: rows as NDJSON lines or as typed columns. Both are made by the engine, so that Python touches no row."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, aggregate, call, infix, json_key, lambda_, literal, parameter, render
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.sources import untouched_events
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
    target = relation if relation.bare and _each_once(relation) else relation.nested()
    table = untouched_events(target)
    if table is None:
        target.project(_line(target))
    else:
        key = (type(target.context.catalogue).__name__, table)
        if key not in _LINES:
            _LINES[key] = render(_line(target, target.context.catalogue.remainder_members(table)))
        target.project(exp.Var(this=_LINES[key]))
    return _statement(target)


_PLAIN_NAME = re.compile(r"(?!null$)[A-Za-z_][\w.:/@ -]*", re.ASCII)
"""Names that may stand inside a type (`null` is the engine's own there); any other field is a member by itself, its name a literal."""

MOST_MEMBERS = 8
"""Texts and times of rows of up to this many columns are written one by one, the members of dictionaries once a distinct text: half
the time a row of one tuple for all. Wide rows keep the tuple, as each call costs every statement its analysis."""

_LINES: dict[tuple[str, str], str] = {}
"""The line of a whole event: a tree of hundreds of nodes that is the same in most searches."""


def _each_once(relation: Relation) -> bool:
    """Whether writing the rows as JSON mentions each field once, so that no SELECT is needed to name them."""
    return all(v is None or v.kind not in {Kind.VALUE, Kind.MULTI} for v in map(relation.field, relation.names()))


def _line(target: Relation, rest: Sql | None = None) -> Sql:
    """The object of a row: `,"name":value` members, the first comma cut off. `rest` are the members beyond the known columns."""
    pieces: list[Sql] = []
    run: list[tuple[str, str, Sql]] = []
    names = target.names()
    short = len(names) <= MOST_MEMBERS
    for name in names:
        value = target.field(name)
        if value is None or value.is_null:
            continue
        if short and value.kind in {Kind.TEXT, Kind.TIME}:
            pieces += [*_tuple(run), _member(name, value)]
            run = []
            continue
        item = _item(value) if _PLAIN_NAME.fullmatch(name) else None
        if item is not None and all(name != known for known, _, _ in run):
            run.append((name, *item))
            continue
        pieces += [*_tuple(run), _member(name, value)]
        run = []
    pieces += _tuple(run)
    if rest is None and (pairs := target.remainder(())) is not None:
        rest = _rest(pairs)
    if rest is not None:
        pieces.append(rest)
    return call("concat", "{", call("substring", call("concat", *pieces, ""), 2), "}")


def _item(value: Value) -> tuple[str, Sql] | None:
    """How a field goes into a named tuple: SQL type and value; null where its JSON text is not the engine's for one type."""
    match value.kind:
        case Kind.TEXT:
            return "Nullable(String)", call("nullIf", value.plain, "") if value.solid and value.plain is not None else value.sql
        case Kind.TIME:
            return "Nullable(Decimal(18, 9))", value.sql
        case Kind.BOOLEAN:
            return "Nullable(Bool)", value.sql
        case Kind.NUMBER if isinstance(value.sql, exp.Anonymous) and value.sql.name == "nullIf":
            return "Nullable(Float64)", value.sql
        case Kind.NUMBER:
            return "Nullable(Float64)", call("ifNotFinite", call("CAST", value.sql, "Nullable(Float64)"), None)
        case _:
            return None


def _tuple(run: list[tuple[str, str, Sql]]) -> list[Sql]:
    """Members by way of one named tuple, whose nulls the engine leaves out (`backends`): far fewer calls than a member a field.

    A first element that is always there makes every real one begin with a comma.
    """
    if not run:
        return []
    mark = "_"
    while any(name == mark for name, _, _ in run):
        mark += "_"
    types = ", ".join(f"`{name}` {kind}" for name, kind, _ in [(mark, "UInt8", None), *run])
    row = call("CAST", call("tuple", 0, *(sql for _, _, sql in run)), f"Tuple({types})")
    return [call("substring", call("toJSONString", row), len(mark) + 6, -1)]


def _member(name: str, value: Value) -> Sql:
    if value.kind is Kind.TEXT and value.solid and value.plain is not None:
        there = call("concat", f",{json_key(name)}:", call("toJSONString", value.plain))
        return call("if", infix(exp.EQ, value.plain, literal("")), "", there)
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
