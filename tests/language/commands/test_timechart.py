"""timechart: grid, automatic span, choice of series."""

from __future__ import annotations

import pytest

from pilotage.language.dialects import spl
from pilotage.language.plan.nodes import Node, Series
from pilotage.model.problem import PilotageError

CONTEXT = spl.context(1767781845 * 10**9)


def node(text: str) -> Node:
    return spl.parse(f"index=main | {text}", CONTEXT)


def code(text: str) -> str:
    with pytest.raises(PilotageError) as caught:
        node(text)
    return caught.value.problem.code


ROWS = spl.parse("index=main", CONTEXT)


def series(text: str, range_: str = "") -> Series:
    found = spl.parse(f"index=main {range_} | {text}", CONTEXT)
    assert isinstance(found, Series)
    assert found.over == "_time"
    assert found.over_bin is not None
    return found


@pytest.mark.parametrize(
    ("range_", "options", "width"),
    [
        ("earliest=-15m latest=now", "", (10.0, "s")),
        ("earliest=-60m", "", (1.0, "m")),
        ("earliest=-4h", "", (5.0, "m")),
        ("earliest=-24h latest=now", "", (30.0, "m")),
        ("earliest=-7d", "", (1.0, "d")),
        ("earliest=-30d", "", (1.0, "d")),
        ("earliest=-1y@y latest=@y", "", (1.0, "mon")),
        ("earliest=-24h", "bins=300", (5.0, "m")),
        ("earliest=-60m", "minspan=5m", (5.0, "m")),
        ("earliest=-60m", "span=2h", (2.0, "h")),
        ("", "", (None, "")),
    ],
)
def test_span_follows_the_range(range_: str, options: str, width: tuple[float | None, str]) -> None:
    grid = series(f"timechart {options} count", range_).over_bin
    assert grid is not None
    assert (grid.span_value, grid.unit) == width


def test_without_a_range_the_wish_is_kept_for_the_data() -> None:
    grid = series("timechart bins=30 minspan=1h count").over_bin
    assert grid is not None
    assert (grid.bins, grid.minimum_span) == (30, 3600.0)


def test_defaults() -> None:
    found = series("timechart count")
    assert (found.fill, found.fixed_range, found.partial, found.limit, found.use_other, found.use_null) == (
        True,
        True,
        True,
        10,
        True,
        True,
    )
    assert (found.rank, found.other, found.null_name, found.separator, found.format) == ("sum", "OTHER", "NULL", ": ", None)


def test_options_before_and_after() -> None:
    text = 'timechart span=1h limit=bottom3 agg=max count avg(x) AS a BY host useother=f usenull=0 otherstr=rest nullstr="no host" sep="-" format="$VAL$"'
    found = series(text + " cont=f fixedrange=f partial=f")
    assert (found.limit, found.bottom, found.rank, found.by) == (3, True, "max", "host")
    assert (found.use_other, found.use_null, found.other, found.null_name) == (False, False, "rest", "no host")
    assert (found.separator, found.format) == ("-", "$VAL$")
    assert (found.fill, found.fixed_range, found.partial) == (False, False, False)


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("limit=0", (0, False, "sum")),
        ("limit=top5", (5, False, "sum")),
        ("where max in top3", (3, False, "max")),
        ("where avg in bottom2", (2, True, "avg")),
    ],
)
def test_choice_of_series(text: str, choice: tuple[int, bool, str]) -> None:
    found = series(f"timechart count by host {text}")
    assert (found.limit, found.bottom, found.rank) == choice


def test_range_travels_through_filters() -> None:
    found = series("where x=1 | timechart span=1h count", "earliest=100 latest=200")
    assert (found.range.earliest, found.range.latest) == (100 * 10**9, 200 * 10**9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("timechart", "syntax"),
        ("timechart count over x", "syntax"),
        ("timechart count by _time", "name-twice"),
        ("timechart count as _time", "name-twice"),
        ("timechart count by a b", "syntax"),
        ("timechart limit=many count", "option-value"),
        ("timechart count by a where max > 10", "unsupported"),
        ("timechart count by a where sum notin top5", "unsupported"),
        ("timechart agg=median2 count by a", "unknown-function"),
        ("timechart agg=perc95 count by a", "unsupported"),
        ("timechart dedup_splitvals=t count by a", "unsupported"),
    ],
)
def test_refuses(text: str, expected: str) -> None:
    assert code(text) == expected
