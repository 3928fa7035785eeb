"""`trendline`: moving averages of a field, over the rows that have a number in it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.frame import Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind

Numbers = np.ndarray[tuple[int], np.dtype[np.float64]]
BLOCK = 64


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`lines` are `kind<TAB>period<TAB>field<TAB>name` joined by newlines: kinds `sma`, `ema`, `wma`. The first period-1 rows get none."""
    del context
    found: dict[str, Column] = {}
    for line in str(options["lines"]).split("\n"):
        kind, period, field, name = line.split("\t")
        column = frame.columns.get(field)
        numbers = column.numbers() if column is not None else pa.nulls(frame.rows, pa.float64())
        there = pc.indices_nonzero(pc.is_valid(numbers))
        values = np.frombuffer(pc.drop_null(numbers).cast(pa.float64()).buffers()[1] or b"", dtype=np.float64)[: len(there)]
        found[name] = Column(_placed(AVERAGES[kind](values, int(period)), there, frame.rows), Kind.NUMBER)
    return frame.with_columns(found)


def _placed(values: Numbers, rows: pa.Array, size: int) -> pa.Array:
    """Values at the given rows, null elsewhere and for NaN."""
    cells = np.full(size, np.nan)
    if len(values):
        cells[np.frombuffer(rows.buffers()[1], dtype=np.uint64, count=len(rows))] = values
    valid = np.packbits(~np.isnan(cells), bitorder="little")
    return pa.Array.from_buffers(pa.float64(), size, [pa.py_buffer(valid), pa.py_buffer(cells)])


def simple(values: Numbers, period: int) -> Numbers:
    """The mean of the last values."""
    return _weighted(values, np.full(period, 1.0 / period))


def weighted(values: Numbers, period: int) -> Numbers:
    """The mean with weights 1 … period, the newest weighing most."""
    weights = np.arange(1, period + 1, dtype=np.float64)
    return _weighted(values, weights / weights.sum())


def _weighted(values: Numbers, weights: Numbers) -> Numbers:
    found = np.full(len(values), np.nan)
    if len(values) >= len(weights):
        found[len(weights) - 1 :] = np.convolve(values, weights[::-1], mode="valid")
    return found


def exponential(values: Numbers, period: int) -> Numbers:
    """Each value weighs 2/(period+1), the average before it the rest; it begins at the first value.

    A block of rows at a time: y[k] = (1-a)^(k+1)·before + a·Σ (1-a)^(k-i)·x[i], a product with one triangular matrix.
    """
    alpha = 2.0 / (period + 1)
    places = np.arange(BLOCK)
    powers = (1 - alpha) ** np.maximum(places[:, None] - places[None, :], 0)
    matrix = np.where(places[:, None] >= places[None, :], alpha * powers, 0.0)
    found = np.empty(len(values))
    before = values[0] if len(values) else 0.0
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        size = len(block)
        found[start : start + size] = matrix[:size, :size] @ block + (1 - alpha) ** (places[:size] + 1) * before
        before = found[start + size - 1]
    found[: period - 1] = np.nan
    return found


AVERAGES = {"sma": simple, "ema": exponential, "wma": weighted}
STEP = Step("trendline", run)
