"""Fields out of a text of each row (`plan.extracting`): rows without a match left out or kept, a row for every match."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from pilotage.language.plan.expressions import Field
from pilotage.language.plan.extracting import AutoParse, JsonFilter, JsonQuery, Parse, Way
from pilotage.language.plan.parsing import Anchor, Csv, Json, KeyValue, Regex
from pilotage.language.sql import parsing as parsings
from pilotage.language.sql.evaluation import Evaluator
from pilotage.language.sql.extraction import BEYOND_RE2
from pilotage.language.sql.fragments import Sql, all_of, call, infix, is_present, literal
from pilotage.language.sql.json_text import json_part, loose_member, member, members, of_raw
from pilotage.language.sql.relation import Key, Relation
from pilotage.language.sql.value import Value, text, unify
from pilotage.model.fields import Kind
from pilotage.model.problem import fail

_NOBODY = "_"


def parsed_rows(relation: Relation, node: Parse) -> Relation:
    """`parse`, `parse regex`, `json`, `csv`, `split`, `keyvalue`."""
    target, outer = _levels(relation, node.source, apart=node.multi)
    value = Evaluator(target).field(Field(node.source, span=node.span))
    source = call("ifNull", text(value), "")
    carriers = [_part(target, way, source, node) for way in node.ways]
    if node.multi:
        keys = target.export_keys()
        outer.order = [*keys, *(Key(call("tupleElement", carrier, 2)) for carrier in carriers)]
        carriers = [call("tupleElement", carrier, 1) for carrier in carriers]
    apart = None if node.multi else target
    fields = [_fields(way, carrier, apart) for way, carrier in zip(node.ways, carriers, strict=True)]
    if node.drop:
        outer.where.append(all_of(_matched(*each) for each in zip(node.ways, carriers, fields, strict=True)))
    for name, found in (field for each in fields for field in each):
        if name == _NOBODY:
            continue
        before = outer.field(name) if not node.drop and outer.knows(name) else None
        outer.define(name, found if before is None else unify([found, before], lambda parts: call("ifNull", *parts)))
    return outer


def _levels(relation: Relation, source: str, *, apart: bool = False) -> tuple[Relation, Relation]:
    """The SELECT that parts of a text are taken in and the one around it with their fields; neighbours share them unless `apart`."""
    inner = None if apart else relation.inside(source)
    if inner is not None:
        return inner, relation
    target = relation.named()
    target.sealed = True
    return target, target.nested()


def _part(target: Relation, way: Way, source: Sql, node: Parse) -> Sql:
    """What all fields of one way are taken from, found once for every stage that shares the SELECT."""
    key = ("json", node.source) if isinstance(way, Json | JsonQuery | JsonFilter) else (repr(way), node.source, str(node.multi))
    if key not in target.parts:
        target.parts[key] = target.project(_carrier(way, source, node))
    return target.parts[key]


def _carrier(way: Way, source: Sql, node: Parse) -> Sql:
    """What all fields of one way are taken from: groups of the match, values of the record, or the JSON."""
    match way:
        case Regex() | Anchor():
            pattern = way.text if isinstance(way, Regex) else way.regex
            if isinstance(way, Regex) and BEYOND_RE2.search(pattern):
                raise fail(
                    "regex-unsupported",
                    "look-around, back-references and possessive repeats do not run in the engine",
                    span=node.span,
                    hint="write the pattern without them",
                )
            return _every(source, pattern) if node.multi else call("extractGroups", source, pattern)
        case Json() | JsonQuery() | JsonFilter():
            return json_part(source)
        case Csv():
            return call("if", call("empty", source), call("emptyArrayString"), parsings.record(way, source))
        case _:
            return source


def _every(source: Sql, pattern: str) -> Sql:
    """A row for every match: its groups and its number; a row without groups where nothing matches."""
    matches = call("extractAllGroupsVertical", source, pattern)
    some = call("if", call("empty", matches), call("CAST", call("array", call("array")), "Array(Array(String))"), matches)
    return call("arrayJoin", call("arrayZip", some, call("arrayEnumerate", some)))


def _fields(way: Way, carrier: Sql, target: Relation | None) -> list[tuple[str, Value]]:
    """The fields of one way; what several expressions of one need is worked out in the `target` already, if there is one."""
    match way:
        case Regex():
            return [(name, _group(carrier, place)) for name, place in way.groups]
        case Anchor():
            return [(name, _group(carrier, place)) for place, name in enumerate(way.names, 1)]
        case Json():
            raws = [(name, member(carrier, steps)) for name, steps in way.paths]
            return [(name, of_raw(_named(target, raw))) for name, raw in raws]
        case JsonQuery():
            return [(way.name, Value(call("nullIf", call("JSON_QUERY", carrier, way.path), ""), Kind.VALUE, literal("a")))]
        case JsonFilter():
            return [(way.name, members(carrier, way))]
        case Csv():
            return [(name, Value(parsings.at(carrier, place), Kind.VALUE)) for place, name in enumerate(way.names, 1)]
        case _:
            return [(each.name, Value(each.value, Kind.VALUE)) for each in parsings.parsed(way, carrier)]


def _group(groups: Sql, place: int) -> Value:
    found = call("if", call("empty", groups), None, call("arrayElement", groups, place))
    return Value(found, Kind.VALUE)


def _named(target: Relation | None, sql: Sql) -> Sql:
    """An expression over other parts of the `target`, by a name of its own."""
    if target is None:
        return sql
    target.chained = True
    return target.project(sql)


def _matched(way: Way, carrier: Sql, fields: list[tuple[str, Value]]) -> Sql:
    if isinstance(way, Regex | Anchor):
        return call("notEmpty", carrier)
    if isinstance(way, Csv):
        return infix(exp.GTE, call("length", carrier), literal(len(way.names)))
    wanted = [value.sql for name, value in fields if name != _NOBODY]
    return _all_present(wanted)


def _all_present(values: Sequence[Sql]) -> Sql:
    return all_of(is_present(value) for value in values) if values else infix(exp.EQ, literal(1), literal(1))


def auto_parsed(relation: Relation, node: AutoParse) -> Relation:
    """Fields of a JSON text that rows do not have otherwise."""
    if not node.names:
        return relation
    target, outer = _levels(relation, node.source)
    if node.pairs:
        return _auto_pairs(target, outer, node)
    key = ("json", node.source)
    if key not in target.parts:
        value = Evaluator(target).field(Field(node.source, span=node.span))
        target.parts[key] = target.project(json_part(call("ifNull", text(value), "")))
    part = target.parts[key]
    for name in node.names:
        found = of_raw(_named(target, loose_member(part, name)))
        before = outer.field(name) if outer.knows(name) else None
        outer.define(name, found if before is None else unify([before, found], lambda parts: call("ifNull", *parts)))
    return outer


def _auto_pairs(target: Relation, outer: Relation, node: AutoParse) -> Relation:
    """Values of keys of a text that rows do not have otherwise."""
    source = call("ifNull", text(Evaluator(target).field(Field(node.source, span=node.span))), "")
    joint = "" if node.pairs == "=" else node.pairs
    for name in node.names:
        way = KeyValue(((name, name),), joint)
        found = Value(target.project(parsings.parsed(way, source)[0].value), Kind.VALUE)
        before = outer.field(name) if outer.knows(name) else None
        outer.define(name, found if before is None else unify([before, found], lambda parts: call("ifNull", *parts)))
    return outer
