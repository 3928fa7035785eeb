"""`append`: the rows of another search after these."""

from __future__ import annotations

from pilotage.language.plan.branches import Union
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.other_search import BOUNDS, bound_text, read_bound
from pilotage.language.syntax.printing import BRANCH

OPTIONS = (
    *BOUNDS,
    Option("extendtimerange", "boolean", "f", "Accepted; the other search has a range of its own if it names one."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`append [option=value]… [<search>]`."""
    arguments.take_options()
    other = arguments.read_search()
    arguments.finish()
    arguments.boolean("extendtimerange", default=False)
    return Union(rows, (other,), limit=read_bound(arguments), command="append", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Union` of two."""
    if not isinstance(node, Union) or node.by_time or len(node.others) != 1:
        return None
    return f"append{bound_text(node.limit)} {BRANCH}"


COMMAND = Command(
    name="append",
    spellings={"spl": ("append",)},
    synopsis="append [maxout=<integer>] [<search>]",
    summary="Puts the rows of another search after these; the columns are those of both.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | stats count BY service | append [search index=traces | stats count BY service]", "Two totals in one table."),
    ),
)
