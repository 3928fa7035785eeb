"""`eventstats`: aggregates of the group beside each of its rows."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.windows import Window
from pilotage.language.syntax.aggregates import aggregations_text, read_aggregations
from pilotage.language.syntax.arguments import Arguments, Option, words_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (Option("allnum", "boolean", "f", "Only `f`: values that are no numbers are left out one by one."),)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`eventstats <aggregate> … [BY <field> …]`."""
    aggregations = read_aggregations(arguments)
    by = arguments.read_fields("a field after BY") if arguments.keyword("by") else ()
    arguments.finish()
    if arguments.boolean("allnum", default=False):
        raise arguments.refuse("allnum", "`allnum=t`")
    return Window(rows, aggregations, tuple(dict.fromkeys(by)), running=False, command="eventstats", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Window` over whole groups."""
    if not isinstance(node, Window) or node.running:
        return None
    return f"eventstats {aggregations_text(node.aggregations)}" + (f" BY {words_text(node.by)}" if node.by else "")


COMMAND = Command(
    name="eventstats",
    spellings={"spl": ("eventstats",)},
    synopsis="eventstats <aggregate> [AS <name>]… [BY <field>…]",
    summary="As `stats`, but keeps every row and adds the aggregates of its group as columns.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main | eventstats avg(ms) AS mean BY service | where ms>3*mean", "Slow for their service."),),
)
