"""`save`: rows become the content of a lookup."""

from __future__ import annotations

import re

from pilotage.language.plan.knowledge import Write
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage

_PLACE = re.compile(r'(?:path://)?"((?:[^"\\]|\\.)*)"|\S+')


def parse(stage: Stage, rows: Node) -> Node:
    """`save [append] [view|lookup] path/name`."""
    append = stage.keyword("append") is not None
    stage.space()
    found = stage.take(_PLACE)
    if found is None:
        raise stage.unexpected("the name of a lookup")
    if not stage.names.closed:
        raise stage.refuse("messages", "aggregate before, as in `count by host`")
    stage.finish()
    place = found[1] if found[1] is not None else found[0]
    table = re.sub(r"\.csv$", "", place.rstrip("/").rsplit("/", 1)[-1], flags=re.IGNORECASE)
    options = (
        ("append", append),
        ("override_if_empty", True),
        ("create_empty", False),
        ("key_field", None),
        ("max", 0),
        ("internal", True),
    )
    return Write(rows, "lookup", table, options, command="save", span=stage.span)


OPERATOR = Operator(
    spellings=("save",),
    synopsis="save [append] <table>",
    summary="Makes the rows the content of a lookup, or adds them to it, at once after the last row, and passes them on.",
    parse=parse,
    examples=(Example("* | count as seen by host | save append hosts_seen", "Hosts and how often they were seen."),),
    notes=("Needs the scope `ingest`. The table is called by the last part of its path, without `.csv`.",),
)
