"""`rare`: the least frequent values."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Top
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.frequency import OPTIONS, read_top, top_text


def parse(arguments: Arguments, rows: Node) -> Node:
    """`rare [N] [options] <field> … [BY <field> …]`."""
    return read_top(arguments, rows, rare=True)


def write(node: Node) -> str | None:
    """A `Top` of the least frequent."""
    return f"rare {top_text(node)}" if isinstance(node, Top) and node.rare else None


COMMAND = Command(
    name="rare",
    spellings={"spl": ("rare",)},
    synopsis="rare [<N>] [limit=<N>] [countfield=<field>] [percentfield=<field>] [showcount=<bool>] [showperc=<bool>] "
    "[useother=<bool>] [otherstr=<text>] <field>… [BY <field>…]",
    summary="Counts the combinations of the fields and shows the least frequent ones, with number and percentage.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | rare limit=3 service", "Three services with the least events."),
        Example("index=main | rare status BY service showperc=f", "Within each service, without the percentage."),
    ),
)
