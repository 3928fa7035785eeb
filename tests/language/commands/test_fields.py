"""fields, table, rename, fillnull: lists of names."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.nodes import FillNull, Node, Project, Rename
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
        ("fields a, b c*", Project(ROWS, ("a", "b", "c*"), "keep")),
        ("fields + a", Project(ROWS, ("a",), "keep")),
        ("fields - _*", Project(ROWS, ("_*",), "drop")),
        ("fields -a,b", Project(ROWS, ("a", "b"), "drop")),
        ("table a b,c", Project(ROWS, ("a", "b", "c"), "table")),
        (
            "table \"a b\" 'c d' http.status k8s.pod-name x{}.y",
            Project(ROWS, ("a b", "c d", "http.status", "k8s.pod-name", "x{}.y"), "table"),
        ),
        ("rename a as b c AS d, e as f", Rename(ROWS, (("a", "b"), ("c", "d"), ("e", "f")))),
        ('rename "Processes.*" as * x as "A b"', Rename(ROWS, (("Processes.*", "*"), ("x", "A b")))),
        ("fillnull", FillNull(ROWS)),
        ("fillnull value=- a b", FillNull(ROWS, "-", ("a", "b"))),
        ('fillnull value="" a', FillNull(ROWS, "", ("a",))),
        ("fillnull a value=x", FillNull(ROWS, "x", ("a",))),
    ],
)
def test_reads(text: str, expected: Node) -> None:
    assert node(text) == expected


def test_refuses() -> None:
    assert code("fields") == "syntax"
    assert code("fields -") == "syntax"
    assert code("table") == "syntax"
    assert code("table a=1") == "unknown-option"
    assert code("rename") == "syntax"
    assert code("rename a b") == "syntax"
    assert code("rename a as") == "syntax"
    assert code("rename a.* as b") == "wildcards"
    assert code("fillnull val=x") == "unknown-option"
