"""`delta`: the difference to an earlier row."""

from __future__ import annotations

from pilotage.language.plan.cells import Lag
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (Option("p", "integer", "1", "How many rows before."),)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`delta <field> [AS <name>] [p=<n>]`."""
    arguments.take_options()
    field = arguments.read_word("a field").text
    arguments.take_options()
    alias = arguments.read_word("a new name").text if arguments.keyword("as") else f"delta({field})"
    arguments.finish()
    items = ((arguments.integer("p", 1, minimum=1), alias),)
    return Lag(rows, field, items, difference=True, command="delta", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Lag` with a difference."""
    if not isinstance(node, Lag) or not node.difference:
        return None
    ((rows, alias),) = node.items
    named = f" AS {word_text(alias)}" if alias != f"delta({node.field})" else ""
    return f"delta {word_text(node.field)}{named}" + (f" {option_text('p', rows)}" if rows != 1 else "")


COMMAND = Command(
    name="delta",
    spellings={"spl": ("delta",)},
    synopsis="delta <field> [AS <name>] [p=<integer>]",
    summary="Takes the number of the row before, or of one p rows before, from that of the row.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main | sort 0 _time | delta bytes AS grown p=2", "By how much it grew in two rows."),),
    notes=("Null where one of the two numbers is missing. Rows count in the order they have: events come newest first.",),
)
