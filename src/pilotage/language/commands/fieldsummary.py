"""`fieldsummary`: what the fields hold."""

from __future__ import annotations

from pilotage.language.plan.combination import FieldSummary
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, words_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (Option("maxvals", "integer", "100", "The most values to list of a field; 0 = all."),)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`fieldsummary [maxvals=] [<field>…]`."""
    arguments.take_options()
    fields = () if arguments.done() else arguments.read_fields("a field")
    arguments.finish()
    return FieldSummary(rows, fields, arguments.integer("maxvals", 100), command="fieldsummary", span=arguments.span)


def write(node: Node) -> str | None:
    """A `FieldSummary`."""
    if not isinstance(node, FieldSummary):
        return None
    parts = ["fieldsummary"] + ([option_text("maxvals", node.most)] if node.most != 100 else [])
    return " ".join([*parts, words_text(node.fields)] if node.fields else parts)


COMMAND = Command(
    name="fieldsummary",
    spellings={"spl": ("fieldsummary",)},
    synopsis="fieldsummary [maxvals=<integer>] [<field>…]",
    summary="Makes a row a field: how many values, distinct values and numbers, their range, mean and spread, and the commonest.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main | fieldsummary maxvals=5 service level", "What two fields hold, each with its five commonest values."),),
    notes=("`distinct_count` is always exact. Without names, fields that start with `_` are left out.",),
)
