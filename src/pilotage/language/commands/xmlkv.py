"""`xmlkv`: elements of an XML text as fields."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.spreading import Spread
from pilotage.language.syntax.arguments import Arguments, Option, word_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (Option("maxinputs", "integer", "50000", "Accepted; every row is read."),)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`xmlkv [<field>] [maxinputs=]`."""
    arguments.take_options()
    field = "_raw" if arguments.done() else arguments.read_word("a field").text
    arguments.finish()
    arguments.integer("maxinputs", 50_000)
    return Spread(rows, field, "xml", command="xmlkv", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Spread` of XML."""
    if not isinstance(node, Spread) or node.form != "xml":
        return None
    return "xmlkv" + (f" {word_text(node.field)}" if node.field != "_raw" else "")


COMMAND = Command(
    name="xmlkv",
    spellings={"spl": ("xmlkv",)},
    synopsis="xmlkv [<field>]",
    summary="Makes a field of each XML element that holds only text, by its name; of several with one name the first counts.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main | xmlkv", "`<user>ann</user>` gives `user` = ann."),),
)
