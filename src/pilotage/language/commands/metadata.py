"""`metadata`: hosts, sources or sourcetypes with their first and last event."""

from __future__ import annotations

from pilotage.language.plan.expressions import Call, Field, Literal
from pilotage.language.plan.nodes import Aggregate, Aggregation, Extend, Node, Project
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scope import read_indexes, scanned

_TYPES = {"hosts": "host", "sources": "source", "sourcetypes": "sourcetype"}
OPTIONS = (
    Option("type", "hosts, sources or sourcetypes", "none", "What to list."),
    Option("index", "text", "main", "The indexes to read, with commas between; patterns may hold `*`."),
    Option("splunk_server", "text", "none", "Accepted; there is one server."),
    Option("splunk_server_group", "text", "none", "Accepted, as `splunk_server`."),
    Option("datatype", "text", "event", "Accepted; an index holds what it holds."),
)


def generate(arguments: Arguments) -> Node:
    """`| metadata type=<hosts|sources|sourcetypes> [index=<index>]`."""
    indexes = read_indexes(arguments, arguments.context.default_indexes)
    if "type" not in arguments.given:
        raise arguments.unexpected("`type=hosts`, `type=sources` or `type=sourcetypes`")
    kind = arguments.given["type"].text.lower()
    if kind not in _TYPES:
        raise arguments.bad("type", "write `hosts`, `sources` or `sourcetypes`")
    field = _TYPES[kind]
    found = Aggregate(
        scanned(arguments, None, indexes),
        (
            Aggregation("min", Field("_time"), "firstTime"),
            Aggregation("max", Field("_time"), "lastTime"),
            Aggregation("max", Field("_indextime"), "recentTime"),
            Aggregation("count", None, "totalCount"),
        ),
        (field,),
        command="stats",
    )
    whole = tuple((name, Call("floor", (Field(name),))) for name in ("firstTime", "lastTime", "recentTime"))
    typed = Extend(found, (*whole, ("type", Literal(kind))), command="eval")
    columns = ("firstTime", field, "lastTime", "recentTime", "totalCount", "type")
    return Project(typed, columns, "table", command="metadata", span=arguments.span)


def write(node: Node) -> str | None:
    """Nothing: its plan is written as `search`, `stats`, `eval` and `table`."""
    del node
    return None


COMMAND = Command(
    name="metadata",
    spellings={"spl": ("metadata",)},
    synopsis="| metadata type=<hosts|sources|sourcetypes> [index=<index>[,<index>]…]",
    summary="Lists hosts, sources or sourcetypes with number, first, last and newest arrival of their events. Stands first.",
    generate=generate,
    print=write,
    options=OPTIONS,
    examples=(Example("| metadata type=hosts index=main | sort - totalCount", "Hosts by number of events."),),
    notes=("Only events within the time range of the search count. Times are whole epoch seconds.",),
)
