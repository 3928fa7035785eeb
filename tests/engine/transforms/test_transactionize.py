"""Groups of rows that share values: against a plain search of neighbours, and within limits of time."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.engine.frame import Column, Frame
from pilotage.engine.transforms import Option
from pilotage.engine.transforms.transactionize import STEP
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind
from pilotage.store.catalogue import StaticCatalogue

ROWS = st.lists(st.tuples(st.sampled_from([None, "x", "y", "z"]), st.sampled_from([None, "x", "p", "q"])), max_size=9)
OPTIONS: Mapping[str, Option] = {
    "fields": "a\nb",
    "time": "t",
    "span": 0,
    "pause": 0,
    "logs": 0,
    "starts": "",
    "ends": "",
    "orphans": True,
    "merge": "[]",
}


def frame(rows: list[tuple[str | None, str | None]]) -> Frame:
    """Rows newest first, a second apart."""
    columns = {name: Column(pa.array([row[place] for row in rows], pa.string()), Kind.TEXT) for place, name in enumerate("ab")}
    times = pa.array([1000.0 * (len(rows) - place) for place in range(len(rows))], pa.float64())
    return Frame({**columns, "t": Column(times, Kind.NUMBER)}, len(rows))


def groups(rows: list[tuple[str | None, str | None]], options: Mapping[str, Option] = OPTIONS) -> list[set[int]]:
    """The numbers of the rows of each group."""
    found = STEP.run(frame(rows), options, Context(StaticCatalogue(), EVAL, AGGREGATES, 0))
    numbers = found.columns["_group"].values.to_pylist()
    return [{place for place, each in enumerate(numbers) if each == number} for number in sorted(set(numbers))]


def neighbours(rows: list[tuple[str | None, str | None]], start: int) -> set[int]:
    """All rows that one is connected with, found one by one."""
    found, waiting = {start}, [start]
    while waiting:
        here = rows[waiting.pop()]
        near = {n for n, row in enumerate(rows) if any(own is not None and own == other for own, other in zip(here, row, strict=True))}
        waiting += near - found
        found |= near
    return found


@settings(deadline=None)
@given(ROWS)
def test_groups_are_what_is_connected(rows: list[tuple[str | None, str | None]]) -> None:
    found = groups(rows)
    assert sorted(place for group in found for place in group) == list(range(len(rows)))
    for group in found:
        assert group == neighbours(rows, min(group))
    assert [min(group) for group in found] == sorted(min(group) for group in found)


@settings(deadline=None)
@given(ROWS, st.integers(1, 4))
def test_no_group_is_longer_than_asked(rows: list[tuple[str | None, str | None]], most: int) -> None:
    found = groups(rows, {**OPTIONS, "logs": most})
    assert all(len(group) <= most for group in found)
    for group in found:
        assert group <= neighbours(rows, min(group))
    spans = groups(rows, {**OPTIONS, "span": 1000.0 * most})
    assert all(max(group) - min(group) <= most for group in spans)


@settings(deadline=None)
@given(ROWS)
def test_without_orphans_every_row_has_a_value(rows: list[tuple[str | None, str | None]]) -> None:
    found = STEP.run(frame(rows), {**OPTIONS, "orphans": False}, Context(StaticCatalogue(), EVAL, AGGREGATES, 0))
    assert found.rows == sum(row != (None, None) for row in rows)
    assert not any(found.columns["_group_orphaned"].values.to_pylist())
