"""`addtotals`: the sum of a row's numbers, and a row of the columns' sums."""

from __future__ import annotations

from pilotage.language.plan.branches import Fork, Incoming
from pilotage.language.plan.cells import RowTotal
from pilotage.language.plan.expressions import Field, Literal
from pilotage.language.plan.nodes import Aggregate, Aggregation, Extend, Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, words_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (
    Option("row", "boolean", "t", "Add the sum of each row as a column."),
    Option("col", "boolean", "f", "Add a row with the sum of each column."),
    Option("fieldname", "field", "Total", "The column for the sums of rows."),
    Option("labelfield", "field", "none", "With `col`: the column that names the added row."),
    Option("label", "text", "Total", "With `labelfield`: what to write there."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`addtotals [row=] [col=] [fieldname=] [labelfield=] [label=] [<field>…]`."""
    arguments.take_options()
    fields = () if arguments.done() else arguments.read_fields("a field")
    arguments.finish()
    name = arguments.string("fieldname", "Total")
    result = rows
    if arguments.boolean("row", default=True):
        result = RowTotal(result, name, fields, command="addtotals", span=arguments.span)
        fields = (*fields, name) if fields else ()
    if arguments.boolean("col", default=False):
        result = _with_column_totals(arguments, result, fields)
    return result


def _with_column_totals(arguments: Arguments, rows: Node, fields: tuple[str, ...]) -> Node:
    sums = tuple(Aggregation("sum", Field(name, span=arguments.span), name, wildcard="*" in name) for name in fields or ("*",))
    branch: Node = Aggregate(Incoming(), sums, command="addtotals", span=arguments.span)
    if label := arguments.string("labelfield", ""):
        text = Literal(arguments.string("label", "Total"))
        branch = Extend(branch, ((label, text),), command="addtotals", span=arguments.span)
    return Fork(rows, (branch,), keep=True, command="addtotals", span=arguments.span)


def write(node: Node) -> str | None:
    """A `RowTotal`."""
    if not isinstance(node, RowTotal):
        return None
    parts = ["addtotals"] + ([option_text("fieldname", node.alias)] if node.alias != "Total" else [])
    return " ".join([*parts, words_text(node.fields)] if node.fields else parts)


COMMAND = Command(
    name="addtotals",
    spellings={"spl": ("addtotals",)},
    synopsis="addtotals [row=<boolean>] [col=<boolean>] [fieldname=<field>] [labelfield=<field>] [label=<text>] [<field>…]",
    summary="Adds the sum of the numbers in each row, in every field or in those that are named; with `col` also of each column.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | chart count OVER host BY level | addtotals", "A column `Total`."),
        Example("index=main | chart count OVER host BY level | addtotals fieldname=all col=t labelfield=host", "And a row named Total."),
    ),
    notes=("Fields that start with `_` are left out unless named. A row without any number gets no sum.",),
)
