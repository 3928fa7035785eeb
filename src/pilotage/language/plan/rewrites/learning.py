"""Refuses what a query asks of models, before anything of it runs."""

from __future__ import annotations

from pilotage.language.plan.learning import LEARNING
from pilotage.language.plan.nodes import Node
from pilotage.model.problem import fail


def runnable(node: Node) -> Node:
    """The node. Raises code `learning` for one that trains or uses a model."""
    if isinstance(node, LEARNING):
        hint = f"the query is read and planned; leave `{node.command}` out to run the rest"
        raise fail("learning", f"`{node.command}` cannot run yet: models in the pipe come with a later version", span=node.span, hint=hint)
    return node
