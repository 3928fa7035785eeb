"""`mvexpand`: a row a value of a multivalue field."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.windows import Explode
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (Option("limit", "integer", "0", "The most values of a row; 0 = all."),)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`mvexpand <field> [limit=<integer>]`."""
    arguments.take_options()
    name = arguments.read_word("a field").text
    arguments.finish()
    return Explode(rows, name, arguments.integer("limit", 0), command="mvexpand", span=arguments.span)


def write(node: Node) -> str | None:
    """An `Explode`."""
    if not isinstance(node, Explode):
        return None
    return f"mvexpand {word_text(node.field)}" + (f" {option_text('limit', node.limit)}" if node.limit else "")


COMMAND = Command(
    name="mvexpand",
    spellings={"spl": ("mvexpand",)},
    synopsis="mvexpand <field> [limit=<integer>]",
    summary="Makes a row of each value of a multivalue field; a row without a value stays.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example('index=main | eval part=split(path, "/") | mvexpand part limit=10', "A row a part of the path."),),
)
