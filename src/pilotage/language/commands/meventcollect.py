"""`meventcollect`: events become points of metrics."""

from __future__ import annotations

from pilotage.language.plan.knowledge import Write
from pilotage.language.plan.nodes import Aggregate, Node, Series, Top, Transform
from pilotage.language.plan.walk import inputs
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.measuring import OPTIONS, points_text, read_points
from pilotage.model.problem import fail


def parse(arguments: Arguments, rows: Node) -> Node:
    """`meventcollect index=<index> [options] [<dimension> …]`."""
    for node in inputs(rows):
        if isinstance(node, Aggregate | Series | Top | Transform):
            sentence = f"`meventcollect` takes events, `{node.command}` makes a table of them"
            raise fail("events-needed", sentence, span=arguments.span, hint="use `mcollect`")
    return read_points(arguments, rows)


def write(node: Node) -> str | None:
    """A `Write` of points that this command made."""
    made = isinstance(node, Write) and node.kind == "points" and node.command == "meventcollect"
    return f"meventcollect {points_text(node)}" if made and isinstance(node, Write) else None


COMMAND = Command(
    name="meventcollect",
    spellings={"spl": ("meventcollect",)},
    synopsis="meventcollect index=<index> [split=<bool>|allnums] [prefix_field=<field>] [host=<text>] [source=<text>] "
    "[sourcetype=<text>] [<dimension>…]",
    summary="Writes events as points of a metrics index, as `mcollect` does for tables, and passes them on. Needs the scope `ingest`.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main ms=* | meventcollect index=metrics split=t service host", "Every other field of the events is a metric."),
    ),
    notes=("It stands behind commands that change events one by one; behind `stats` and its like use `mcollect`.",),
)
