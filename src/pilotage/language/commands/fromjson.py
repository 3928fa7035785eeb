"""`fromjson`: the members of a JSON object as fields."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.spreading import Spread
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (Option("prefix", "text", "none", "Stands before the names of the new fields."),)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`fromjson [prefix=] <field>`."""
    arguments.take_options()
    field = arguments.read_word("the field with the JSON object").text
    arguments.finish()
    return Spread(rows, field, "object", prefix=arguments.string("prefix", ""), command="fromjson", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Spread` of the members of an object."""
    if not isinstance(node, Spread) or node.form != "object":
        return None
    return " ".join(["fromjson", *([option_text("prefix", node.prefix)] if node.prefix else []), word_text(node.field)])


COMMAND = Command(
    name="fromjson",
    spellings={"spl": ("fromjson",)},
    synopsis="fromjson [prefix=<text>] <field>",
    summary="Makes a field of each member of the JSON object in a field; an inner object stays JSON, an array is a multivalue.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | fromjson prefix=doc_ payload | stats count BY doc_status", '`{"status":200}` gives `doc_status` = 200.'),
    ),
    notes=("A field that exists keeps its value in rows whose object does not name it.",),
)
