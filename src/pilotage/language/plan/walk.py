"""Going through expressions and plans without knowing each node: children, depth, AND/OR chains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pilotage.language.plan.expressions import Binary, Call, Expression, Member, Unary
from pilotage.language.plan.nodes import Node, Scan, TimeRange


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
