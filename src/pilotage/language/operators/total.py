"""`total`: the sum of a field on every row."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_windows import read_running, window


def parse(stage: Stage, rows: Node) -> Node:
    """`total f [as n] [by g]`."""
    return window(stage, rows, read_running(stage, "_total"), "sum", running=False)


OPERATOR = Operator(
    spellings=("total",),
    synopsis="total <field> [as <name>] [by <field>, …]",
    summary="Adds the sum of a field over all rows, or all of a group, to each row as `_total`.",
    parse=parse,
    examples=(Example("* | count by service | total _count as everything | _count / everything as share", "Shares of a whole."),),
)
