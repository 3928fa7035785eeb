"""`union`: these rows and those of other searches, newest first."""

from __future__ import annotations

from pilotage.language.plan.branches import Union
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import BRANCH

MOST = 50_000
OPTIONS = (
    Option("maxout", "integer", "50000", "The most rows of each search; 0 = all."),
    Option("maxtime", "integer", "60", "Accepted; the whole search has one time limit."),
    Option("timeout", "integer", "60", "Accepted, as `maxtime`."),
)


def _others(arguments: Arguments) -> list[Node]:
    found = []
    arguments.take_options()
    while not arguments.done():
        found.append(arguments.read_search())
        arguments.accept(",")
        arguments.take_options()
    arguments.finish()
    for name in ("maxtime", "timeout"):
        arguments.integer(name, 60)
    return found


def parse(arguments: Arguments, rows: Node) -> Node:
    """`union [<search>]…` behind a pipe."""
    others = _others(arguments)
    if not others:
        raise arguments.unexpected("`[` and a search")
    return Union(rows, tuple(others), by_time=True, limit=arguments.integer("maxout", MOST), command="union", span=arguments.span)


def generate(arguments: Arguments) -> Node:
    """`| union [<search>] [<search>]…`."""
    others = _others(arguments)
    if len(others) < 2:
        raise arguments.unexpected("at least two searches in brackets")
    limit = arguments.integer("maxout", MOST)
    return Union(others[0], tuple(others[1:]), by_time=True, limit=limit, command="union", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Union` by time."""
    if not isinstance(node, Union) or not node.by_time or not node.limit:
        return None
    limit = "" if node.limit == MOST else f"{option_text('maxout', node.limit)} "
    return f"union {limit}{' '.join([BRANCH] * len(node.others))}"


COMMAND = Command(
    name="union",
    spellings={"spl": ("union",)},
    synopsis="union [maxout=<integer>] [<search>]…",
    summary="Mixes the rows of several searches, newest first; the columns are those of all.",
    parse=parse,
    generate=generate,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main error | union [search index=traces status=ERROR]", "Failed events and failed spans on one time line."),),
)
