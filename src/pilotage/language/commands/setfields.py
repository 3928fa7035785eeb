"""`setfields`: the same texts in every row."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Expression, Literal
from pilotage.language.plan.nodes import Extend, Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example

_EQUALS = re.compile(r"\s*=\s*")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`setfields <field>="<text>"[, …]`."""
    found: list[tuple[str, Expression]] = []
    while not arguments.done():
        if found and arguments.accept(","):
            continue
        name = arguments.read_word("a field").text
        if arguments.take(_EQUALS) is None:
            raise arguments.unexpected(f"`=` after `{name}`")
        value = arguments.read_word(f"a text for `{name}`")
        found.append((name, Literal(value.text, span=value.span)))
    if not found:
        raise arguments.unexpected('an assignment such as `source="web"`')
    return Extend(rows, tuple(found), command="setfields", span=arguments.span)


def write(node: Node) -> None:
    """Nothing: the `eval` it stands for is written."""
    del node


COMMAND = Command(
    name="setfields",
    spellings={"spl": ("setfields",)},
    synopsis='setfields <field>="<text>"[, <field>="<text>"]…',
    summary="Sets fields to a text in every row.",
    parse=parse,
    print=write,
    examples=(Example('index=main | setfields team="core", stage="live"', "Two fields with the same text everywhere."),),
)
