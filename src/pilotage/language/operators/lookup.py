"""`lookup`: columns of a table beside the rows; places come from a local database of addresses, threats from a lookup."""

from __future__ import annotations

import re

from pilotage.language.plan.cells import Remark
from pilotage.language.plan.expressions import Literal
from pilotage.language.plan.knowledge import Lookup
from pilotage.language.plan.locations import Locate
from pilotage.language.plan.nodes import Extend, Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_threats import NO_THREATS, THREATS

_PLACE = re.compile(r'(?:path://)?"((?:[^"\\]|\\.)*)"|\S+')
_VENDOR = re.compile(r"(geo|sumo|asn|threat)://", re.IGNORECASE)
_PLACES = {
    "latitude": "latitude", "longitude": "longitude", "country_name": "country", "country_code": "code", "city": "city",
    "region": "region", "state": "region", "postal_code": "postal", "metro_code": "metro", "continent": "continent", "timezone": "zone",
}  # fmt: skip
"""Columns of `geo://` and the parts of a place."""


def parse(stage: Stage, rows: Node) -> Node:
    """`lookup a, b as c from place on k=f`."""
    outputs: list[tuple[str, str]] = []
    every = stage.accept("*")
    while not every and (not outputs or stage.accept(",")):
        if stage.sees("from"):
            break
        column = stage.new_name("a column of the table")
        outputs.append((column, stage.new_name() if stage.keyword("as") else column))
    if not stage.keyword("from"):
        raise stage.unexpected("`from` and the name of a table")
    stage.space()
    found = stage.take(_PLACE)
    if found is None:
        raise stage.unexpected("the name of a table")
    place = found[1] if found[1] is not None else found[0]
    keys = _keys(stage)
    stage.finish()
    stage.names.define(*(name for _, name in outputs))
    if found := _VENDOR.match(place):
        return _vendors(stage, rows, found[1].lower(), (keys, tuple(outputs)))
    table = re.sub(r"\.csv$", "", place.rstrip("/").rsplit("/", 1)[-1], flags=re.IGNORECASE)
    return Lookup(rows, table, keys, tuple(outputs) if outputs else None, command="lookup", span=stage.span)


def _vendors(stage: Stage, rows: Node, kind: str, asked: tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]) -> Node:
    """Tables that the original has built in: places of addresses, and threats out of a lookup of that name."""
    keys, outputs = asked
    if not outputs:
        raise stage.refuse(f"`*` from `{kind}://`", "name the columns")
    if kind in {"sumo", "threat"}:
        return Lookup(rows, THREATS, (("threat", keys[0][1]),), outputs, absent=NO_THREATS, command="lookup", span=stage.span)
    parts = tuple((name, _PLACES[column.lower()]) for column, name in outputs if kind == "geo" and column.lower() in _PLACES)
    placed = {name for name, _ in parts}
    absent = tuple((name, Literal(None)) for _, name in outputs if name != keys[0][1])
    node: Node = Extend(rows, absent, command="lookup", span=stage.span)
    unknown = [column for column, name in outputs if name not in placed]
    if unknown:
        columns = ", ".join(f"`{column}`" for column in unknown)
        node = Remark(node, f"`lookup … from {kind}://` knows no {columns}: null", command="lookup", span=stage.span)
    return Locate(node, keys[0][1], columns=parts, command="lookup", span=stage.span) if parts else node


def _keys(stage: Stage) -> tuple[tuple[str, str], ...]:
    """`on k = f and k2 = f2`; a key alone has the name of the field."""
    if not stage.keyword("on"):
        raise stage.unexpected("`on` and the key, as in `on ip = client_ip`")
    keys: list[tuple[str, str]] = []
    while True:
        opened = stage.accept("(")
        column = stage.new_name("a column of the table")
        keys.append((column, stage.field() if stage.accept("=") else stage.names.use(column)))
        if opened:
            stage.expect(")", "closing the parenthesis")
        if not stage.accept(",") and not stage.keyword("and"):
            return tuple(keys)


OPERATOR = Operator(
    spellings=("lookup",),
    synopsis="lookup <column> [as <name>], … from <table> on <key> = <field> [and …]",
    summary="Adds columns of the row of a table whose key equals a field; null where there is none.",
    parse=parse,
    examples=(
        Example("* | lookup team, mail as contact from owners on service = service", "Two columns of the lookup `owners`."),
        Example("* | lookup country_name from geo://location on ip = client_ip", "Places of addresses, from a local database."),
    ),
    notes=(
        "A table is called by the last part of its path, without `.csv`.",
        "`geo://` takes places from the `iplocation_database` of the configuration; without one they are null, and a message says so.",
        "`sumo://threat/…` looks in the lookup `threats`, key `threat`; without it, and for `asn://`, columns are null, with a message.",
    ),
)
