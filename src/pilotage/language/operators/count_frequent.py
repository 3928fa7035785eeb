"""`count_frequent`: combinations of values, the most frequent first."""

from __future__ import annotations

from pilotage.language.plan.nodes import Aggregate, Node, Sort, SortKey
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.language.syntax.sumo_aggregates import single

_RESULT = "_approxcount"


def parse(stage: Stage, rows: Node) -> Node:
    """`count_frequent a, b` or `count_frequent(a)`."""
    stage.keyword("by")
    opened = stage.accept("(")
    fields = stage.fields("a field")
    if opened:
        stage.expect(")", "closing the parenthesis")
    stage.finish()
    counted = Aggregate(
        rows, (single("count", None, _RESULT, stage.span),), fields, null_keys=True, command="count_frequent", span=stage.span
    )
    stage.names.close(*fields, _RESULT)
    return Sort(counted, (SortKey(_RESULT, descending=True),), command="count_frequent", span=stage.span)


OPERATOR = Operator(
    spellings=("count_frequent",),
    synopsis="count_frequent <field>, …",
    summary="Counts combinations of values as `_approxcount`, the most frequent first.",
    parse=parse,
    examples=(Example("* | count_frequent url, status | limit 10", "The ten most frequent pairs."),),
    notes=("The counts are exact, whatever the name of the result says.",),
)
