"""`bin`: put numbers or times into buckets."""

from __future__ import annotations

from pilotage.language.plan.nodes import Bin, Node
from pilotage.language.plan.walk import time_range
from pilotage.language.syntax.arguments import Arguments, word_text
from pilotage.language.syntax.buckets import ALIGNTIME, BINS, END, MINSPAN, SPAN, START, bin_text, read_bin
from pilotage.language.syntax.command import Command, Example


def parse(arguments: Arguments, rows: Node) -> Node:
    """`bin [options] <field> [options] [AS <name>]`."""
    arguments.take_options()
    field = arguments.read_word("a field to put into buckets").text
    arguments.take_options()
    alias = arguments.read_word("a name after AS").text if arguments.keyword("as") else field
    arguments.finish()
    return read_bin(arguments, rows, field, alias, time=time_range(rows))


def write(node: Node) -> str | None:
    """A `Bin`."""
    if not isinstance(node, Bin):
        return None
    text = f"bin{bin_text(node)} {word_text(node.field)}"
    return text if node.alias == node.field else f"{text} AS {word_text(node.alias)}"


COMMAND = Command(
    name="bin",
    spellings={"spl": ("bin", "bucket", "discretize")},
    synopsis="bin [span=<width>] [bins=<N>] [minspan=<width>] [aligntime=<time>] [start=<number>] [end=<number>] <field> [AS <name>]",
    summary="Replaces a number by its range (`30-40`) and a time by the start of its bucket.",
    parse=parse,
    print=write,
    options=(SPAN, BINS, MINSPAN, ALIGNTIME, START, END),
    examples=(
        Example("index=main | bin _time span=5m | stats count BY _time", "Events in five-minute buckets."),
        Example("index=main | bin span=10 ms AS range | stats count BY range", "Ranges of ten milliseconds."),
        Example("index=main | bin bins=20 ms", "At most twenty ranges of a convenient width."),
    ),
    notes=("Logarithmic spans (`span=2log10`) and spans that snap (`span=1d@w1`) are refused.",),
)
