"""`backshift`: the value some rows earlier."""

from __future__ import annotations

from pilotage.language.plan.expressions import Binary, Call, Field, Literal
from pilotage.language.plan.nodes import Aggregation, Extend, Node, Project
from pilotage.language.plan.windows import Window
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_windows import read_running

_VALUE, _COUNT = "__value", "__count"
_ABSENT = "\x00"
"""Stands for a null in the window, which aggregates would pass over."""


def parse(stage: Stage, rows: Node) -> Node:
    """`backshift f [, 1] [as n] [by g]`."""
    asked = read_running(stage, "_backshift", 1)
    value = Call("coalesce", (Field(asked.field), Literal(_ABSENT)))
    items = (Aggregation("first", value, _VALUE, span=stage.span), Aggregation("count", None, _COUNT, span=stage.span))
    seen = Window(rows, items, asked.by, current=False, rows=asked.rows, per_group=True, command="backshift", span=stage.span)
    whole = Binary("=", Field(_COUNT), Literal(asked.rows))
    shifted = Call("if", (whole, Call("nullif", (Field(_VALUE), Literal(_ABSENT))), Literal(None)))
    made = Extend(seen, ((asked.alias, shifted),), command="backshift", span=stage.span)
    return Project(made, (_VALUE, _COUNT), "drop", command="backshift", span=stage.span)


OPERATOR = Operator(
    spellings=("backshift",),
    synopsis="backshift <field> [, <rows>] [as <name>] [by <field>, …]",
    summary="Adds the value of a field one row earlier, or some rows, as `_backshift`; null where there is none.",
    parse=parse,
    examples=(Example("* | timeslice 1h | count by _timeslice | backshift _count, 24 as day_before", "The same hour a day before."),),
)
