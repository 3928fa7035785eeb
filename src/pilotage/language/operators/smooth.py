"""`smooth`: a trailing mean."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_windows import read_running, window


def parse(stage: Stage, rows: Node) -> Node:
    """`smooth f [, 10] [as n] [by g]`."""
    return window(stage, rows, read_running(stage, "_smooth", 10), "avg")


OPERATOR = Operator(
    spellings=("smooth",),
    synopsis="smooth <field> [, <rows>] [as <name>] [by <field>, …]",
    summary="Adds the mean of a field over the row and those before it, ten by default, as `_smooth`; fewer at the start.",
    parse=parse,
    examples=(Example("* | timeslice 1m | count by _timeslice | smooth _count, 5 as calm", "The mean of five slices."),),
)
