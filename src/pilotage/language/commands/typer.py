"""`typer`: names of the event types of each event."""

from __future__ import annotations

from pilotage.language.plan.cells import Remark
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example

SENTENCE = "`typer` sets no `eventtype` here"
OPTIONS = (
    Option("eventtypes", "text", "all", "Accepted; nothing is set."),
    Option("maxlen", "integer", "10000", "Accepted; nothing is set."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`typer`."""
    arguments.finish()
    return Remark(rows, SENTENCE, command="typer", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Remark` of this command."""
    return "typer" if isinstance(node, Remark) and node.command == "typer" else None


COMMAND = Command(
    name="typer",
    spellings={"spl": ("typer",)},
    synopsis="typer",
    summary="Accepted with a message: event types are not written into the rows; `eventtype=<name>` in a search finds them.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main | typer | stats count", "The rows pass unchanged."),),
)
