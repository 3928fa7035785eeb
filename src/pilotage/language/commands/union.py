"""`union`: these rows and those of other searches, newest first."""

from __future__ import annotations

from pilotage.language.plan.branches import Union
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.other_search import BOUNDS, bound_text, read_bound
from pilotage.language.syntax.printing import BRANCH


def _others(arguments: Arguments) -> list[Node]:
    found = []
    arguments.take_options()
    while not arguments.done():
        found.append(arguments.read_search())
        arguments.accept(",")
        arguments.take_options()
    arguments.finish()
    return found


def parse(arguments: Arguments, rows: Node) -> Node:
    """`union [<search>]…` behind a pipe."""
    others = _others(arguments)
    if not others:
        raise arguments.unexpected("`[` and a search")
    return Union(rows, tuple(others), by_time=True, limit=read_bound(arguments), command="union", span=arguments.span)


def generate(arguments: Arguments) -> Node:
    """`| union [<search>] [<search>]…`."""
    others = _others(arguments)
    if len(others) < 2:
        raise arguments.unexpected("at least two searches in brackets")
    limit = read_bound(arguments)
    return Union(others[0], tuple(others[1:]), by_time=True, limit=limit, command="union", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Union` by time."""
    if not isinstance(node, Union) or not node.by_time or not node.limit:
        return None
    return f"union{bound_text(node.limit)} {' '.join([BRANCH] * len(node.others))}"


COMMAND = Command(
    name="union",
    spellings={"spl": ("union",)},
    synopsis="union [maxout=<integer>] [<search>]…",
    summary="Mixes the rows of several searches, newest first; the columns are those of all.",
    parse=parse,
    generate=generate,
    print=write,
    options=BOUNDS,
    examples=(Example("index=main error | union [search index=traces status=ERROR]", "Failed events and failed spans on one time line."),),
)
