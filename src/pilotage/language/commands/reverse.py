"""`reverse`: the rows backwards."""

from __future__ import annotations

from pilotage.language.plan.cells import Reverse
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`reverse`."""
    arguments.finish()
    return Reverse(rows, command="reverse", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Reverse`."""
    return "reverse" if isinstance(node, Reverse) else None


COMMAND = Command(
    name="reverse",
    spellings={"spl": ("reverse",)},
    synopsis="reverse",
    summary="Turns the order of the rows round.",
    parse=parse,
    print=write,
    examples=(Example("index=main | head 10 | reverse", "The ten newest events, oldest first."),),
)
