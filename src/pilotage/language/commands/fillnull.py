"""`fillnull`: a value in the place of null."""

from __future__ import annotations

from pilotage.language.plan.nodes import FillNull, Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, words_text
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`fillnull [value=<text>] [<field> …]`."""
    arguments.take_options()
    fields = () if arguments.done() else arguments.read_fields("a field name")
    arguments.finish()
    return FillNull(rows, arguments.string("value", "0"), fields, command="fillnull", span=arguments.span)


def write(node: Node) -> str | None:
    """A `FillNull`."""
    if not isinstance(node, FillNull):
        return None
    parts = ["fillnull"]
    if node.value != "0":
        parts.append(option_text("value", node.value))
    return " ".join([*parts, words_text(node.fields)] if node.fields else parts)


COMMAND = Command(
    name="fillnull",
    spellings={"spl": ("fillnull",)},
    synopsis="fillnull [value=<text>] [<field>…]",
    summary="Puts a value where a field is null, in the named columns or in every column; an empty text is not null.",
    parse=parse,
    print=write,
    options=(Option("value", "text", "0", "What to put there."),),
    examples=(
        Example("index=main | table service ms | fillnull", "0 in every empty cell."),
        Example('index=main | fillnull value="n/a" region', "Only this column, which is made if it does not exist."),
    ),
)
