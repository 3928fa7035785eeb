"""`transactionize`: rows that share a value of any field, also by way of others, are one group; limits cut groups in time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.frame import Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind

Places = npt.NDArray[np.int64]
MOST = 200_000
"""Rows that are grouped."""
_ALONE = -1


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`fields`, `time` (milliseconds), `span`, `pause` (milliseconds), `logs`, `starts`, `ends` (fields that are true), `orphans`, `merge`.

    `merge` are [field, way, mark] in JSON; without any every row stays and learns its group.
    """
    if frame.rows > MOST:
        sentence = f"`transactionize` grouped the first {MOST} rows of {frame.rows}"
        context.warn("rows-limited", sentence, hint="filter before, or look at a shorter range")
        frame = frame.take(pa.array(range(MOST), pa.int64()))
    names = str(options["fields"]).split("\n")
    labels = _components(frame, names)
    times = np.nan_to_num(_numbers(frame, str(options["time"])))
    # Rows are newest first: of equal times the later row is the older one.
    order = np.lexsort((-np.arange(frame.rows), times, labels))
    flags = [_flags(frame, str(options[name] or "")) for name in ("starts", "ends")]
    groups = _cut(order, labels, times, flags, options)
    kept = [(rows, orphan) for rows, orphan in groups if options["orphans"] or not orphan]
    # Groups come as their newest rows do.
    kept.sort(key=lambda group: int(group[0].min()))
    if merged := json.loads(str(options["merge"])):
        return _merged(frame, kept, times, merged)
    return _marked(frame, kept, times)


def _components(frame: Frame, names: list[str]) -> Places:
    """The smallest row number that each row is connected with; `_ALONE` for rows without any of the fields."""
    labels = np.arange(frame.rows, dtype=np.int64)
    present = np.zeros(frame.rows, dtype=bool)
    codes: list[tuple[Places, Places]] = []
    for name in names:
        if name not in frame.columns:
            continue
        encoded = pc.dictionary_encode(frame.columns[name].texts()).indices
        there = np.asarray(encoded.is_valid().to_numpy(zero_copy_only=False), dtype=bool)
        present |= there
        rows = np.flatnonzero(there).astype(np.int64)
        codes.append((rows, np.asarray(pc.drop_null(encoded).to_numpy(zero_copy_only=False), dtype=np.int64)))
    while True:
        before = labels.copy()
        for rows, values in codes:
            least = np.full(int(values.max(initial=-1)) + 1, frame.rows, dtype=np.int64)
            np.minimum.at(least, values, labels[rows])
            labels[rows] = least[values]
        labels = labels[labels]
        if np.array_equal(labels, before):
            return np.where(present, labels, _ALONE)


def _numbers(frame: Frame, name: str) -> npt.NDArray[np.float64]:
    if name not in frame.columns:
        return np.zeros(frame.rows)
    return np.asarray(frame.columns[name].numbers().to_numpy(zero_copy_only=False), dtype=np.float64)


def _flags(frame: Frame, name: str) -> npt.NDArray[np.bool_] | None:
    return None if not name else _numbers(frame, name) == 1.0


def _cut(
    order: Places,
    labels: Places,
    times: npt.NDArray[np.float64],
    flags: list[npt.NDArray[np.bool_] | None],
    options: Mapping[str, Option],
) -> list[tuple[Places, bool]]:
    """The rows of each group, oldest first, and whether it is an orphan: without a field, or without the start or end that is asked for."""
    starts, ends = flags
    span, pause, logs = (float(str(options[name] or 0)) or np.inf for name in ("span", "pause", "logs"))
    owner, when = labels[order].tolist(), times[order].tolist()
    begins = starts[order].tolist() if starts is not None else None
    closes = ends[order].tolist() if ends is not None else None
    edges = [0]
    first = 0
    for place in range(1, len(owner)):
        new = owner[place] != owner[place - 1] or owner[place] == _ALONE
        new = new or when[place] - when[place - 1] > pause or when[place] - when[first] > span or place - first >= logs
        if new or (begins is not None and begins[place]) or (closes is not None and closes[place - 1]):
            edges.append(place)
            first = place
    edges.append(len(order))
    found: list[tuple[Places, bool]] = []
    for low, high in pairwise(edges):
        rows = order[low:high]
        if not len(rows):
            continue
        whole = (starts is None or bool(starts[rows[0]])) and (ends is None or bool(ends[rows[-1]]))
        found.append((rows, labels[rows[0]] == _ALONE or not whole))
    return found


def _facts(groups: list[tuple[Places, bool]], times: npt.NDArray[np.float64]) -> dict[str, Column]:
    """What is said of each group."""
    numbers = {
        "_group": [float(number) for number in range(1, len(groups) + 1)],
        "_group_size": [float(len(rows)) for rows, _ in groups],
        "_group_duration": [float(times[rows[-1]] - times[rows[0]]) for rows, _ in groups],
    }
    columns = {name: Column(pa.array(values, pa.float64()), Kind.NUMBER) for name, values in numbers.items()}
    columns["_group_orphaned"] = Column(pa.array([bool(orphan) for _, orphan in groups], pa.bool_()), Kind.BOOLEAN)
    return columns


def _marked(frame: Frame, groups: list[tuple[Places, bool]], times: npt.NDArray[np.float64]) -> Frame:
    """Every row of a group with what is said of it, in the order of the rows."""
    facts = _facts(groups, times)
    rows = np.concatenate([rows for rows, _ in groups]) if groups else np.array([], dtype=np.int64)
    numbers = np.repeat(np.arange(len(groups)), [len(rows) for rows, _ in groups])
    order = np.argsort(rows, kind="stable")
    taken = frame.take(pa.array(rows[order], pa.int64()))
    return taken.with_columns({name: column.take(pa.array(numbers[order], pa.int64())) for name, column in facts.items()})


def _merged(frame: Frame, groups: list[tuple[Places, bool]], times: npt.NDArray[np.float64], merges: list[list[str]]) -> Frame:
    """A row a group."""
    columns: dict[str, Column] = {}
    for name, way, mark in merges:
        cells = (frame.columns[name].texts() if name in frame.columns else pa.nulls(frame.rows, pa.string())).to_pylist()
        values = [[cells[row] for row in rows if cells[row] is not None] for rows, _ in groups]
        columns[name] = Column(pa.array([_one(each, way, mark) for each in values], pa.string()), Kind.VALUE)
    return Frame({**columns, **_facts(groups, times)}, len(groups))


def _one(values: list[str], way: str, mark: str) -> str | None:
    """The values of a group, oldest first, as one."""
    if not values:
        return None
    match way:
        case "takefirst":
            return values[0]
        case "takelast":
            return values[-1]
        case "takedistinct":
            return mark.join(dict.fromkeys(values))
        case _:
            return mark.join(values)


STEP = Step("transactionize", run)
