"""Which fields a command looks at: what rewrites go by."""

from __future__ import annotations

from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Match, Member, Term, Unary
from pilotage.language.plan.nodes import Node
from pilotage.language.plan.walk import rebuilt

_PLAIN = (Literal, Field, Call, Unary, Binary, Member, Match, Term)
_WHOLE_ROW = frozenset({"lookup", "searchmatch"})
"""Functions that look at fields which are not among their arguments."""


def mentioned(node: Node) -> set[str] | None:
    """The fields that a node's own expressions look at; `None` when that cannot be told."""
    found: set[str] = set()
    whole = False

    def note(part: Expression) -> None:
        nonlocal whole
        match part:
            case Field(name=name) | Match(field=name):
                found.add(name)
            case Term():
                found.add("_raw")
            case Call(name=name) if name in _WHOLE_ROW:
                whole = True
            case _ if not isinstance(part, _PLAIN):
                whole = True

    rebuilt(node, note)
    return None if whole else found
