"""`metasearch`: where and when events are, without what they say."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Project
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scope import read_clause, scanned

_COLUMNS = ("_time", "index", "host", "source", "sourcetype")


def generate(arguments: Arguments) -> Node:
    """`| metasearch [<clause>]`."""
    events = scanned(arguments, read_clause(arguments), arguments.context.default_indexes)
    return Project(events, _COLUMNS, "table", command="metasearch", span=arguments.span)


def write(node: Node) -> str | None:
    """Nothing: its plan is written as `search` and `table`."""
    del node
    return None


COMMAND = Command(
    name="metasearch",
    spellings={"spl": ("metasearch",)},
    synopsis="| metasearch [<search clause>]",
    summary="Shows time, index, host, source and sourcetype of the events that match, newest first. Stands first.",
    generate=generate,
    print=write,
    examples=(Example("| metasearch index=main host=web* | stats count BY host sourcetype", "What sends where."),),
)
