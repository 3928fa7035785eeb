"""head: numbers, conditions and their options."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.expressions import Binary, Field, Literal
from pilotage.language.plan.nodes import Limit, Node, While
from pilotage.model.problem import PilotageError

CONTEXT = spl.context(1767781845 * 10**9)


def node(text: str) -> Node:
    return spl.parse(f"index=main | {text}", CONTEXT)


def code(text: str) -> str:
    with pytest.raises(PilotageError) as caught:
        node(text)
    return caught.value.problem.code


ROWS = spl.parse("index=main", CONTEXT)

SMALL = Binary("<", Field("v"), Literal(3))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("head", Limit(ROWS, 10)),
        ("head 3", Limit(ROWS, 3)),
        ("head limit=3", Limit(ROWS, 3)),
        ("head (v<3)", While(ROWS, SMALL)),
        ("head(v<3) keeplast=true null=1", While(ROWS, SMALL, keep_last=True, null_is_true=True)),
        ("head limit=7 (v<3)", While(ROWS, SMALL, limit=7)),
        ("tail", Limit(ROWS, 10, last=True)),
        ("tail 2", Limit(ROWS, 2, last=True)),
    ],
)
def test_reads(text: str, expected: Node) -> None:
    assert node(text) == expected


def test_refuses() -> None:
    assert code("head x") == "syntax"
    assert code("head -1") == "syntax"
    assert code("head 3 keeplast=t") == "option-value"
    assert code("head (v<3) keeplast=maybe") == "option-value"
    assert code("head (5)") == "condition"
    assert code("tail x") == "syntax"
