"""`accum`: a running sum."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_windows import read_running, window


def parse(stage: Stage, rows: Node) -> Node:
    """`accum f [as n] [by g]`."""
    return window(stage, rows, read_running(stage, "_accum"), "sum")


OPERATOR = Operator(
    spellings=("accum",),
    synopsis="accum <field> [as <name>] [by <field>, …]",
    summary="Adds the sum of a field over the rows so far, as `_accum`.",
    parse=parse,
    examples=(Example("* | timeslice 1h | count by _timeslice | accum _count as total", "Messages so far."),),
)
