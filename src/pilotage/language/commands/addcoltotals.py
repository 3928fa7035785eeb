"""`addcoltotals`: a row of the columns' sums."""

from __future__ import annotations

from pilotage.language.plan.branches import Fork, Incoming
from pilotage.language.plan.expressions import Field, Literal
from pilotage.language.plan.nodes import Aggregate, Aggregation, Extend, Node
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example

OPTIONS = (
    Option("labelfield", "field", "none", "The column that names the added row."),
    Option("label", "text", "Total", "With `labelfield`: what to write there."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`addcoltotals [labelfield=] [label=] [<field>…]`."""
    arguments.take_options()
    fields = ("*",) if arguments.done() else arguments.read_fields("a field")
    arguments.finish()
    sums = tuple(Aggregation("sum", Field(name, span=arguments.span), name, wildcard="*" in name) for name in fields)
    branch: Node = Aggregate(Incoming(), sums, command="addcoltotals", span=arguments.span)
    if label := arguments.string("labelfield", ""):
        text = Literal(arguments.string("label", "Total"))
        branch = Extend(branch, ((label, text),), command="addcoltotals", span=arguments.span)
    return Fork(rows, (branch,), keep=True, command="addcoltotals", span=arguments.span)


def write(node: Node) -> None:
    """Nothing: the `appendpipe` it stands for is written."""
    del node


COMMAND = Command(
    name="addcoltotals",
    spellings={"spl": ("addcoltotals",)},
    synopsis="addcoltotals [labelfield=<field>] [label=<text>] [<field>…]",
    summary="Adds a row with the sum of each column that holds numbers.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main | stats count, sum(bytes) BY host | addcoltotals labelfield=host label=all", "A last row `all`."),),
)
