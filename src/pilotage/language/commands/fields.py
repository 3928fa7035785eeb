"""`fields`: keep or drop columns."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Project
from pilotage.language.syntax.arguments import Arguments, words_text
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`fields [+|-] <name or pattern> …`."""
    drop = arguments.accept("-")
    if not drop:
        arguments.accept("+")
    patterns = arguments.read_fields("a field name")
    arguments.finish()
    return Project(rows, patterns, "drop" if drop else "keep", command="fields", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Project` that keeps or drops."""
    if not isinstance(node, Project) or node.mode == "table":
        return None
    return f"fields {'- ' if node.mode == 'drop' else ''}{words_text(node.patterns)}"


COMMAND = Command(
    name="fields",
    spellings={"spl": ("fields",)},
    synopsis="fields [+|-] <field>…",
    summary="Keeps (`+`, the default) or drops (`-`) columns; `*` stands for any text.",
    parse=parse,
    print=write,
    examples=(
        Example("index=main | fields service ms", "Two columns, and `_time` and `_raw`, which stay unless dropped."),
        Example("index=main | fields - _raw, k8s.*", "All columns but these."),
        Example("index=main | fields service | fields - _*", "Without `_time` and `_raw`."),
    ),
)
