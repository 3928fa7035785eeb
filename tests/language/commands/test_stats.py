"""stats: aggregates, names, conditions, wildcards."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.expressions import Binary, Field, Literal
from pilotage.language.plan.nodes import Aggregate, Aggregation, Node
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
    ("text", "aggregations", "by"),
    [
        ("stats count", [Aggregation("count", None, "count")], ()),
        ("stats c", [Aggregation("count", None, "c")], ()),
        ("stats count()", [Aggregation("count", None, "count")], ()),
        ("stats COUNT AS n, avg(x) BY g, h", [Aggregation("count", None, "n"), Aggregation("avg", Field("x"), "avg(x)")], ("g", "h")),
        ("stats mean(x)", [Aggregation("avg", Field("x"), "mean(x)")], ()),
        ("stats distinct_count(x) dc(y)", [Aggregation("dc", Field("x"), "distinct_count(x)"), Aggregation("dc", Field("y"), "dc(y)")], ()),
        (
            "stats perc95(x) p99.9(y)",
            [Aggregation("perc", Field("x"), "perc95(x)", 95.0), Aggregation("perc", Field("y"), "p99.9(y)", 99.9)],
            (),
        ),
        ('stats avg("a b") max(c.d) as m', [Aggregation("avg", Field("a b"), "avg(a b)"), Aggregation("max", Field("c.d"), "m")], ()),
        ("stats count(eval(s>=500)) as e", [Aggregation("count", Binary(">=", Field("s"), Literal(500)), "e")], ()),
        ("stats sum(eval(x*2))", [Aggregation("sum", Binary("*", Field("x"), Literal(2)), "sum(eval(x*2))")], ()),
        ("stats values(*) as * by g", [Aggregation("values", Field("*"), "*", wildcard=True)], ("g",)),
        ("stats sum(a_*)", [Aggregation("sum", Field("a_*"), "sum(a_*)", wildcard=True)], ()),
        ("stats partitions=4 count by 'a b' \"c d\"", [Aggregation("count", None, "count")], ("a b", "c d")),
    ],
)
def test_reads(text: str, aggregations: list[Aggregation], by: tuple[str, ...]) -> None:
    assert node(text) == Aggregate(ROWS, tuple(aggregations), by)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("stats", "syntax"),
        ("stats avg", "arguments"),
        ("stats avg()", "arguments"),
        ("stats count by", "syntax"),
        ("stats medain(x)", "unknown-function"),
        ("stats perc(x)", "arguments"),
        ("stats perc101(x)", "arguments"),
        ("stats avg(round(x))", "syntax"),
        ("stats avg(x", "syntax"),
        ("stats count as", "syntax"),
        ("stats sum(a_*) as b", "wildcards"),
        ("stats avg(x) as n sum(x) as n", "name-twice"),
        ("stats count as g by g", "name-twice"),
        ("stats allnum=t avg(x)", "unsupported"),
        ('stats delim="," values(x)', "unsupported"),
        ("stats dedup_splitvals=t count by g", "unsupported"),
    ],
)
def test_refuses(text: str, expected: str) -> None:
    assert code(text) == expected
