"""`eventcount`: how many events indexes hold."""

from __future__ import annotations

from pilotage.language.plan.expressions import Literal
from pilotage.language.plan.nodes import Aggregate, Aggregation, Extend, Node, Project
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scope import read_indexes, scanned

SERVER = "pilotage"
OPTIONS = (
    Option("index", "text", "main", "An index to count; patterns may hold `*`, several names have commas between."),
    Option("summarize", "boolean", "t", "Whether all is one number; else a row an index."),
    Option("report_size", "boolean", "f", "Only `f`: sizes are not told."),
    Option("list_vix", "boolean", "t", "Accepted; there are no virtual indexes."),
    Option("splunk_server", "text", "none", "Accepted; there is one server."),
)


def generate(arguments: Arguments) -> Node:
    """`| eventcount [index=<index>] [summarize=<bool>]`."""
    indexes = read_indexes(arguments, arguments.context.default_indexes)
    if arguments.boolean("report_size", default=False):
        raise arguments.refuse("report_size", "`report_size=t`", "`pilotage status` tells how large the store is")
    arguments.boolean("list_vix", default=True)
    events = scanned(arguments, None, indexes, whole=True)
    count = (Aggregation("count", None, "count"),)
    if arguments.boolean("summarize", default=True):
        return Aggregate(events, count, command="eventcount", span=arguments.span)
    counted = Aggregate(events, count, ("index",), command="stats")
    named = Extend(counted, (("server", Literal(SERVER)),), command="eval")
    return Project(named, ("count", "index", "server"), "table", command="eventcount", span=arguments.span)


def write(node: Node) -> str | None:
    """Nothing: its plan is written as `search` and `stats`."""
    del node
    return None


COMMAND = Command(
    name="eventcount",
    spellings={"spl": ("eventcount",)},
    synopsis="| eventcount [index=<index>] [summarize=<bool>]",
    summary="Counts the events of indexes over all time. Stands first.",
    generate=generate,
    print=write,
    options=OPTIONS,
    examples=(Example("| eventcount index=* summarize=f", "A row an index."),),
)
