"""`filter`: rows whose field is among those that another pipe over the same rows leaves."""

from __future__ import annotations

from pilotage.language.plan.branches import Join
from pilotage.language.plan.expressions import Call, Field, Literal
from pilotage.language.plan.nodes import Extend, Filter, Node, Project
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage

_FOUND = "__found"


def parse(stage: Stage, rows: Node) -> Node:
    """`filter k [not] in (sum(m) by k | topk(3, _sum))`."""
    fields = stage.fields()
    without = stage.keyword("not") is not None
    if not stage.keyword("in"):
        raise stage.unexpected("`in (` and a pipe over the rows")
    other = stage.branch(rows)
    stage.finish()
    chosen = Project(other, fields, "table", command="filter", span=stage.span)
    pairs = tuple((name, name) for name in fields)
    if not without:
        return Join(rows, chosen, pairs, command="filter", span=stage.span)
    marked = Extend(chosen, ((_FOUND, Literal(1)),), command="filter", span=stage.span)
    beside = Join(rows, marked, pairs, kind="left", command="filter", span=stage.span)
    left = Filter(beside, Call("isnull", (Field(_FOUND),)), command="filter", span=stage.span)
    return Project(left, (_FOUND,), "drop", command="filter", span=stage.span)


OPERATOR = Operator(
    spellings=("filter",),
    synopsis="filter <field>, … [not] in (<stages>)",
    summary="Keeps the rows whose field has a value that the stages in parentheses, over the same rows, leave; with `not` the others.",
    parse=parse,
    examples=(
        Example(
            "* | timeslice 1h | count by _timeslice, service | filter service in (sum(_count) as n by service | topk(3, n))",
            "The three busiest services over time.",
        ),
    ),
)
