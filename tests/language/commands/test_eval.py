"""eval and where: assignments, dynamic names, conditions."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.expressions import Binary, Field, Literal
from pilotage.language.plan.nodes import Extend, Filter, Node
from pilotage.language.plan.walk import chain
from pilotage.model.problem import PilotageError

CONTEXT = spl.context(1767781845 * 10**9)


def node(text: str) -> Node:
    return spl.parse(f"index=main | {text}", CONTEXT)


def code(text: str) -> str:
    with pytest.raises(PilotageError) as caught:
        node(text)
    return caught.value.problem.code


ROWS = spl.parse("index=main", CONTEXT)


@pytest.mark.parametrize(
    ("text", "assignments"),
    [
        ("eval x=x*2, y=x+1", [("x", Binary("*", Field("x"), Literal(2))), ("y", Binary("+", Field("x"), Literal(1)))]),
        ("eval {k}=v", [("{k}", Field("v"))]),
        ("eval 'a b'=1, \"c d\"=2, e.f=3", [("a b", Literal(1)), ("c d", Literal(2)), ("e.f", Literal(3))]),
        ("eval x = a.b", [("x", Binary(".", Field("a"), Field("b")))]),
        ("eval x=1,", [("x", Literal(1))]),
        ("eval x=(y=1)", [("x", Binary("=", Field("y"), Literal(1)))]),
    ],
)
def test_assignments(text: str, assignments: list[tuple[str, object]]) -> None:
    assert node(text) == Extend(ROWS, tuple(assignments))  # type: ignore[arg-type]


def test_where_binds_and_tighter_than_or() -> None:
    a, b, c = (Binary("=", Field(name), Literal(1)) for name in "abc")
    assert node("where a=1 AND b=1 OR c=1") == Filter(ROWS, chain("OR", [chain("AND", [a, b]), c]))
    assert node("where a=b") == Filter(ROWS, Binary("=", Field("a"), Field("b")))


def test_refuses() -> None:
    assert code("eval") == "syntax"
    assert code("eval x") == "syntax"
    assert code("eval x==1") == "syntax"
    assert code("eval x=1 y=2") == "syntax"
    assert code("eval ''=1") == "syntax"
    assert code("eval a_{k}=1") == "unsupported"
    assert code("where") == "syntax"
    assert code('where "x"') == "condition"
    assert code("where a=1 b=2") == "syntax"
