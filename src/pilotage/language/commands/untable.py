"""`untable`: columns into rows."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.windows import Unpivot
from pilotage.language.syntax.arguments import Arguments, words_text
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`untable <x> <name> <value>`."""
    names = []
    for wanted in ("the field to keep", "a name for the columns' names", "a name for their values"):
        arguments.accept(",")
        names.append(arguments.read_word(wanted).text)
    arguments.finish()
    return Unpivot(rows, names[0], names[1], names[2], command="untable", span=arguments.span)


def write(node: Node) -> str | None:
    """An `Unpivot`."""
    return f"untable {words_text((node.keep, node.name, node.value))}" if isinstance(node, Unpivot) else None


COMMAND = Command(
    name="untable",
    spellings={"spl": ("untable",)},
    synopsis="untable <x-field> <name-field> <value-field>",
    summary="Makes a row of each cell beside the first field: that field, the name of the cell's column, and its value.",
    parse=parse,
    print=write,
    examples=(Example("index=main | timechart count BY host | untable _time host count", "A chart back into rows."),),
)
