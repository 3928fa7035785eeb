"""sort: counts, signs, kinds, a trailing desc."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.nodes import Node, Sort, SortKey
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
    ("text", "limit", "keys"),
    [
        ("sort a", 10_000, [SortKey("a")]),
        ("sort 0 -a, +b", 0, [SortKey("a", descending=True), SortKey("b")]),
        ("sort 0 - a b", 0, [SortKey("a", descending=True), SortKey("b")]),
        ("sort limit=5 a", 5, [SortKey("a")]),
        (
            "sort 5 -num(a) ip(b) str(c) auto(d)",
            5,
            [SortKey("a", descending=True, kind="num"), SortKey("b", kind="ip"), SortKey("c", kind="str"), SortKey("d")],
        ),
        ("sort a -b desc", 10_000, [SortKey("a", descending=True), SortKey("b")]),
        ("sort a d", 10_000, [SortKey("a", descending=True)]),
        ("sort a asc", 10_000, [SortKey("a")]),
        ("sort d", 10_000, [SortKey("d")]),
        ('sort a "desc"', 10_000, [SortKey("a"), SortKey("desc")]),
        ('sort "404"', 10_000, [SortKey("404")]),
        ("sort -_time", 10_000, [SortKey("_time", descending=True)]),
    ],
)
def test_keys(text: str, limit: int, keys: list[SortKey]) -> None:
    assert node(text) == Sort(ROWS, tuple(keys), limit)


def test_refuses() -> None:
    assert code("sort") == "syntax"
    assert code("sort -") == "syntax"
    assert code("sort num(a") == "syntax"
    assert code("sort 5 limit=6 a") == "option-value"
    assert code("sort limit=x a") == "option-value"
