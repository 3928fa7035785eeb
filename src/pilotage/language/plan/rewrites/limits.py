"""Top-k: a limit of rows is known to the sort it takes them from, so that the engine keeps that many rows instead of sorting all."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.nodes import Extend, Limit, Node, Project, Rename, Sort

_ROW_BY_ROW = (Extend, Project, Rename)
"""Commands that give a row for a row, in the same order, whatever the other rows are."""


def shortened(plan: Node) -> Node:
    """The plan with each `head` put into the sort or the other limit below it; commands in between that handle row by row are passed."""
    chain: list[Node] = []
    current: Node = plan
    while isinstance(below := getattr(current, "input", None), Node):
        chain.append(current)
        current = below
    result = current
    for node in reversed(chain):
        result = node if getattr(node, "input", None) is result else replace(node, input=result)  # type: ignore[call-arg]
        if isinstance(result, Limit) and not result.last:
            result = _taken(result)
    return result


def _taken(limit: Limit) -> Node:
    passed: list[Node] = []
    node = limit.input
    while isinstance(node, _ROW_BY_ROW) and not _dynamic(node):
        passed.append(node)
        node = node.input
    if isinstance(node, Sort) and limit.count:
        found: Node = replace(node, limit=min(node.limit or limit.count, limit.count))
    elif isinstance(node, Limit) and not node.last:
        found = replace(node, count=min(node.count, limit.count))
    else:
        return limit
    for step in reversed(passed):
        found = replace(step, input=found)  # type: ignore[call-arg]
    return found


def _dynamic(node: Node) -> bool:
    """Whether a command's columns depend on the values of its rows."""
    return isinstance(node, Extend) and any(name.startswith("{") for name, _ in node.assignments)
