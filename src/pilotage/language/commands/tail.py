"""`tail`: the last rows, in reverse order."""

from __future__ import annotations

from pilotage.language.plan.nodes import Limit, Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`tail [N]`."""
    count = arguments.read_number()
    arguments.finish()
    return Limit(rows, 10 if count is None else count, last=True, command="tail", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Limit` from the end."""
    return f"tail {node.count}" if isinstance(node, Limit) and node.last else None


COMMAND = Command(
    name="tail",
    spellings={"spl": ("tail",)},
    synopsis="tail [<N>]",
    summary="Keeps the last N rows (10 by default), the last one first.",
    parse=parse,
    print=write,
    examples=(Example("index=main | tail 2", "The two oldest events, the oldest first."),),
)
