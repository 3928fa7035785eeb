"""`summary`: what a kept model learned."""

from __future__ import annotations

from pilotage.language.plan.learning import Summary
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.learning import model_name, read_parts


def generate(arguments: Arguments) -> Node:
    """`summary [<app>:]<model>`."""
    words = read_parts(arguments).words[""]
    if len(words) != 1:
        raise arguments.unexpected("the name of one model")
    return Summary(model_name(arguments, words[0]), command="summary", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Summary`."""
    return f"summary {node.model}" if isinstance(node, Summary) else None


COMMAND = Command(
    name="summary",
    spellings={"spl": ("summary",)},
    synopsis="summary [<app>:]<model>",
    summary="Shows what a kept model learned: read and planned, refused when it should run; it comes with a later version.",
    generate=generate,
    print=write,
    examples=(Example("| summary usermodel", "For a forest, how much each feature matters."),),
    notes=("It stands first in a search, or first in a branch of `multireport`, whose rows it does not look at.",),
)
