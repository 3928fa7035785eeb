"""Long series → wide table: one row a value of the axis, one column a series and aggregate. Blocking: it needs every series' name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of the wide table: the aggregate it holds, the series, and its name."""

    aggregate: int
    series: str
    name: str


@dataclass(frozen=True, slots=True)
class Wide:
    """The wide form: row numbers of the long table that open each value of the axis, and for each cell the column of row numbers."""

    axis: pa.Array
    cells: tuple[tuple[Cell, pa.Array], ...]


def cell_names(aggregates: Sequence[str], series: Sequence[str], *, separator: str, form: str | None, taken: str) -> list[Cell]:
    """Columns in display order: by series, then by aggregate. A series name starting with `_` gets `VALUE` before it."""
    cells: list[Cell] = []
    for name in series:
        shown = f"VALUE{name}" if name.startswith("_") or name == taken else name
        for number, aggregate in enumerate(aggregates):
            if form is not None:
                label = form.replace("$AGG$", aggregate).replace("$VAL$", shown)
            else:
                label = shown if len(aggregates) == 1 else f"{aggregate}{separator}{shown}"
            cells.append(Cell(number, name, label))
    return cells


def series_order(names: Sequence[str], last: Sequence[str]) -> list[str]:
    """Numbers by size, then texts; the names in `last` at the end."""

    def key(name: str) -> tuple[int, int, float, str]:
        try:
            return (last.index(name) + 1 if name in last else 0, 0, float(name), name)
        except ValueError:
            return (last.index(name) + 1 if name in last else 0, 1, 0.0, name)

    return sorted(names, key=key)


def pivot(over: pa.Array, series: pa.Array, cells: Sequence[Cell]) -> Wide:
    """Where each cell's value stands in the long table, null where there is none. `over` keeps the order of first appearance."""
    axis, names = pc.dictionary_encode(over), pc.dictionary_encode(series)
    rows, kinds = _numbers(axis.indices), _numbers(names.indices)
    size = len(axis.dictionary)
    first = np.full(size, len(rows), dtype=np.int64)
    np.minimum.at(first, rows, np.arange(len(rows), dtype=np.int64))
    numbers = {name: number for number, name in enumerate(names.dictionary.to_pylist())}
    found: dict[str, pa.Array] = {}
    placed: list[tuple[Cell, pa.Array]] = []
    for cell in cells:
        if cell.series not in found:
            mine = np.flatnonzero(kinds == numbers[cell.series])
            places = np.full(size, -1, dtype=np.int64)
            places[rows[mine]] = mine
            found[cell.series] = _array(places)
        placed.append((cell, found[cell.series]))
    return Wide(_array(first), tuple(placed))


# Arrow's own conversions to and from numpy, and its scalars in `compute`, import pandas (6 s, 100 MB); buffers are shared without it.
def _numbers(indices: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    if not len(indices):
        return np.zeros(0, dtype=np.int32)
    return np.frombuffer(indices.buffers()[1], dtype=np.int32, count=len(indices), offset=indices.offset * 4)


def _array(numbers: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Array:
    """Row numbers; negative ones become null."""
    valid = np.packbits(numbers >= 0, bitorder="little")
    return pa.Array.from_buffers(pa.int64(), len(numbers), [pa.py_buffer(valid), pa.py_buffer(numbers)])


def counted(size: int, *, step: int = 1) -> pa.Array:
    """The numbers 0, `step`, … as UInt64; step 0 gives zeros."""
    return pa.Array.from_buffers(pa.uint64(), size, [None, pa.py_buffer(np.arange(size, dtype=np.uint64) * np.uint64(step))])
