"""`mcollect`: rows become points of metrics."""

from __future__ import annotations

from pilotage.language.plan.knowledge import Write
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.measuring import MARKER, OPTIONS, points_text, read_points


def parse(arguments: Arguments, rows: Node) -> Node:
    """`mcollect index=<index> [options] [<dimension> …]`."""
    return read_points(arguments, rows)


def write(node: Node) -> str | None:
    """A `Write` of points."""
    return f"mcollect {points_text(node)}" if isinstance(node, Write) and node.kind == "points" else None


COMMAND = Command(
    name="mcollect",
    spellings={"spl": ("mcollect",)},
    synopsis='mcollect index=<index> [split=<bool>|allnums] [prefix_field=<field>] [marker="<name>=<value>, …"] [host=<text>] '
    "[source=<text>] [sourcetype=<text>] [<dimension>…]",
    summary="Writes the rows as points of a metrics index, all or none after the last row, and passes them on. Needs the scope `ingest`.",
    parse=parse,
    print=write,
    options=(*OPTIONS, MARKER),
    examples=(
        Example(
            'index=main | stats avg(ms) AS _value BY service | eval metric_name="latency" | mcollect index=metrics',
            "One metric, with a dimension.",
        ),
        Example("index=main | stats avg(ms) AS ms count BY service | mcollect index=metrics split=t service", "Each number a metric."),
    ),
    notes=(
        "Without `split` a row needs `metric_name` and `_value`, or fields called `metric_name:<name>`; every other is a dimension.",
        "Where dimensions are named, only they are; fields that begin with `_` never are.",
        "A point's time is the row's `_time`, else the start of the search. Values that are no numbers are left out.",
        "Running it again writes the points again.",
    ),
)
