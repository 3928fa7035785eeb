"""`makecontinuous`: values of a field brought to a grid, and a row for each place of the grid that no row has."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.frame import Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind
from pilotage.model.problem import fail

MOST = 100_000
_NICE = (1, 2, 2.5, 5, 10)


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`field` in steps of `span` (seconds on times; null = at most `bins` nice steps) from `start` to `end`; rows come in its order."""
    del context
    name = str(options["field"])
    column = frame.columns.get(name)
    if column is None:
        return frame
    rows = pc.indices_nonzero(pc.is_valid(column.numbers()))
    kept = frame.take(rows)
    values = np.array(kept.columns[name].numbers().to_pylist(), dtype=np.float64)
    low, high = (
        _bound(options, "start", values.min() if len(values) else None),
        _bound(options, "end", values.max() if len(values) else None),
    )
    if low is None or high is None:
        return frame
    step = float(str(options["span"])) if options["span"] else nice((high - low) / max(1, int(str(options["bins"]))))
    first, last = math.floor(low / step), math.floor(high / step)
    if last - first > MOST:
        raise fail("rows-limited", f"`makecontinuous` makes at most {MOST} rows, not {last - first + 1}", hint="use a longer `span`")
    places = np.floor(values / step).astype(np.int64)
    missing = np.setdiff1d(np.arange(first, last + 1), places)
    every = np.concatenate([places, missing])
    order = np.argsort(every, kind="stable")
    origins = [int(place) if place < len(places) else None for place in order]
    filled = kept.take(pa.array(origins, pa.int64()))
    return filled.with_columns({name: _column(every[order] * step, column.kind)})


def _bound(options: Mapping[str, Option], which: str, otherwise: float | None) -> float | None:
    return float(str(options[which])) if options[which] is not None else otherwise


def nice(width: float) -> float:
    """The smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is no smaller."""
    if width <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(width))
    return next(each * power for each in _NICE if each * power >= width * (1 - 1e-12))


def _column(numbers: np.ndarray[tuple[int], np.dtype[np.float64]], kind: Kind) -> Column:
    if kind is Kind.TIME:
        ticks = (np.round(numbers * 1e6) * 1000).astype(np.int64)
        return Column(pa.Array.from_buffers(pa.timestamp("ns", "UTC"), len(ticks), [None, pa.py_buffer(ticks)]), Kind.TIME)
    return Column(pa.array(numbers.tolist(), pa.float64()), Kind.NUMBER)


STEP = Step("makecontinuous", run)
