"""`top`: the most frequent values."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Top
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.frequency import OPTIONS, read_top, top_text


def parse(arguments: Arguments, rows: Node) -> Node:
    """`top [N] [options] <field> … [BY <field> …]`."""
    return read_top(arguments, rows, rare=False)


def write(node: Node) -> str | None:
    """A `Top` of the most frequent."""
    return f"top {top_text(node)}" if isinstance(node, Top) and not node.rare else None


COMMAND = Command(
    name="top",
    spellings={"spl": ("top",)},
    synopsis="top [<N>] [limit=<N>] [countfield=<field>] [percentfield=<field>] [showcount=<bool>] [showperc=<bool>] "
    "[useother=<bool>] [otherstr=<text>] <field>… [BY <field>…]",
    summary="Counts the combinations of the fields and shows the most frequent ones, with number and percentage.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | top limit=3 service", "Three services with the most events."),
        Example("index=main | top status BY service showperc=f", "Within each service, without the percentage."),
    ),
)
