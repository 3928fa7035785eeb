"""`multireport`: the same rows through several pipes, their results one after another."""

from __future__ import annotations

from pilotage.language.plan.branches import Fork, Incoming
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import BRANCH


def parse(arguments: Arguments, rows: Node) -> Node:
    """`multireport [<commands>] [<commands>]…`."""
    branches = [arguments.read_branch(Incoming())]
    while not arguments.done():
        branches.append(arguments.read_branch(Incoming()))
    arguments.finish()
    return Fork(rows, tuple(branches), command="multireport", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Fork` that does not keep its rows."""
    return f"multireport {' '.join([BRANCH] * len(node.branches))}" if isinstance(node, Fork) and not node.keep else None


COMMAND = Command(
    name="multireport",
    spellings={"spl": ("multireport",)},
    synopsis="multireport [<commands>] [<commands>]…",
    summary="Gives the rows to each pipe in brackets and puts their results one after another.",
    parse=parse,
    print=write,
    examples=(
        Example(
            "index=main | stats count BY service, host | multireport [stats sum(count) BY service] [stats sum(count) BY host]",
            "Two ways to total.",
        ),
    ),
    notes=("A branch may begin with a source of its own, as in `[| makeresults]`; it then ignores the rows.",),
)
