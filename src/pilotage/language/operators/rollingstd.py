"""`rollingstd`: a trailing standard deviation."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_windows import read_running, window


def parse(stage: Stage, rows: Node) -> Node:
    """`rollingstd f [, 10] [as n] [by g]`."""
    return window(stage, rows, read_running(stage, "_rollingstd", 10), "stdev")


OPERATOR = Operator(
    spellings=("rollingstd",),
    synopsis="rollingstd <field> [, <rows>] [as <name>] [by <field>, …]",
    summary="Adds the sample standard deviation over the row and those before it, ten by default, as `_rollingstd`; 0 for one row.",
    parse=parse,
    examples=(Example("* | timeslice 1m | count by _timeslice | rollingstd _count, 5", "How much five slices differ."),),
)
