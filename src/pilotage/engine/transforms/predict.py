"""`predict`: forecasts of series beside their rows, and rows for the time to come."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from pilotage.engine.frame import TYPES, Column, Frame, seconds
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.learn import forecast
from pilotage.learn.forecast import Forecast, Numbers
from pilotage.model.fields import Kind

MOST = 50_000
"""Rows that are looked at, the last ones."""
LEAST = {"LL": 1, "LLT": 3, "LLP": 4, "LLP5": 3, "LLB": 2, "BILL": 2}
_MONTH = (28 * 86_400, 31 * 86_400)


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`series` are `field<TAB>name` by lines, `lines` are `side<TAB>percent<TAB>name`; a `period` of 0 is to be found."""
    pairs = [line.split("\t") for line in str(options["series"]).split("\n")]
    size, holdback, future = frame.rows, int(str(options["holdback"])), int(str(options["future"]))
    known = max(size - holdback, 0)
    total = max(min(known + future, size + future), 0)
    algorithm = str(options["algorithm"])
    values = [_numbers(frame, field) for field, _ in pairs]
    skipped = max(size - MOST, 0)
    if skipped:
        context.warn("rows-limited", f"`predict` used the last {MOST} of {size} rows", hint="choose a longer span")
    there = [int(np.sum(~np.isnan(series[skipped:known]))) for series in values]
    few = [field for (field, _), count in zip(pairs, there, strict=True) if count < LEAST[algorithm]]
    if few:
        sentence = f"`{few[0]}` has too few numbers to predict from, `{algorithm}` needs {LEAST[algorithm]}"
        context.warn("too-few-values", sentence, span=context.step)
        return frame
    cut = [series[skipped:] for series in values]
    found = _forecasts(cut, [field for field, _ in pairs], (known - skipped, total - skipped), options, context)
    whole = _longer(frame, max(total - size, 0))
    columns: dict[str, Column] = {}
    for (field, name), each in zip(pairs, found, strict=True):
        if field == options["suppress"]:
            continue
        columns[name] = _column(each.values, skipped, whole.rows)
        for side, percent, title in (line.split("\t") for line in str(options["lines"]).split("\n")):
            reach = _quantile(int(percent)) * np.sqrt(each.variances) * (1 if side == "upper" else -1)
            columns[f"{title}({name})"] = _column(each.values + reach, skipped, whole.rows)
    return whole.with_columns(columns)


def _forecasts(
    values: list[Numbers], names: list[str], reach: tuple[int, int], options: Mapping[str, Option], context: Context
) -> list[Forecast]:
    known, total = reach
    algorithm, period = str(options["algorithm"]), int(str(options["period"]))
    if algorithm == "BILL":
        return list(forecast.together(np.stack(values), known, total))
    if algorithm == "LLB":
        return [forecast.along(values[0], values[1], known, total), forecast.local_level(values[1], known, total)]
    return [_one(series, name, reach, (algorithm, period), context) for series, name in zip(values, names, strict=True)]


def _one(values: Numbers, name: str, reach: tuple[int, int], wanted: tuple[str, int], context: Context) -> Forecast:
    algorithm, period = wanted
    context.check()
    if algorithm == "LL":
        return forecast.local_level(values, *reach)
    if algorithm == "LLT":
        return forecast.local_trend(values, *reach)
    season = period or forecast.period_of(values[: reach[0]])
    if season is None or season >= reach[0]:
        other = "LL" if algorithm == "LLP" else "LLT"
        why = f"no period is found in `{name}`" if season is None else f"`{name}` has fewer numbers than a period of {season}"
        context.warn("no-period", f"{why}: `predict` used `{other}` instead of `{algorithm}`", hint="set `period` to the rows of a period")
        return forecast.local_level(values, *reach) if other == "LL" else forecast.local_trend(values, *reach)
    seasonal = forecast.seasonal_level(values, *reach, season)
    return seasonal if algorithm == "LLP" else forecast.mixed(seasonal, forecast.local_trend(values, *reach))


def _quantile(percent: int) -> float:
    """How many standard deviations on either side hold that share of a normal distribution."""
    from scipy.special import ndtri  # noqa: PLC0415 - 0.1 s that only this command needs

    return float(ndtri(0.5 + percent / 200))


def _numbers(frame: Frame, field: str) -> Numbers:
    column = frame.columns.get(field)
    if column is None:
        return np.full(frame.rows, np.nan)
    return np.asarray(column.numbers().cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64).copy()


def _column(values: Numbers, skipped: int, rows: int) -> Column:
    """Numbers as a column, null before and behind them."""
    cells = np.full(rows, np.nan)
    cells[skipped : skipped + len(values)] = values[: rows - skipped]
    return Column(pa.array(cells, pa.float64(), from_pandas=True), Kind.NUMBER)


def _longer(frame: Frame, more: int) -> Frame:
    """The frame with rows for the steps to come: they hold only `_time`."""
    if not more:
        return frame
    numbers = pa.concat_arrays([pa.array(range(frame.rows), pa.int64()), pa.nulls(more, pa.int64())])
    longer = frame.take(numbers)
    if longer.rest is not None:
        longer = Frame(longer.columns, longer.rows, longer.rest.fill_null("{}"), longer.others)
    time = frame.columns.get("_time")
    if time is None or frame.rows < 2:
        return longer
    known = seconds(time.values) if time.kind is Kind.TIME else time.numbers()
    stamps = np.asarray(known.to_numpy(zero_copy_only=False), dtype=np.float64)
    nanoseconds = np.round(np.concatenate([stamps, _following(stamps, more)]) * 1e6) * 1e3
    if time.kind is Kind.TIME:
        times = pa.array(nanoseconds.astype(np.int64), pa.int64()).cast(TYPES[Kind.TIME])
        return longer.with_columns({"_time": Column(times, Kind.TIME)})
    return longer.with_columns({"_time": Column(pa.array(nanoseconds / 1e9, pa.float64()), Kind.NUMBER)})


def _following(stamps: Numbers, more: int) -> Numbers:
    """The next times at the usual distance; months follow the calendar."""
    gaps = np.diff(stamps[~np.isnan(stamps)])
    step = float(np.median(gaps)) if len(gaps) else 0.0
    last = float(stamps[~np.isnan(stamps)][-1])
    if len(gaps) > 1 and _MONTH[0] <= gaps.min() and gaps.max() <= _MONTH[1] and gaps.min() != gaps.max():
        date = datetime.fromtimestamp(last, UTC)
        months = [date.month - 1 + n for n in range(1, more + 1)]
        return np.array([date.replace(year=date.year + n // 12, month=n % 12 + 1, day=min(date.day, 28)).timestamp() for n in months])
    return np.asarray(last + step * np.arange(1, more + 1), dtype=np.float64)


STEP = Step("predict", run)
