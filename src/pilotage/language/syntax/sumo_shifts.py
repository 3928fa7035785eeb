"""The same rows at an earlier time, for the operators that compare."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.nodes import Node, Scan, TimeRange


def earlier(node: Node, shift: int, now: int) -> Node:
    """A plan whose events are `shift` nanoseconds older; a range without an end ends at `now`."""
    if isinstance(node, Scan):
        latest = node.time.latest if node.time.latest is not None else now
        earliest = None if node.time.earliest is None else node.time.earliest - shift
        return replace(node, time=TimeRange(earliest, latest - shift))
    below = getattr(node, "input", None)
    return replace(node, input=earlier(below, shift, now)) if isinstance(below, Node) else node  # type: ignore[call-arg]


def at(node: Node, time: TimeRange) -> Node:
    """A plan whose events are those of another range."""
    if isinstance(node, Scan):
        return replace(node, time=time)
    below = getattr(node, "input", None)
    return replace(node, input=at(below, time)) if isinstance(below, Node) else node  # type: ignore[call-arg]
