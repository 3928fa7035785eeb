"""`streamstats`: aggregates over the rows so far."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.windows import Window
from pilotage.language.syntax.aggregates import aggregations_text, read_aggregations
from pilotage.language.syntax.arguments import CONDITION, Arguments, Option, number_text, words_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import eval_text
from pilotage.model.time import TimeSpan

MOST = 100_000
"""Ten times what Splunk allows; the work grows with the window, so that a wide one over many rows ends at the search's time limit."""
OPTIONS = (
    Option("window", "integer", "0", "How many rows back the window goes, the own row counted; 0 = all."),
    Option("current", "boolean", "t", "Whether the own row is part of the window."),
    Option("global", "boolean", "t", "Whether the window counts all rows, or with `f` those of the own group."),
    Option("time_window", "time span", "0", "How far in `_time` the window goes, as in `5m`; the rows must be in order of time."),
    Option("reset_on_change", "boolean", "f", "Whether a change of a BY field starts anew."),
    Option("reset_before", CONDITION, "()", "A condition in parentheses: a row where it holds starts anew."),
    Option("reset_after", CONDITION, "()", "A condition in parentheses: the row after one where it holds starts anew."),
    Option("allnum", "boolean", "f", "Only `f`: values that are no numbers are left out one by one."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`streamstats [option=value]… <aggregate> … [BY <field> …]`."""
    aggregations = read_aggregations(arguments)
    by = arguments.read_fields("a field after BY") if arguments.keyword("by") else ()
    arguments.finish()
    if arguments.boolean("allnum", default=False):
        raise arguments.refuse("allnum", "`allnum=t`")
    size = arguments.integer("window", 0)
    if size > MOST:
        raise arguments.bad("window", f"the most is {MOST}")
    return Window(
        rows,
        aggregations,
        tuple(dict.fromkeys(by)),
        current=arguments.boolean("current", default=True),
        rows=size,
        per_group=not arguments.boolean("global", default=True),
        seconds=_seconds(arguments),
        reset_before=arguments.conditions.get("reset_before"),
        reset_after=arguments.conditions.get("reset_after"),
        reset_on_change=arguments.boolean("reset_on_change", default=False),
        command="streamstats",
        span=arguments.span,
    )


def _seconds(arguments: Arguments) -> float | None:
    length = arguments.length("time_window")
    return length.seconds if isinstance(length, TimeSpan) else length


def write(node: Node) -> str | None:
    """A running `Window`."""
    if not isinstance(node, Window) or not node.running:
        return None
    options = [f"window={node.rows}"] if node.rows else []
    options += [] if node.current else ["current=f"]
    options += ["global=f"] if node.per_group else []
    options += [f"time_window={number_text(node.seconds)}s"] if node.seconds is not None else []
    options += ["reset_on_change=t"] if node.reset_on_change else []
    options += [f"reset_before=({eval_text(node.reset_before)})"] if node.reset_before is not None else []
    options += [f"reset_after=({eval_text(node.reset_after)})"] if node.reset_after is not None else []
    by = f" BY {words_text(node.by)}" if node.by else ""
    return " ".join(["streamstats", *options, aggregations_text(node.aggregations)]) + by


COMMAND = Command(
    name="streamstats",
    spellings={"spl": ("streamstats",)},
    synopsis="streamstats [window=<integer>] [current=<boolean>] [global=<boolean>] [time_window=<span>] <aggregate> [AS <name>]… "
    "[BY <field>…]",
    summary="As `stats` over the rows so far, in the order they come: every row gets the aggregates up to it as columns.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | sort _time | streamstats sum(bytes) AS total BY host", "A running total a host."),
        Example("index=main | streamstats window=5 current=f avg(ms) AS before", "The mean of the five rows before."),
        Example("index=main | streamstats reset_after=(status=500) count", "Rows since the last failure."),
    ),
    notes=("Rows come newest first unless they are sorted: `sort _time` makes it run with time.",),
)
