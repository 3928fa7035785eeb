"""`dedup`: the first rows of each combination of values."""

from __future__ import annotations

from pilotage.language.plan.nodes import Dedup, Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage


def parse(stage: Stage, rows: Node) -> Node:
    """`dedup [n] [consecutive] [by a, b]`; without fields, by the text of the message."""
    count = stage.integer() or 1
    consecutive = stage.keyword("consecutive") is not None
    by = stage.by()
    if not by and not stage.done():
        by = stage.fields()
    consecutive = consecutive or stage.keyword("consecutive") is not None
    stage.finish()
    fields = by or (stage.names.use("_raw"),)
    return Dedup(rows, fields, count, keep_empty=True, consecutive=consecutive, command="dedup", span=stage.span)


OPERATOR = Operator(
    spellings=("dedup",),
    synopsis="dedup [<number>] [consecutive] [by <field>, …]",
    summary="Keeps the first rows of each combination of values, one by default; rows without a value stay.",
    parse=parse,
    examples=(Example("* | dedup 1 by user", "The newest message of each user."),),
)
