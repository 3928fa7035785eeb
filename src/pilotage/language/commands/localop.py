"""`localop`: where later commands run, which is always here."""

from __future__ import annotations

from pilotage.language.plan.cells import Remark
from pilotage.language.plan.nodes import Node, Rows
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`localop`."""
    arguments.finish()
    return Remark(rows, command="localop", span=arguments.span)


def generate(arguments: Arguments) -> Node:
    """`| localop` with no rows before it."""
    return parse(arguments, Rows((), ()))


def write(node: Node) -> str | None:
    """A `Remark` of this command."""
    return "localop" if isinstance(node, Remark) and node.command == "localop" else None


COMMAND = Command(
    name="localop",
    spellings={"spl": ("localop",)},
    synopsis="localop",
    summary="Accepted: it asks for the later commands to run on this machine, where they always run.",
    parse=parse,
    generate=generate,
    print=write,
    examples=(Example("index=main | localop | stats count", "The same as without it."),),
)
