"""`iplocation` as a step over each distinct address once, whose answers stand beside the rows."""

from __future__ import annotations

from pilotage.language.plan.branches import Join
from pilotage.language.plan.combination import Distinct
from pilotage.language.plan.locations import MORE_NAMES, NAMES, Locate
from pilotage.language.plan.nodes import Node, Transform


def located(node: Node) -> Node:
    """The join that a `Locate` means; any other node as it is."""
    if not isinstance(node, Locate):
        return node
    names = node.columns or tuple({**NAMES, **(MORE_NAMES if node.everything else {})}.items())
    columns = "\n".join(f"{node.prefix}{name}\t{part}" for name, part in names)
    distinct = Distinct(node.input, node.field, command=node.command, span=node.span)
    options = (("address", node.field), ("columns", columns), ("language", node.language), ("command", node.command))
    step = Transform(distinct, "iplocation", options, (node.field,), keeps=False, command=node.command, span=node.span)
    return Join(node.input, step, ((node.field, node.field),), kind="left", most=0, command=node.command, span=node.span)
