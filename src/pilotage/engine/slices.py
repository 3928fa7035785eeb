"""The values of a query over equal slices of time, a series a group: all that detection ever gets to see of the data."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pilotage.engine.frame import number_texts
from pilotage.engine.run import Engine, Search
from pilotage.engine.slicing import Cut, Sliced, cutter, span_of
from pilotage.model.problem import Problem, fail
from pilotage.store.backend import Limits

MOST_ROWS = 20_000_000


@dataclass(frozen=True, slots=True)
class Values:
    """Rows of (series, slice, value, count): `names` are the series, JSON objects of the `groups`; the arrays have one entry a row.

    `time` is where a slice starts, epoch seconds; `value` NaN where the query gave none; `count` the events behind it.
    """

    groups: tuple[str, ...]
    value_name: str
    names: tuple[str, ...]
    series: NDArray[np.int32]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    count: NDArray[np.int64]
    messages: tuple[Problem, ...] = ()

    def largest(self, most: int) -> Values:
        """The same with the `most` series that have most events; a message says so."""
        if len(self.names) <= most:
            return self
        weights = np.bincount(self.series, self.count, len(self.names))
        kept = np.sort(np.argsort(-weights, kind="stable")[:most])
        number = np.full(len(self.names), -1, np.int32)
        number[kept] = np.arange(most, dtype=np.int32)
        rows = number[self.series] >= 0
        sentence = f"the query has {len(self.names)} groups, the {most} with most events are watched"
        told = Problem("groups-limited", sentence, hint="group by fewer values, or raise `most_groups`")
        return replace(
            self,
            names=tuple(self.names[i] for i in kept),
            series=number[self.series][rows],
            time=self.time[rows],
            value=self.value[rows],
            count=self.count[rows],
            messages=(*self.messages, told),
        )


def values_of(engine: Engine, search: Search, cut: Cut, stop: threading.Event | None = None) -> Values:
    """Run a query cut into slices. Blocking. Raises `PilotageError`, also `monitor-query`, `monitor-value`, `monitor-group`."""
    found: list[Sliced] = []
    limits = replace(search.limits, result_rows=MOST_ROWS)
    begin, end = str(cut.begin), str(cut.end)
    asked = replace(search, earliest=begin, latest=end, now=cut.end * 1_000_000_000, limits=limits)
    result = engine.start(asked, stop, cutter(cut, found))
    batches = list(result.arrow())
    shape = found[0]
    if not batches:
        empty = np.zeros(0)
        none = (empty.astype(np.int32), empty.astype(np.int64), empty, empty.astype(np.int64))
        return Values(shape.groups, shape.value, (), *none, messages=tuple(result.messages))
    table = pa.Table.from_batches(batches)
    slices, *groups, value, count = (column.combine_chunks() for column in table.columns)
    time = slices.cast(pa.timestamp("ns", "UTC")).cast(pa.int64())
    there = pc.and_(pc.is_valid(time), pc.is_valid(count))
    series, names = _series(shape.groups, groups, len(time))
    rows = np.asarray(there)
    return Values(
        shape.groups,
        shape.value,
        names,
        series[rows],
        np.asarray(pc.fill_null(time, 0))[rows] // 1_000_000_000,
        np.asarray(pc.fill_null(value.cast(pa.float64()), np.nan))[rows],
        np.asarray(pc.fill_null(count.cast(pa.float64()), 0)).astype(np.int64)[rows],
        messages=tuple(result.messages),
    )


def own_span(engine: Engine, search: Search) -> int | None:
    """The width in seconds of the slices that the query makes itself. Raises `PilotageError` for a query that cannot be read."""
    return span_of(engine.plan(search))


def check_query(engine: Engine, search: Search, cut: Cut) -> Sliced:
    """What a query becomes, without reading any events: everything that is wrong with it is raised."""
    found: list[Sliced] = []
    limits = Limits(seconds=30.0, memory_bytes=search.limits.memory_bytes)
    engine.start(replace(search, earliest=str(cut.begin), latest=str(cut.end), limits=limits), None, cutter(cut, found)).close()
    if not found:
        raise fail("monitor-query", "the query cannot be cut into slices")
    return found[0]


def _series(keys: tuple[str, ...], groups: list[pa.Array], rows: int) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """The number of each row's series and the names of the series: `{}` without groups, a null value of a group is null."""
    if not groups:
        return np.zeros(rows, np.int32), ("{}",)
    codes = np.zeros(rows, np.int64)
    texts: list[list[str | None]] = []
    for group in groups:
        encoded = _texts(group).dictionary_encode(null_encoding="encode")
        values = encoded.dictionary.to_pylist()
        texts.append(values)
        codes = codes * max(1, len(values)) + np.asarray(encoded.indices).astype(np.int64)
    found, series = np.unique(codes, return_inverse=True)
    names = []
    for code in found.tolist():
        parts: list[str | None] = []
        rest = code
        for values in reversed(texts):
            rest, place = divmod(rest, max(1, len(values)))
            parts.append(values[place])
        names.append(json.dumps(dict(zip(keys, reversed(parts), strict=True)), ensure_ascii=False))
    return series.astype(np.int32), tuple(names)


def _texts(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type).cast(pa.string())
    if pa.types.is_list(kind):
        return pc.binary_join(column, "\n")
    return number_texts(column) if pa.types.is_floating(kind) else column.cast(pa.string())
