"""Predicate pushdown: a condition that does not look at what a command makes chooses the rows before that command.

The engine moves conditions through one SELECT by itself, but not past a step in Python (a pattern beyond RE2) or a kept stage.
"""

from __future__ import annotations

import re
from dataclasses import replace

from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.mentions import mentioned
from pilotage.language.plan.nodes import Bin, Extend, Extract, Filter, Node, Sort
from pilotage.language.plan.walk import chain, inputs, members

_GROUP = re.compile(r"\(\?P?[<']([A-Za-z_]\w*)[>']")


def sunk(plan: Node) -> Node:
    """The plan with conditions moved below the commands they do not depend on."""
    steps = list(inputs(plan))
    if not (any(isinstance(step, Filter) for step in steps) and any(isinstance(step, Extract) for step in steps)):
        return plan
    result = steps.pop()
    for node in reversed(steps):
        if isinstance(node, Filter):
            for part in members("AND", node.condition):
                result = _placed(result, part, node)
        else:
            result = node if getattr(node, "input", None) is result else replace(node, input=result)  # type: ignore[call-arg]
    return result


def _placed(rows: Node, condition: Expression, node: Filter) -> Node:
    """`rows` with the condition as far down as it may go."""
    own = replace(node, input=rows, condition=condition)
    looked_at = mentioned(own)
    passed: list[Node] = []
    below = rows
    while looked_at is not None and (made := _made(below)) is not None and not made & looked_at:
        passed.append(below)
        below = below.input  # type: ignore[attr-defined]
    if not any(isinstance(step, Extract) for step in passed):
        # Within one SELECT the engine knows best.
        passed, below = [], rows
    if isinstance(below, Filter):
        terms = [below.condition, condition]
        result: Node = replace(below, condition=chain("AND", terms), span=below.span.join(node.span))
    else:
        result = replace(own, input=below)
    for step in reversed(passed):
        result = replace(step, input=result)  # type: ignore[call-arg]
    return result


def _made(node: Node) -> frozenset[str] | None:
    """The fields that a command sets, row by row and without choosing rows; `None` for any other command."""
    match node:
        case Extend() if not any(name.startswith("{") for name, _ in node.assignments):
            return frozenset(name for name, _ in node.assignments)
        case Extract(sed=True):
            return frozenset({node.source})
        case Extract():
            return frozenset({*_GROUP.findall(node.pattern), *([node.offset_field] if node.offset_field else [])})
        case Bin():
            return frozenset({node.alias})
        case Sort(limit=0):
            return frozenset()
        case _:
            return None
