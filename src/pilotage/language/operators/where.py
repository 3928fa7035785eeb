"""`where`: keep rows for which an expression is true."""

from __future__ import annotations

from pilotage.language.plan.nodes import Filter, Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage


def parse(stage: Stage, rows: Node) -> Node:
    """`where <condition>`."""
    condition = stage.expression()
    if not stage.done():
        raise stage.unexpected("an operator or the end of the condition")
    return Filter(rows, condition, command="where", span=stage.span)


OPERATOR = Operator(
    spellings=("where",),
    synopsis="where <condition>",
    summary="Keeps the rows for which the condition is true; a null condition is not true.",
    parse=parse,
    examples=(
        Example('* | where status >= 500 and service != "cart"', "Numbers compare as numbers when both sides are numbers, else as text."),
        Example('* | where url matches "/api/*" or url matches /^.v[12]/', "A glob covers the whole value, a regular expression searches."),
        Example('* | where !isNull(user) and region in ("eu", "us")', "`!`, `&&` and `||` mean not, and, or."),
    ),
    notes=("A bare word is a field, a text stands in double quotes.",),
)
