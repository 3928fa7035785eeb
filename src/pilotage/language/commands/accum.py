"""`accum`: a running total."""

from __future__ import annotations

from pilotage.language.plan.expressions import Field
from pilotage.language.plan.nodes import Aggregation, Node
from pilotage.language.plan.windows import Window
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`accum <field> [AS <name>]`."""
    word = arguments.read_word("a field")
    alias = arguments.read_word("a new name").text if arguments.keyword("as") else word.text
    arguments.finish()
    total = Aggregation("sum", Field(word.text, span=word.span), alias)
    return Window(rows, (total,), command="accum", span=arguments.span)


def write(node: Node) -> None:
    """Nothing: the `streamstats` it stands for is written."""
    del node


COMMAND = Command(
    name="accum",
    spellings={"spl": ("accum",)},
    synopsis="accum <field> [AS <name>]",
    summary="Replaces a number by the total of it and of those in the rows before, or puts the total into a new field.",
    parse=parse,
    print=write,
    examples=(Example("index=main | reverse | accum bytes AS total", "The bytes so far."),),
    notes=("A row without a number gets the total so far.",),
)
