"""`noop`: nothing, as in other products where it carries switches of the search's machinery."""

from __future__ import annotations

from pilotage.language.plan.cells import Remark
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`noop [<name>=<value> …]`."""
    given = arguments.text[arguments.position : arguments.end].strip()
    arguments.position = arguments.end
    sentence = f"`noop` has no switches here: `{given}` changes nothing" if given else ""
    return Remark(rows, sentence, command="noop", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Remark` of this command."""
    if not isinstance(node, Remark) or node.command != "noop":
        return None
    return f"noop {node.sentence.split('`')[3]}" if node.sentence else "noop"


COMMAND = Command(
    name="noop",
    spellings={"spl": ("noop",)},
    synopsis="noop",
    summary="Does nothing; the switches it may carry elsewhere are named in the messages.",
    parse=parse,
    print=write,
    examples=(Example("index=main | noop | stats count", "The same as without it."),),
)
