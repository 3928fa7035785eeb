"""`makecontinuous`: no gaps along a field."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.arguments import Arguments, Option, number_text, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.model.time import TimeSpan

OPTIONS = (
    Option("span", "number or span", "from bins", "The step, `10` or `5m`."),
    Option("bins", "integer", "100", "The most steps when no span is given; the step is a round number."),
    Option("start", "number", "the smallest value", "Where the steps begin, in epoch seconds on times."),
    Option("end", "number", "the largest value", "Where they end."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`makecontinuous [<field>] [span=] [bins=] [start=] [end=]`."""
    arguments.take_options()
    field = "_time" if arguments.done() else arguments.read_word("a field").text
    arguments.finish()
    span = arguments.length("span")
    if isinstance(span, TimeSpan):
        span = span.seconds
    options = (
        ("field", field),
        ("span", span),
        ("bins", arguments.integer("bins", 100, minimum=1)),
        ("start", arguments.number("start")),
        ("end", arguments.number("end")),
    )
    return Transform(rows, "makecontinuous", options, (field,), command="makecontinuous", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Transform` of this name."""
    if not isinstance(node, Transform) or node.name != "makecontinuous":
        return None
    given = dict(node.options)
    parts = [f"{name}={number_text(value)}" for name in ("span", "start", "end") if isinstance(value := given[name], float)]
    parts += [f"bins={given['bins']}"] if given["bins"] != 100 else []
    return " ".join(["makecontinuous", word_text(str(given["field"])), *parts])


COMMAND = Command(
    name="makecontinuous",
    spellings={"spl": ("makecontinuous",)},
    synopsis="makecontinuous [<field>] [span=<span> | bins=<integer>] [start=<number>] [end=<number>]",
    summary="Brings a field to steps of one size and adds a row for each step that is missing; rows come in the order of the field.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | stats count BY code | makecontinuous code span=1", "A row for every code between the first and the last."),
    ),
    notes=("Rows without a number or time in the field are left out. At most 100,000 steps.",),
)
