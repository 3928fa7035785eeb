"""`lookup`: columns of a table beside the rows; places and threats of addresses are null until a database for them is there."""

from __future__ import annotations

import re

from pilotage.language.plan.cells import Remark
from pilotage.language.plan.expressions import Literal
from pilotage.language.plan.knowledge import Lookup
from pilotage.language.plan.nodes import Extend, Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage

_PLACE = re.compile(r'(?:path://)?"((?:[^"\\]|\\.)*)"|\S+')
_VENDOR = re.compile(r"(?:geo|sumo|asn|threat)://", re.IGNORECASE)


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
    if _VENDOR.match(place):
        absent = tuple((name, Literal(None)) for _, name in outputs)
        remark = f"`lookup … from {place}` has no database here: its columns are null"
        return Remark(Extend(rows, absent, command="lookup", span=stage.span), remark, command="lookup", span=stage.span)
    table = re.sub(r"\.csv$", "", place.rstrip("/").rsplit("/", 1)[-1], flags=re.IGNORECASE)
    return Lookup(rows, table, keys, tuple(outputs) if outputs else None, command="lookup", span=stage.span)


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
        Example("* | lookup country_name from geo://location on ip = client_ip", "Null: there is no database of places."),
    ),
    notes=(
        "A table is called by the last part of its path, without `.csv`.",
        "`geo://`, `sumo://` and `asn://` give null columns, and a message.",
    ),
)
