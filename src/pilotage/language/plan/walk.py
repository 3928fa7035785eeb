"""Going through expressions and plans without knowing each node: children, depth, AND/OR chains."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from functools import cache
from typing import TypeVar

from pilotage.language.plan.branches import Fork, Incoming, Join, Paste, Subsearch, Union
from pilotage.language.plan.expressions import Binary, Call, Expression, Member, Unary
from pilotage.language.plan.nodes import Aggregation, Node, Scan, TimeRange

T = TypeVar("T")


def children(expression: Expression) -> tuple[Expression, ...]:
    """The direct parts of an expression, left to right."""
    match expression:
        case Call():
            return expression.arguments
        case Unary():
            return (expression.operand,)
        case Binary():
            return (expression.left, expression.right)
        case Member():
            return (expression.operand, *expression.items)
        case _:
            return ()


def everything(expression: Expression) -> Iterator[Expression]:
    """The expression and all its parts, each before its own parts."""
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(children(current)))


def depth(expression: Expression) -> int:
    """Levels of the tree, found without recursion, so that any size can be measured."""
    deepest, waiting = 0, [(expression, 1)]
    while waiting:
        current, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((part, level + 1) for part in children(current))
    return deepest


def members(op: str, expression: Expression) -> list[Expression]:
    """The terms of an `op` (AND, OR) chain, left to right; the expression alone when it is no such chain."""
    found: list[Expression] = []
    waiting = [expression]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Binary) and current.op == op:
            waiting += [current.right, current.left]
        else:
            found.append(current)
    return found


def chain(op: str, terms: Sequence[Expression]) -> Expression:
    """Join terms by `op` (AND, OR) as a balanced tree, so that a thousand terms are ten levels deep; nested chains are made flat."""
    flat = [member for term in terms for member in members(op, term)]
    while len(flat) > 1:
        pairs = [Binary(op, left, right, span=left.span.join(right.span)) for left, right in zip(flat[::2], flat[1::2], strict=False)]
        flat = pairs + flat[len(pairs) * 2 :]
    return flat[0]


def inputs(node: Node) -> Iterator[Node]:
    """The node and what it reads from, from the last command back to the source."""
    current: Node | None = node
    while current is not None:
        yield current
        current = getattr(current, "input", None)


def time_range(node: Node) -> TimeRange:
    """The time range of the events a plan reads; unbounded when it reads none."""
    for current in inputs(node):
        if isinstance(current, Scan):
            return current.time
    return TimeRange()


def side_inputs(node: Node) -> tuple[Node, ...]:
    """What a node reads beside its main input."""
    match node:
        case Union():
            return node.others
        case Fork():
            return node.branches
        case Paste() | Join():
            return (node.other,)
        case _:
            return ()


def subsearches(node: Node) -> tuple[Subsearch, ...]:
    """The sub-searches in a node's own expressions, in the order of its text."""
    found: list[Subsearch] = []

    def note(expression: Expression) -> None:
        if isinstance(expression, Subsearch):
            found.append(expression)

    rebuilt(node, note)
    return tuple(found)


def embedded(node: Node) -> tuple[Node, ...]:
    """Every plan inside a node beside its main input."""
    return side_inputs(node) + tuple(each.plan for each in subsearches(node))


def plans(node: Node) -> Iterator[Node]:
    """Every node of a plan, those of branches and other inputs too."""
    waiting = [node]
    while waiting:
        for current in inputs(waiting.pop()):
            yield current
            waiting.extend(embedded(current))


def grafted(branch: Node, rows: Node) -> Node:
    """A branch with the rows it starts from in place of `Incoming`."""
    if isinstance(branch, Incoming):
        return rows
    below = getattr(branch, "input", None)
    return replace(branch, input=grafted(below, rows)) if isinstance(below, Node) else branch  # type: ignore[call-arg]


@cache
def _parts(kind: type[Node | Expression | Aggregation]) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))


def rebuilt(thing: T, change: Callable[[Expression], Expression | None]) -> T:
    """A node, expression or tuple with every expression for which `change` gives another replaced; inputs of nodes are left alone."""
    if isinstance(thing, tuple):
        parts = tuple(rebuilt(part, change) for part in thing)
        return thing if all(a is b for a, b in zip(parts, thing, strict=True)) else parts  # type: ignore[return-value]
    if isinstance(thing, Expression):
        changed = change(thing)
        if changed is not None:
            return changed  # type: ignore[return-value]
    if not isinstance(thing, Node | Expression | Aggregation):
        return thing
    found: dict[str, object] = {}
    for name in _parts(type(thing)):  # type: ignore[arg-type]  # a class is hashable
        before = getattr(thing, name)
        if isinstance(before, tuple | Expression | Aggregation):
            after = rebuilt(before, change)
            if after is not before:
                found[name] = after
    return replace(thing, **found) if found else thing  # type: ignore[arg-type]  # the parts keep their types
