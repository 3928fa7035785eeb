"""`collect`: rows of a search as events of an index, made by one INSERT … SELECT over their stage, so that Python touches no row."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, call, infix, is_null, lambda_, literal, moment, parameter, render
from pilotage.language.sql.parsing import number_letter
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.value import Value, multi, present, text
from pilotage.model.fields import Kind
from pilotage.store.schema import DATABASE

SOURCETYPE = "stash"
_METADATA = ("index", "host", "source", "sourcetype")
_PAIR = re.compile(r'([\w.]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')
_BARE = r"^[\w.:/@+-]+$"
_LETTERS = {Kind.TEXT: "s", Kind.BOOLEAN: "b", Kind.TIME: "d", Kind.JSON: "k", Kind.MULTI: "a"}


def insertion(relation: Relation, index: str, options: Mapping[str, str | int | bool | None]) -> str:
    """The statement that writes the rows of a relation with known columns as events of `index`.

    A row's `_time` is the event's time, else the search's start; its `_raw` the text, else `time, name="value", …`; every other field an
    attribute, those of the event it was once as `orig_host` and so on.
    """
    target = relation.nested()
    marker = str(options.get("marker") or "")
    when = instant(target)
    cells = _cells(target, marker)
    names = call("arrayMap", lambda_("c", call("tupleElement", parameter("c"), 1)), cells)
    keys = call("concat", "\x1f", call("arrayStringConcat", names, "\x1f"), "\x1f")
    columns: dict[str, Sql] = {
        "index": literal(index),
        "time": when,
        "received": call("now64", 3),
        "observed": call("now64", 9),
        "host": literal(str(options.get("host") or socket.gethostname())),
        "source": literal(str(options.get("source") or "search")),
        "sourcetype": literal(str(options.get("sourcetype") or SOURCETYPE)),
        "body": _body(target, when, cells, marker, with_time=options.get("addtime") is not False),
        "attributes": call("arrayMap", lambda_("c", call("tupleElement", parameter("c"), 2)), cells),
        "attribute_keys": call("if", call("empty", cells), "", keys),
        "attribute_types": call("arrayStringConcat", call("arrayMap", lambda_("c", call("tupleElement", parameter("c"), 3)), cells)),
    }
    for name, sql in columns.items():
        target.add_projection(f"to_{name}", sql)
    names_text = ", ".join(f"`{name}`" for name in columns)
    return f"INSERT INTO {DATABASE}.logs ({names_text}) {render(target.select())}"


def instant(target: Relation) -> Sql:
    """A row's time: its `_time`, a time or epoch seconds, else the search's start."""
    time = target.field("_time") if target.knows("_time") else None
    start = moment(target.context.now)
    if time is None:
        return start
    if time.kind is Kind.TIME:
        return call("ifNull", time.sql, start)
    ticks = call("toInt64", infix(exp.Mul, call("toDecimal64OrNull", text(time), 9), literal(1_000_000_000)))
    return call("ifNull", call("fromUnixTimestamp64Nano", ticks), start)


def _cells(target: Relation, marker: str) -> Sql:
    """The attributes of a row that are there: an array of (name, text, type letter)."""
    items: list[Sql] = []
    for name in target.names():
        value = target.field(name)
        if value is None or value.is_null or name.startswith("_"):
            continue
        shown, letter = _stored(value)
        known = call("if", present(value), letter, "")
        items.append(call("tuple", f"orig_{name}" if name in _METADATA else name, call("ifNull", shown, ""), call("ifNull", known, "")))
    items += [call("tuple", found[1], found[2] or found[3] or "", "s") for found in _PAIR.finditer(marker)]
    every = call("CAST", call("array", *items), "Array(Tuple(String, String, String))")
    return call("arrayFilter", lambda_("c", call("notEmpty", call("tupleElement", parameter("c"), 3))), every)


def _stored(value: Value) -> tuple[Sql, Sql]:
    match value.kind:
        case Kind.NUMBER:
            return text(value), number_letter(call("ifNull", text(value), ""))
        case Kind.MULTI:
            return call("toJSONString", multi(value)), literal("a")
        case Kind.BOOLEAN:
            return call("lower", text(value)), literal("b")
        case Kind.VALUE:
            guess = number_letter(call("ifNull", text(value), ""))
            return text(value), guess if value.type is None else call("ifNull", call("nullIf", value.type, ""), guess)
        case _:
            return text(value), literal(_LETTERS[value.kind])


def _body(target: Relation, when: Sql, cells: Sql, marker: str, *, with_time: bool) -> Sql:
    item = parameter("c")
    shown = call("tupleElement", item, 2)
    quoted = call("concat", '"', call("replaceAll", call("replaceAll", shown, "\\", "\\\\"), '"', '\\"'), '"')
    pair = call("concat", call("tupleElement", item, 1), "=", call("if", call("match", shown, _BARE), shown, quoted))
    pairs = call("arrayStringConcat", call("arrayMap", lambda_("c", pair), cells), ", ")
    stamp = call("formatDateTime", call("toDateTime64", when, 0, "UTC"), "%m/%d/%Y %H:%i:%S +0000")
    made = call("if", call("empty", cells), stamp, call("concat", stamp, ", ", pairs)) if with_time else pairs
    raw = target.field("_raw") if target.knows("_raw") else None
    if raw is None or raw.is_null:
        return made
    whole = call("concat", text(raw), f", {marker}") if marker else text(raw)
    return call("if", is_null(text(raw)), made, call("ifNull", whole, ""))
