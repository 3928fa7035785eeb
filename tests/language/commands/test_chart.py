"""chart: two ways to write rows and columns, buckets for either."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.nodes import Aggregate, Aggregation, Bin, Node, Series
from pilotage.language.syntax.buckets import NOTHING
from pilotage.model.problem import PilotageError

CONTEXT = spl.context(1767781845 * 10**9)


def node(text: str) -> Node:
    return spl.parse(f"index=main | {text}", CONTEXT)


def code(text: str) -> str:
    with pytest.raises(PilotageError) as caught:
        node(text)
    return caught.value.problem.code


ROWS = spl.parse("index=main", CONTEXT)

COUNT = (Aggregation("count", None, "count"),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chart count over x by y", Series(ROWS, COUNT, "x", "y")),
        ("chart count by x y", Series(ROWS, COUNT, "x", "y")),
        ("chart count by x, y", Series(ROWS, COUNT, "x", "y")),
        ("chart count over x", Series(ROWS, COUNT, "x")),
        ("chart count by x", Series(ROWS, COUNT, "x")),
        ("chart count", Aggregate(ROWS, COUNT)),
        ("chart span=10 count over x by y", Series(ROWS, COUNT, "x", "y", over_bin=Bin(NOTHING, "x", "x", 10.0, bins=300))),
        (
            "chart count over x span=10 by y bins=5",
            Series(ROWS, COUNT, "x", "y", over_bin=Bin(NOTHING, "x", "x", 10.0, bins=300), by_bin=Bin(NOTHING, "y", "y", bins=5)),
        ),
        ("chart count over _time span=1h", Series(ROWS, COUNT, "_time", over_bin=Bin(NOTHING, "_time", "_time", 1.0, "h", bins=300))),
        (
            "chart limit=3 useother=f count over x by y where max in top4",
            Series(ROWS, COUNT, "x", "y", limit=4, rank="max", use_other=False),
        ),
        ("chart count by x where sum in top4", Series(ROWS, COUNT, "x", limit=4)),
    ],
)
def test_reads(text: str, expected: Node) -> None:
    assert node(text) == expected


def test_refuses() -> None:
    assert code("chart") == "syntax"
    assert code("chart count over x by y z") == "syntax"
    assert code("chart count by x y z") == "syntax"
    assert code("chart count over") == "syntax"
    assert code("chart count over x by x") == "name-twice"
    assert code("chart cont=t count over x") == "unsupported"
