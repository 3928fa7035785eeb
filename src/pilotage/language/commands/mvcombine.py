"""`mvcombine`: rows that differ in one field become one."""

from __future__ import annotations

from pilotage.language.plan.combination import Combine
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import quote

OPTIONS = (Option("delim", "text", "a line break", "What a later `nomv` of the field puts between the values."),)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`mvcombine [delim=] <field>`."""
    arguments.take_options()
    field = arguments.read_word("a field").text
    arguments.finish()
    return Combine(rows, field, arguments.string("delim", ""), command="mvcombine", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Combine`."""
    if not isinstance(node, Combine):
        return None
    return "mvcombine " + (f"delim={quote(node.delimiter)} " if node.delimiter else "") + word_text(node.field)


COMMAND = Command(
    name="mvcombine",
    spellings={"spl": ("mvcombine",)},
    synopsis="mvcombine [delim=<text>] <field>",
    summary="Makes one row of those that are equal in every other field, with a multivalue of what the field held.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example('index=main | table host user | mvcombine delim="," user', "A row a host with all its users."),),
    notes=("A row without the field is combined with the others of its kind and adds no value.",),
)
