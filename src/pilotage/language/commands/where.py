"""`where`: keep rows for which an eval expression is true."""

from __future__ import annotations

from pilotage.language.plan.nodes import Filter, Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import eval_text


def parse(arguments: Arguments, rows: Node) -> Node:
    """`where <condition>`."""
    condition = arguments.read_condition()
    if not arguments.done():
        raise arguments.unexpected("an operator or the end of the condition")
    return Filter(rows, condition, command="where", span=arguments.span)


def write(node: Node) -> str | None:
    """Any filter: what only `search` can say is written as `searchmatch("…")`."""
    return f"where {eval_text(node.condition)}" if isinstance(node, Filter) else None


COMMAND = Command(
    name="where",
    spellings={"spl": ("where",)},
    synopsis="where <condition>",
    summary="Keeps the rows for which the condition is true; a null condition is not true.",
    parse=parse,
    print=write,
    examples=(
        Example('index=main | where status>=500 AND service!="cart"', "Fields are compared with values or with other fields."),
        Example(
            'index=main | where like(service, "pay%") OR region IN ("eu", "us")', "Text is compared exactly, with upper and lower case."
        ),
        Example("index=main | where 'http.status'>400", "A name with a dot or a space stands in single quotes."),
    ),
    notes=("AND binds tighter than OR here, other than in `search`.",),
)
