"""Long chains made short: `f=a OR f=b …` is one membership, `f!=a AND f!=b …` one exclusion. A thousand comparisons cost as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from pilotage.language.plan.expressions import Binary, Expression, Field, Literal, Match, Member, Unary
from pilotage.language.plan.walk import members

_Key = tuple[str, str, bool]


def gathered(op: str, expression: Expression, single: Callable[[Field], bool]) -> list[Expression]:
    """The terms of an `op` (AND, OR) chain, those that compare one field with constants joined into one, at the place of the first.

    `single` says whether a field holds one value a row: of a multivalue, `m!=1` means that some member differs.
    """
    groups: dict[_Key, list[Expression]] = {}
    order: list[Expression | _Key] = []
    for term in members(op, expression):
        key = _key(op, term, single)
        if key is None:
            order.append(term)
            continue
        if key not in groups:
            order.append(key)
        groups.setdefault(key, []).append(term)
    return [_joined(groups[item]) if isinstance(item, tuple) else item for item in order]


def _key(op: str, term: Expression, single: Callable[[Field], bool]) -> _Key | None:
    """What a term can be joined with: those of the same key."""
    wanted = "=" if op == "OR" else "!="
    if isinstance(term, Match) and term.op == wanted:
        return "search", term.field, term.case_sensitive
    if isinstance(term, Binary) and term.op == wanted and isinstance(term.left, Field) and _known(term.right):
        return ("eval", term.left.name, True) if op == "OR" or single(term.left) else None
    if op == "OR" and isinstance(term, Member) and isinstance(term.operand, Field) and all(map(_known, term.items)):
        return "eval", term.operand.name, True
    return None


def _known(expression: Expression) -> bool:
    return isinstance(expression, Literal) and expression.value is not None


def _joined(terms: list[Expression]) -> Expression:
    first = terms[0]
    if len(terms) == 1:
        return first
    if isinstance(first, Match):
        return replace(first, values=tuple(dict.fromkeys(v for t in terms if isinstance(t, Match) for v in t.values)))
    items = tuple(_distinct(item for term in terms for item in _items(term)))
    excluded = isinstance(first, Binary) and first.op == "!="
    operand = first.left if isinstance(first, Binary) else first.operand if isinstance(first, Member) else first
    member = Member(operand, items, span=first.span)
    return Unary("NOT", member, span=first.span) if excluded else member


def _items(term: Expression) -> tuple[Expression, ...]:
    return (term.right,) if isinstance(term, Binary) else term.items if isinstance(term, Member) else ()


def _distinct(items: Iterable[Expression]) -> list[Expression]:
    """Each constant once; `1`, `1.0`, `true` and `"1"` are four."""
    return list({(type(i.value), i.value): i for i in items if isinstance(i, Literal)}.values())
