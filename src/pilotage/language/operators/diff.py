"""`diff`: the difference to the row before."""

from __future__ import annotations

from pilotage.language.plan.expressions import Binary, Field
from pilotage.language.plan.nodes import Aggregation, Extend, Node, Project
from pilotage.language.plan.windows import Window
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_windows import read_running

_BEFORE = "__previous"


def parse(stage: Stage, rows: Node) -> Node:
    """`diff f [as n] [by g]`."""
    asked = read_running(stage, "_diff")
    item = Aggregation("last", asked.number, _BEFORE, span=stage.span)
    seen = Window(rows, (item,), asked.by, current=False, command="diff", span=stage.span)
    made = Extend(seen, ((asked.alias, Binary("-", asked.number, Field(_BEFORE))),), command="diff", span=stage.span)
    return Project(made, (_BEFORE,), "drop", command="diff", span=stage.span)


OPERATOR = Operator(
    spellings=("diff",),
    synopsis="diff <field> [as <name>] [by <field>, …]",
    summary="Adds the field less its number in the last row that has one, as `_diff`; null in the first row.",
    parse=parse,
    examples=(Example("* | timeslice 1m | max(total) as total by _timeslice | diff total as growth", "What a counter grew by."),),
)
