"""The events behind a query: the part of its plan before rows are aggregated or ordered, for what a page shows beside the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pilotage.language.dialects import spl
from pilotage.language.plan.nodes import Bin, Extend, Extract, FillNull, Filter, Node, Project, Rename, Scan
from pilotage.language.plan.walk import inputs
from pilotage.model.problem import PilotageError


def event_part(plan: Node) -> Node:
    """The longest beginning of a plan that handles one row at a time."""
    part: Node | None = None
    for node in reversed(tuple(inputs(plan))):
        if part is not None and not streams(node):
            break
        part = node
    return plan if part is None else part


def filtering(part: Node) -> Node:
    """The same without what comes after its last condition: all that decides which events there are."""
    for node in inputs(part):
        if isinstance(node, Filter) or not hasattr(node, "input"):
            return node
    return part


def streams(node: Node) -> bool:
    """Whether a node looks at one row at a time and needs no fact of the others."""
    match node:
        case Filter() | Extract() | Rename() | Project():
            return True
        case Extend():
            return not any(name.startswith("{") for name, _ in node.assignments)
        case FillNull():
            return bool(node.fields)
        case Bin():
            return node.span_value is not None
        case _:
            return False


def with_scan(node: Node, change: Callable[[Scan], Node]) -> Node:
    """The plan with its source changed; one over other rows than events stays as it is."""
    if isinstance(node, Scan):
        return change(node)
    source = getattr(node, "input", None)
    return node if source is None else replace(node, input=with_scan(source, change))  # type: ignore[call-arg]  # has `input`


def text_of(part: Node) -> str | None:
    """The part as a query of its own, if it can be written as one."""
    try:
        return spl.print_plan(part)
    except PilotageError:
        return None
