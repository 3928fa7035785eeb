"""`multisearch`: several searches at once, newest first."""

from __future__ import annotations

from pilotage.language.plan.branches import Union
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import BRANCH


def generate(arguments: Arguments) -> Node:
    """`| multisearch [<search>] [<search>]…`."""
    found = [arguments.read_search(), arguments.read_search()]
    while not arguments.done():
        found.append(arguments.read_search())
    arguments.finish()
    return Union(found[0], tuple(found[1:]), by_time=True, command="multisearch", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Union` by time without a bound behind its first search is written as a `union`."""
    if not isinstance(node, Union) or not node.by_time or node.limit:
        return None
    return f"union maxout=0 {' '.join([BRANCH] * len(node.others))}"


COMMAND = Command(
    name="multisearch",
    spellings={"spl": ("multisearch",)},
    synopsis="multisearch [<search>] [<search>]…",
    summary="Runs several searches and mixes their rows, newest first.",
    generate=generate,
    print=write,
    examples=(Example("| multisearch [search index=main error] [search index=traces status=ERROR]", "Two kinds of failures."),),
    notes=("Splunk allows streaming commands only inside the brackets; here any may stand there.",),
)
