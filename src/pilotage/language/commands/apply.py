"""`apply`: the answers of a kept model."""

from __future__ import annotations

from pilotage.language.plan.learning import Apply
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.learning import model_name, one, read_parts, settings_text


def parse(arguments: Arguments, rows: Node) -> Node:
    """`apply [<app>:]<model> [as <name>] [option=value]…`."""
    parts = read_parts(arguments, "as")
    words = parts.words[""]
    if len(words) != 1:
        raise arguments.unexpected("the name of one model")
    model = model_name(arguments, words[0])
    return Apply(rows, model, one(arguments, parts, "as"), parts.options(), command="apply", span=arguments.span)


def write(node: Node) -> str | None:
    """An `Apply`."""
    if not isinstance(node, Apply):
        return None
    alias = [f"as {word_text(node.alias)}"] if node.alias else []
    return " ".join(["apply", node.model, *settings_text(node.settings), *alias])


COMMAND = Command(
    name="apply",
    spellings={"spl": ("apply",)},
    synopsis="apply [<app>:]<model> [as <name>] [<option>=<value>]…",
    summary="Adds the answers of a kept model to the rows: read and planned, refused when it should run; it comes with a later version.",
    parse=parse,
    print=write,
    examples=(Example("index=main | apply usermodel as predicted_user", "One more column."),),
)
