"""`table`: exactly these columns, in this order."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Project
from pilotage.language.syntax.arguments import Arguments, words_text
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`table <name or pattern> …`."""
    patterns = arguments.read_fields("a field name")
    arguments.finish()
    return Project(rows, patterns, "table", command="table", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Project` of mode table."""
    return f"table {words_text(node.patterns)}" if isinstance(node, Project) and node.mode == "table" else None


COMMAND = Command(
    name="table",
    spellings={"spl": ("table",)},
    synopsis="table <field>…",
    summary="Shows exactly these columns in the typed order; `*` stands for any text, a missing column appears empty.",
    parse=parse,
    print=write,
    examples=(
        Example("index=main | table _time, service, ms", "Three columns; commas and spaces both separate."),
        Example("index=main | stats count max(ms) by service | table service max*", "A pattern takes every column that fits."),
    ),
)
