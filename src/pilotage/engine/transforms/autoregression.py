"""`predict` of Sumo's language: a line by least squares, an autoregression of what it leaves, and rows ahead of the last."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pilotage.engine.frame import TYPES, Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.model.fields import Kind

Numbers = npt.NDArray[np.float64]
MOST = 10_000
_RIDGE = 1e-8


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`field` over `time` (milliseconds) in steps of `step`; `window` > 0 is the order of the autoregression; `forecast` new rows."""
    field, time = str(options["field"]), str(options["time"])
    if field not in frame.columns or time not in frame.columns or not frame.rows:
        return frame
    if frame.rows > MOST:
        context.warn("rows-limited", f"`predict` looks at {MOST} rows, these are {frame.rows}", hint="use longer slices")
        frame = frame.take(pa.array(range(frame.rows - MOST, frame.rows)))
    times, values = _array(frame.columns[time]), _array(frame.columns[field])
    step = options["step"]
    width = float(step) if isinstance(step, int) and step > 0 else _width(times)
    ahead = int(str(options["forecast"]))
    last = float(np.nanmax(times)) if np.isfinite(times).any() else 0.0
    every = np.concatenate([times, last + width * np.arange(1, ahead + 1)])
    line = _line(times, values, every)
    window = int(str(options["window"]))
    predicted = line + _autoregression(values - line[: len(values)], window, ahead) if window else line
    longer = _lengthened(frame, ahead, {time: every[len(times) :]})
    known = np.concatenate([values, np.full(ahead, np.nan)])
    made = {f"{field}_predicted": _column(predicted), f"{field}_error": _column(predicted - known)}
    if window:
        made[f"{field}_linear"] = _column(line)
    return longer.with_columns(made)


def _array(column: Column) -> Numbers:
    return np.asarray(column.numbers().to_numpy(zero_copy_only=False), dtype=np.float64)


def _column(values: Numbers) -> Column:
    return Column(pa.array(values, pa.float64(), from_pandas=True), Kind.NUMBER)


def _width(times: Numbers) -> float:
    gaps = np.diff(np.unique(times[np.isfinite(times)]))
    return float(gaps.min()) if len(gaps) else 1.0


def _line(times: Numbers, values: Numbers, every: Numbers) -> Numbers:
    """The straight line through the points, at every time; the mean where there is no direction."""
    known = np.isfinite(times) & np.isfinite(values)
    if not known.any():
        return np.full(len(every), np.nan)
    middle, level = times[known].mean(), values[known].mean()
    spread = float(((times[known] - middle) ** 2).sum())
    slope = float(((times[known] - middle) * (values[known] - level)).sum()) / spread if spread else 0.0
    return np.asarray(level + slope * (every - middle), dtype=np.float64)


def _autoregression(rest: Numbers, window: int, ahead: int) -> Numbers:
    """What the `window` values before say of each, 0 where some of them are missing; then of the rows ahead, each from the last."""
    order = min(window, max((len(rest) - 1) // 2, 0))
    said = np.zeros(len(rest) + ahead)
    if not order:
        return said
    before = np.lib.stride_tricks.sliding_window_view(rest, order)[:-1]
    after = rest[order:]
    whole = np.isfinite(before).all(axis=1)
    known = whole & np.isfinite(after)
    if known.sum() < order:
        return said
    squares = before[known].T @ before[known]
    weight = _RIDGE * max(float(np.trace(squares)), 1e-12)
    factors = np.linalg.solve(squares + weight * np.eye(order), before[known].T @ after[known])
    said[order : len(rest)][whole] = before[whole] @ factors
    recent = [float(value) if np.isfinite(value) else 0.0 for value in rest[-order:]]
    for place in range(len(rest), len(rest) + ahead):
        said[place] = float(np.dot(recent[-order:], factors))
        recent.append(float(said[place]))
    return said


def _lengthened(frame: Frame, count: int, cells: Mapping[str, Numbers]) -> Frame:
    """The rows and `count` more that have only `cells`."""
    if not count:
        return frame
    columns: dict[str, Column] = {}
    for name, column in frame.columns.items():
        kind = TYPES[column.kind]
        new = pa.array(cells[name], pa.float64()) if name in cells and column.kind is Kind.NUMBER else pa.nulls(count, kind)
        letters = None if column.letters is None else pa.concat_arrays([column.letters, pa.nulls(count, column.letters.type)])
        columns[name] = Column(pa.concat_arrays([column.values.cast(kind), new]), column.kind, letters)
    return Frame(columns, frame.rows + count)


STEP = Step("autoregression", run)
