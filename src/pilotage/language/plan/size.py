"""How large a plan is, and the most one query may hold: planning and the engine's own analysis take time for every part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from pilotage.language.plan.expressions import Call, Expression, Field, Match, Term
from pilotage.language.plan.nodes import Aggregate, Aggregation, Dedup, Node, Rows, Sort, SortKey, Stage, Top, Transform
from pilotage.language.plan.walk import everything, plans
from pilotage.model.problem import fail

MOST_TERMS = 6_000
MOST_FIELDS = 2_000
MOST_KEYS = 60
_ELSEWHERE = {"input", "other", "others", "branches", "span", "command", "indexes"}


def check_size(plan: Node) -> None:
    """Raises code `query-too-large` beyond a limit.

    The limits are `MOST_TERMS` comparisons, words and calls (values of `IN (…)` are not counted), `MOST_FIELDS` different fields, and
    `MOST_KEYS` keys of one command.
    """
    terms, names = 0, set[str]()
    for node in plans(plan):
        _check_keys(node)
        for part in _parts(node):
            if isinstance(part, str):
                names.add(part)
                continue
            if isinstance(part, Field | Match):
                names.add(part.name if isinstance(part, Field) else part.field)
            terms += isinstance(part, Field | Match | Term | Call)
    if terms > MOST_TERMS:
        hint = "write `IN (…)` for one field with many values, or a lookup"
        raise fail("query-too-large", f"the query has {terms} terms, the most is {MOST_TERMS}", hint=hint)
    if len(names) > MOST_FIELDS:
        hint = "use a pattern such as `http.*`, or fewer fields"
        raise fail("query-too-large", f"the query names {len(names)} fields, the most is {MOST_FIELDS}", hint=hint)


def _check_keys(node: Node) -> None:
    """The engine's work grows with the square of the keys it groups or sorts by."""
    match node:
        case Aggregate():
            count = len(node.by)
        case Top():
            count = len(node.by) + len(node.fields)
        case Dedup():
            count = max(len(node.fields), len(node.sort))
        case Sort():
            count = len(node.keys)
        case _:
            return
    if count > MOST_KEYS:
        sentence = f"`{node.command}` has {count} fields as keys, the most is {MOST_KEYS}"
        raise fail("query-too-large", sentence, span=node.span, hint="name fewer fields")


def _parts(node: Node) -> Iterator[Expression | str]:
    """The expressions of a node with all their parts, and the names in its lists."""
    if isinstance(node, Rows | Stage | Transform):
        return
    waiting: list[object] = [getattr(node, known.name) for known in fields(node) if known.name not in _ELSEWHERE]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, Expression):
            yield from everything(thing)
        elif isinstance(thing, Aggregation):
            waiting.append(thing.argument)
        elif isinstance(thing, SortKey):
            yield thing.field
        elif isinstance(thing, tuple):
            waiting += [part for part in thing if not isinstance(part, str)]
            yield from (part for part in thing if isinstance(part, str))
