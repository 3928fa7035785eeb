"""`threatlookup`: what a list of threats says of an address, a file or an address of the web."""

from __future__ import annotations

from pilotage.language.plan.knowledge import Lookup
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_threats import NO_THREATS, THREATS

_COLUMNS = (
    "actors", "confidence", "fields", "imported", "indicator", "kill_chain_phases", "num_match", "source", "threat_types", "type",
    "updated", "valid_from", "valid_until",
)  # fmt: skip


def parse(stage: Stage, rows: Node) -> Node:
    """`threatlookup singleIndicator f`."""
    if not stage.keyword("singleindicator"):
        raise stage.refuse("anything but `singleIndicator`", "write `threatlookup singleIndicator ip`")
    fields = stage.fields()
    stage.finish()
    if len(fields) > 1:
        raise stage.refuse("several fields", "write a stage for each field")
    outputs = tuple((column, f"_threatlookup.{column}") for column in _COLUMNS)
    stage.names.define(*(name for _, name in outputs))
    return Lookup(rows, THREATS, (("threat", fields[0]),), outputs, absent=NO_THREATS, command="threatlookup", span=stage.span)


OPERATOR = Operator(
    spellings=("threatlookup",),
    synopsis="threatlookup singleIndicator <field>",
    summary="Adds what the lookup `threats` says of a value, as `_threatlookup.confidence`, `_threatlookup.actors` and so on.",
    parse=parse,
    examples=(
        Example(
            "* | threatlookup singleIndicator ip | where _threatlookup.confidence > 50", "Messages with an address that is known as bad."
        ),
    ),
    notes=(
        "The lookup `threats` is yours: a table with the key `threat` and any of the columns "
        + ", ".join(f"`{c}`" for c in _COLUMNS)
        + ".",
        "Without it the fields are null, and a message says so.",
    ),
)
