"""`nomv`: a multivalue into one text."""

from __future__ import annotations

from pilotage.language.plan.combination import Combine
from pilotage.language.plan.expressions import Call, Field, Literal
from pilotage.language.plan.nodes import Extend, Node
from pilotage.language.plan.transactions import Transaction
from pilotage.language.plan.walk import inputs
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`nomv <field>`."""
    field = arguments.read_word("a field").text
    arguments.finish()
    joined = Call("mvjoin", (Field(field, span=arguments.span), Literal(_delimiter(rows, field))), span=arguments.span)
    return Extend(rows, ((field, joined),), command="nomv", span=arguments.span)


def _delimiter(rows: Node, field: str) -> str:
    """What the command that made the multivalue says."""
    for node in inputs(rows):
        if isinstance(node, Combine) and node.field == field and node.delimiter:
            return node.delimiter
        if isinstance(node, Transaction) and field not in node.fields:
            return node.delimiter
    return "\n"


def write(node: Node) -> None:
    """Nothing: the `eval` it stands for is written."""
    del node


COMMAND = Command(
    name="nomv",
    spellings={"spl": ("nomv",)},
    synopsis="nomv <field>",
    summary="Joins the values of a multivalue field into one text, by line breaks or the `delim` of the command that made it.",
    parse=parse,
    print=write,
    examples=(Example("index=main | stats values(host) AS hosts | nomv hosts", "One host a line."),),
)
