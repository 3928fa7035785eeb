"""`autoregress`: values of earlier rows beside the row's own."""

from __future__ import annotations

import re

from pilotage.language.plan.cells import Lag
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, word_text
from pilotage.language.syntax.command import Command, Example

MOST = 1_000
OPTIONS = (Option("p", "integer or range", "1", "How many rows before, `3`, or all of a range, `1-3`."),)
_RANGE = re.compile(r"(\d{1,4})(?:-(\d{1,4}))?")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`autoregress <field> [AS <name>] [p=<n>|<n>-<m>]`."""
    arguments.take_options()
    field = arguments.read_word("a field").text
    arguments.take_options()
    alias = arguments.read_word("a new name").text if arguments.keyword("as") else None
    arguments.finish()
    found = _RANGE.fullmatch(arguments.string("p", "1"))
    low, high = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= low <= high <= MOST:
        raise arguments.bad("p", f"write a number of rows such as `3`, or a range such as `1-3`, up to {MOST}")
    if alias is not None and high > low:
        raise arguments.refuse("p", "a range together with `AS`", "leave out `AS`: the columns are named by their distance")
    items = tuple((rows_back, alias or f"{field}_p{rows_back}") for rows_back in range(low, high + 1))
    return Lag(rows, field, items, command="autoregress", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Lag` without a difference."""
    if not isinstance(node, Lag) or node.difference:
        return None
    (low, alias), (high, _) = node.items[0], node.items[-1]
    named = f" AS {word_text(alias)}" if alias != f"{node.field}_p{low}" else ""
    return f"autoregress {word_text(node.field)}{named} p={low}" + (f"-{high}" if high > low else "")


COMMAND = Command(
    name="autoregress",
    spellings={"spl": ("autoregress",)},
    synopsis="autoregress <field> [AS <name>] [p=<integer> | p=<integer>-<integer>]",
    summary="Puts the value of one or several rows before beside the row's own, as `<field>_p<rows>`.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main | timechart count | autoregress count p=1-3", "`count_p1`, `count_p2` and `count_p3`."),),
)
