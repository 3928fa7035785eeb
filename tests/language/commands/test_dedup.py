"""dedup: count, options, sortby."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.nodes import Dedup, Node, SortKey
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
        ("dedup a", Dedup(ROWS, ("a",))),
        ("dedup 3 a, b c", Dedup(ROWS, ("a", "b", "c"), 3)),
        ("dedup a keepempty=t keepevents=true consecutive=1", Dedup(ROWS, ("a",), keep_empty=True, keep_events=True, consecutive=True)),
        ("dedup keepempty=f a sortby -_time +b", Dedup(ROWS, ("a",), sort=(SortKey("_time", descending=True), SortKey("b")))),
    ],
)
def test_reads(text: str, expected: Node) -> None:
    assert node(text) == expected


def test_refuses() -> None:
    assert code("dedup") == "syntax"
    assert code("dedup 0 a") == "arguments"
    assert code("dedup a sortby") == "syntax"
    assert code("dedup a keep=t") == "unknown-option"
