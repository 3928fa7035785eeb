"""search: indexes and time taken out of the condition, nested bounds, filters behind a pipe."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.expressions import Expression, Match, Term, Unary
from pilotage.language.plan.nodes import Filter, Scan, TimeRange
from pilotage.language.plan.walk import chain
from pilotage.model.problem import PilotageError

SECOND = 10**9
CONTEXT = spl.context(1767781845 * SECOND)
ERROR = Term("error")


def eq(field: str, *values: str) -> Match:
    return Match(field, "=", values)


def scan(text: str) -> Scan:
    found = spl.parse(text, CONTEXT)
    assert isinstance(found, Scan)
    return found


@pytest.mark.parametrize(
    ("text", "indexes", "condition"),
    [
        ("error", ("main",), ERROR),
        ("search error", ("main",), ERROR),
        ("search", ("main",), None),
        ("index=web", ("web",), None),
        ("index=web *", ("web",), None),
        ("_index=web error", ("web",), ERROR),
        ("index=a OR index=b error", ("a", "b"), ERROR),
        ("index IN (a, b*) error", ("a", "b*"), ERROR),
        ("index=* index!=x", ("*",), Match("index", "!=", ("x",))),
        ("index!=x", ("main",), Match("index", "!=", ("x",))),
        ("NOT index=x", ("main",), Unary("NOT", eq("index", "x"))),
        (
            "(index=a x) OR (index=b y)",
            ("a", "b"),
            chain("OR", [chain("AND", [eq("index", "a"), Term("x")]), chain("AND", [eq("index", "b"), Term("y")])]),
        ),
        ("(index=a x) OR y", ("a", "main"), chain("OR", [chain("AND", [eq("index", "a"), Term("x")]), Term("y")])),
    ],
)
def test_indexes(text: str, indexes: tuple[str, ...], condition: Expression | None) -> None:
    assert scan(text) == Scan(indexes, TimeRange(), condition)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("earliest=100 latest=200.5", 100 * SECOND, 200_500_000_000),
        ("earliest=-1h", (1767781845 - 3600) * SECOND, None),
        ("earliest=0", None, None),
        ("latest=now()", None, 1767781845 * SECOND),
        ('earliest="01/07/2026:10:00:00"', 1767780000 * SECOND, None),
        ("earliest=2026-01-07 timeformat=%Y-%m-%d", 1767744000 * SECOND, None),
        ("earliest=07.01.2026 timeformat=%d.%m.%Y", 1767744000 * SECOND, None),
    ],
)
def test_time(text: str, earliest: int | None, latest: int | None) -> None:
    assert scan(f"error {text}") == Scan(("main",), TimeRange(earliest, latest), ERROR)


def test_a_range_in_the_query_replaces_the_one_of_the_request() -> None:
    context = spl.context(CONTEXT.now, earliest="100", latest="200")
    outer = spl.parse("error", context)
    inner = spl.parse("error earliest=50", context)
    nested = spl.parse("(error earliest=50) OR fatal", context)
    assert isinstance(outer, Scan)
    assert isinstance(inner, Scan)
    assert isinstance(nested, Scan)
    assert outer.time == TimeRange(100 * SECOND, 200 * SECOND)
    assert inner.time == TimeRange(50 * SECOND, None)
    assert nested.time == TimeRange()


def test_nested_bounds_hold_for_their_part_only() -> None:
    found = scan("(a earliest=50 latest=60.25) OR b")
    bounds = [Match("_time", ">=", ("50",)), Match("_time", "<", ("60.25",))]
    assert found.condition == chain("OR", [chain("AND", [Term("a"), *bounds]), Term("b")])


def test_bounds_on_arrival_leave_the_range_alone() -> None:
    found = spl.parse("_index_earliest=50 _index_latest=60", spl.context(CONTEXT.now, earliest="100"))
    assert found == Scan(
        ("main",), TimeRange(100 * SECOND), chain("AND", [Match("_indextime", ">=", ("50",)), Match("_indextime", "<", ("60",))])
    )


def test_behind_a_pipe() -> None:
    plan = spl.parse("index=main | search index=a x=1 earliest=50", CONTEXT)
    condition = chain("AND", [eq("index", "a"), eq("x", "1"), Match("_time", ">=", ("50",))])
    assert plan == Filter(scan("index=main"), condition)
    assert spl.parse("index=main | where x=1", CONTEXT) != spl.parse("index=main | search x=1", CONTEXT)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("earliest=yesterday", "time-invalid"),
        ("earliest=rt-5m", "time-real"),
        ("error earliest=", "syntax"),
        ("index=main | search", "syntax"),
        ("earliest=x timeformat=%Y", "time-invalid"),
    ],
)
def test_refuses(text: str, code: str) -> None:
    with pytest.raises(PilotageError) as caught:
        spl.parse(text, CONTEXT)
    assert caught.value.problem.code == code
    assert caught.value.problem.span is not None
