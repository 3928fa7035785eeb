"""`limit`: the first rows."""

from __future__ import annotations

from pilotage.language.plan.nodes import Limit, Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage


def parse(stage: Stage, rows: Node) -> Node:
    """`limit n`; `limit *`, which a variable without a value gives, keeps all."""
    if stage.accept("*"):
        stage.finish()
        return rows
    count = stage.integer()
    if count is None:
        raise stage.unexpected("a number of rows")
    stage.finish()
    return Limit(rows, count, command="limit", span=stage.span)


OPERATOR = Operator(
    spellings=("limit",),
    synopsis="limit <number>",
    summary="Keeps the first rows, or messages when no aggregate came before.",
    parse=parse,
    examples=(Example("* | count by service | sort by _count | limit 10", "The ten most frequent."),),
)
