"""Walking expressions and plans."""

from __future__ import annotations

from pilotage.language.plan.expressions import Binary, Call, Field, Literal, Member, Unary
from pilotage.language.plan.nodes import Filter, Limit, Rows, Scan, TimeRange
from pilotage.language.plan.walk import chain, children, depth, everything, inputs, members, time_range

A, B, C = Field("a"), Field("b"), Field("c")


def test_children_of_each_kind() -> None:
    assert children(Call("f", (A, B))) == (A, B)
    assert children(Unary("NOT", A)) == (A,)
    assert children(Binary("+", A, B)) == (A, B)
    assert children(Member(A, (B, C))) == (A, B, C)
    assert children(Literal(1)) == ()
    assert list(everything(Binary("+", A, Unary("-", B)))) == [Binary("+", A, Unary("-", B)), A, Unary("-", B), B]


def test_a_chain_is_flat_and_shallow() -> None:
    terms = [Field(str(number)) for number in range(1000)]
    whole = chain("OR", terms)
    assert depth(whole) == 11
    assert members("OR", whole) == terms
    assert chain("OR", [chain("OR", [A, B]), C]) == chain("OR", [A, B, C])
    assert members("AND", whole) == [whole]


def test_depth_of_a_very_deep_tree() -> None:
    deep: Binary | Field = A
    for _ in range(20_000):
        deep = Binary("+", deep, B)
    assert depth(deep) == 20_001
    # Taken apart by hand: the interpreter would free it recursively.
    while isinstance(deep, Binary):
        deep = deep.left  # type: ignore[assignment]


def test_inputs_and_range() -> None:
    scan = Scan(("main",), TimeRange(1, 2))
    plan = Limit(Filter(scan, A), 1)
    assert list(inputs(plan)) == [plan, plan.input, scan]
    assert time_range(plan) == TimeRange(1, 2)
    assert time_range(Rows((), ())) == TimeRange()
