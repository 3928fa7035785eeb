"""`appendpipe`: what further commands make of the rows, after the rows."""

from __future__ import annotations

from pilotage.language.plan.branches import Fork, Incoming
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import BRANCH

OPTIONS = (Option("run_in_preview", "boolean", "t", "Accepted; there is no preview."),)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`appendpipe [<commands>]`."""
    arguments.take_options()
    branch = arguments.read_branch(Incoming())
    arguments.finish()
    arguments.boolean("run_in_preview", default=True)
    return Fork(rows, (branch,), keep=True, command="appendpipe", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Fork` that keeps its rows."""
    return f"appendpipe {BRANCH}" if isinstance(node, Fork) and node.keep and len(node.branches) == 1 else None


COMMAND = Command(
    name="appendpipe",
    spellings={"spl": ("appendpipe",)},
    synopsis="appendpipe [<commands>]",
    summary="Runs commands over the rows and puts what they make after the rows themselves.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example(
            'index=main | stats count BY service, host | appendpipe [stats sum(count) AS count BY service | eval host="all"]',
            "A subtotal a service.",
        ),
    ),
)
