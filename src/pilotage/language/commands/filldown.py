"""`filldown`: empty cells take the last value above them."""

from __future__ import annotations

from pilotage.language.plan.expressions import Field
from pilotage.language.plan.nodes import Aggregation, Node
from pilotage.language.plan.windows import Window
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`filldown [<field or pattern>…]`."""
    names = ("*",) if arguments.done() else arguments.read_fields("a field")
    arguments.finish()
    last = tuple(Aggregation("last", Field(name, span=arguments.span), name, wildcard="*" in name) for name in dict.fromkeys(names))
    return Window(rows, last, command="filldown", span=arguments.span)


def write(node: Node) -> None:
    """Nothing: the `streamstats` it stands for is written."""
    del node


COMMAND = Command(
    name="filldown",
    spellings={"spl": ("filldown",)},
    synopsis="filldown [<field>…]",
    summary="Fills a null with the last value of the field in the rows before, in every field or in those that are named.",
    parse=parse,
    print=write,
    examples=(
        Example("index=main | timechart avg(ms) BY host | filldown", "No gaps in any series."),
        Example("index=main | table _time state cpu* | filldown state cpu*", "Some fields; names may hold `*`."),
    ),
)
