"""`makeresults`: rows out of nothing."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Rows
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.model.time import NANOSECONDS

OPTIONS = (
    Option("count", "integer", "1", "How many rows, at most 50,000."),
    Option("annotate", "boolean", "f", "Whether to add the empty fields of an event."),
)
_MOST = 50_000
_ANNOTATIONS = ("_raw", "host", "source", "sourcetype", "splunk_server", "splunk_server_group")


def generate(arguments: Arguments) -> Node:
    """`makeresults [count=N] [annotate=<bool>]`."""
    arguments.finish()
    count = arguments.integer("count", 1)
    if count > _MOST:
        raise arguments.bad("count", f"the most is {_MOST}")
    extra = _ANNOTATIONS if arguments.boolean("annotate", default=False) else ()
    row = (arguments.context.now // NANOSECONDS, *(None for _ in extra))
    return Rows(("_time", *extra), (row,) * count, command="makeresults", span=arguments.span)


def write(node: Node) -> str | None:
    """`Rows` that hold nothing but the time of the search."""
    if not isinstance(node, Rows) or node.columns not in (("_time",), ("_time", *_ANNOTATIONS)) or len(set(node.values)) > 1:
        return None
    parts = ["makeresults", *([f"count={len(node.values)}"] if len(node.values) != 1 else [])]
    return " ".join([*parts, "annotate=t"] if len(node.columns) > 1 else parts)


COMMAND = Command(
    name="makeresults",
    spellings={"spl": ("makeresults",)},
    synopsis="| makeresults [count=<N>] [annotate=<bool>]",
    summary="Makes rows that hold only `_time`, the start of the search. Stands first.",
    generate=generate,
    print=write,
    options=OPTIONS,
    examples=(
        Example("| makeresults | eval x=1+1", "One row to try an expression on."),
        Example("| makeresults count=3", "Three rows."),
    ),
    notes=("`format=` and `data=` are not supported.",),
)
