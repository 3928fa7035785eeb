"""`filter`: rows whose field is among those that another pipe over the same rows leaves."""

from __future__ import annotations

from pilotage.language.plan.branches import Join
from pilotage.language.plan.nodes import Node, Project
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage


def parse(stage: Stage, rows: Node) -> Node:
    """`filter k in (sum(m) by k | topk(3, _sum))`."""
    fields = stage.fields()
    if stage.sees("not"):
        raise stage.refuse("`not in`")
    if not stage.keyword("in"):
        raise stage.unexpected("`in (` and a pipe over the rows")
    other = stage.branch(rows)
    stage.finish()
    chosen = Project(other, fields, "table", command="filter", span=stage.span)
    pairs = tuple((name, name) for name in fields)
    return Join(rows, chosen, pairs, command="filter", span=stage.span)


OPERATOR = Operator(
    spellings=("filter",),
    synopsis="filter <field>, … in (<stages>)",
    summary="Keeps the rows whose field has a value that the stages in parentheses, over the same rows, leave.",
    parse=parse,
    examples=(
        Example(
            "* | timeslice 1h | count by _timeslice, service | filter service in (sum(_count) as n by service | topk(3, n))",
            "The three busiest services over time.",
        ),
    ),
)
