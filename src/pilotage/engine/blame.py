"""Points an error that only the running engine finds at the words of the query that caused it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

from pilotage.language.plan.expressions import Call, Expression, Literal
from pilotage.language.plan.nodes import Aggregation, Extract, Node
from pilotage.language.plan.walk import everything, inputs
from pilotage.model.problem import Problem, Span

_PATTERN_CALLS = frozenset({"match", "replace", "mvfind"})


def located(problem: Problem, plan: Node, query: str) -> Problem:
    """The problem of a regular expression with the span of that expression; any other problem as it is."""
    if problem.code != "regex-invalid" or problem.span is not None:
        return problem
    # The message ends with the part of the pattern that is wrong.
    wrong = problem.sentence.rsplit(": ", 1)[-1]
    patterns = list(_patterns(plan, query))
    span = next((span for text, span in patterns if wrong in text), patterns[0][1] if len(patterns) == 1 else None)
    return replace(problem, span=span)


def _patterns(plan: Node, query: str) -> Iterator[tuple[str, Span]]:
    for node in inputs(plan):
        if isinstance(node, Extract):
            start = query.find(node.pattern, node.span.start)
            yield node.pattern, Span(start, start + len(node.pattern)) if start >= 0 else node.span
        for call in _calls(node):
            for argument in call.arguments[1:2]:
                if isinstance(argument, Literal) and isinstance(argument.value, str):
                    yield argument.value, argument.span


def _calls(node: Node) -> Iterator[Call]:
    waiting: list[object] = [getattr(node, known.name) for known in fields(node) if known.name != "input"]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, Expression):
            yield from (part for part in everything(thing) if isinstance(part, Call) and part.name in _PATTERN_CALLS)
        elif isinstance(thing, Aggregation):
            waiting.append(thing.argument)
        elif isinstance(thing, tuple):
            waiting += thing
