"""top and rare: one syntax, names that must differ."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.nodes import Node, Top
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
    ("text", "expected"),
    [
        ("top a", Top(ROWS, ("a",))),
        ("top 3 a b by c", Top(ROWS, ("a", "b"), ("c",), limit=3)),
        ("top limit=0 a", Top(ROWS, ("a",), limit=0)),
        ("rare a useother=t otherstr=rest", Top(ROWS, ("a",), rare=True, use_other=True, other="rest")),
        ("top showcount=f showperc=f a", Top(ROWS, ("a",), show_count=False, show_percent=False)),
        ("top countfield=n percentfield=share count", Top(ROWS, ("count",), count_field="n", percent_field="share")),
    ],
)
def test_reads(text: str, expected: Node) -> None:
    assert node(text) == expected


def test_refuses() -> None:
    assert code("top") == "syntax"
    assert code("top count") == "name-twice"
    assert code("top a by a") == "name-twice"
    assert code("top 3 limit=4 a") == "option-value"
