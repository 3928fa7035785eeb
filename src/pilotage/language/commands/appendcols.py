"""`appendcols`: the columns of another search beside these, row by row."""

from __future__ import annotations

from pilotage.language.plan.branches import Paste
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.other_search import BOUNDS, bound_text, read_bound
from pilotage.language.syntax.printing import BRANCH

OPTIONS = (
    Option("override", "boolean", "f", "Whether columns of both are those of the other search."),
    *BOUNDS,
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`appendcols [option=value]… [<search>]`."""
    arguments.take_options()
    other = arguments.read_search()
    arguments.finish()
    override = arguments.boolean("override", default=False)
    return Paste(rows, other, override, read_bound(arguments), command="appendcols", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Paste`."""
    if not isinstance(node, Paste):
        return None
    override = " override=t" if node.override else ""
    return f"appendcols{override}{bound_text(node.limit)} {BRANCH}"


COMMAND = Command(
    name="appendcols",
    spellings={"spl": ("appendcols",)},
    synopsis="appendcols [override=<boolean>] [maxout=<integer>] [<search>]",
    summary="Puts the first row of another search beside the first of these, the second beside the second, and so on.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | stats count AS logs | appendcols [search index=traces | stats count AS spans]", "Two numbers in one row."),
    ),
)
