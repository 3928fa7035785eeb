"""`anomalydetection`: rows of rare values, or numbers that lie far out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.frame import Column, Frame, number_texts
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.learn import anomalies
from pilotage.learn.anomalies import Codes, Flags, Numbers
from pilotage.model.fields import Kind

MARK = "000"
"""Stands before numbers that were brought to a bound."""


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`method` histogram, zscore or iqr over `fields` (by lines, '' = all that do not begin with `_`); what it does says `action`."""
    named = [name for name in str(options["fields"]).split("\n") if name]
    names = named or [name for name in frame.columns if not name.startswith("_")]
    known = [name for name in names if name in frame.columns and frame.columns[name].values.null_count < frame.rows]
    if not known or not frame.rows:
        context.warn("no-values", f"`{options['command']}` found no field with values", span=context.step)
        return frame
    if options["method"] == "histogram":
        return _by_rarity(frame, known, options)
    return _by_bounds(frame, known, options, context)


def _by_rarity(frame: Frame, names: Sequence[str], options: Mapping[str, Option]) -> Frame:
    shares = [anomalies.frequencies(_codes(frame.columns[name])) for name in names]
    found = anomalies.improbable(shares)
    limit = anomalies.threshold(found.logarithms, _number(options["pthresh"]), capped=bool(options["cutoff"]))
    odd = found.logarithms < limit
    action = options["action"]
    if action == "summary":
        return _summary(found.logarithms, limit, int(odd.sum()))
    whole = frame.with_columns(
        {
            "log_event_prob": _shown(found.logarithms, odd),
            "max_freq": _shown(found.highest, odd),
            "probable_cause": Column(pa.array(np.array(names, dtype=object)[found.cause], pa.string(), mask=~odd), Kind.TEXT),
            "probable_cause_freq": _shown(found.lowest, odd),
        }
    )
    return whole if action == "annotate" else whole.take(pa.array(np.flatnonzero(odd), pa.int64()))


def _summary(logarithms: Numbers, limit: float, count: int) -> Frame:
    low, middle, high = np.quantile(logarithms, [0.25, 0.5, 0.75], method="inverted_cdf")
    row = {
        "num_anomalies": float(count), "thresh": limit, "max_logprob": float(logarithms.max()), "min_logprob": float(logarithms.min()),
        "med_logprob": float(middle), "logprob_1st_quartile": float(low), "logprob_3rd_quartile": float(high),
    }  # fmt: skip
    return Frame({name: Column(pa.array([value], pa.float64()), Kind.NUMBER) for name, value in row.items()}, 1)


def _by_bounds(frame: Frame, names: Sequence[str], options: Mapping[str, Option], context: Context) -> Frame:
    """Numbers outside the bounds of their field: `filter` keeps rows with one, `transform` moves them to the bound, `remove` empties."""
    action = options["action"]
    changed: dict[str, Column] = {}
    odd: Flags = np.zeros(frame.rows, dtype=np.bool_)
    for name in names:
        context.check()
        values = _values(frame.columns[name])
        low, high = (
            anomalies.tails(values, _number(options["pthresh"]) or 0.01)
            if options["method"] == "zscore"
            else anomalies.fences(values, _number(options["param"]) or 2.5, lower=bool(options["uselower"]))
        )
        with np.errstate(invalid="ignore"):
            out = (values < low) | (values > high)
        odd |= out
        if action in ("transform", "remove") and out.any():
            changed[name] = _changed(frame.columns[name], np.clip(values, low, high), out, options)
    if action == "filter":
        return frame.take(pa.array(np.flatnonzero(odd), pa.int64()))
    return frame.with_columns(changed)


def _changed(column: Column, bounded: Numbers, out: Flags, options: Mapping[str, Option]) -> Column:
    """The cells that lie out replaced: by null, by the bound, or by the bound with a mark before it."""
    there = pa.array(out)
    if options["action"] == "remove":
        letters = None if column.letters is None else pc.if_else(there, None, column.letters)
        return Column(pc.if_else(there, pa.nulls(len(out), column.values.type), column.values), column.kind, letters)
    if not options["mark"] and column.kind is Kind.NUMBER:
        return Column(pc.if_else(there, pa.array(bounded, from_pandas=True), column.values.cast(pa.float64())), Kind.NUMBER)
    texts = number_texts(pa.array(bounded, from_pandas=True))
    if options["mark"]:
        texts = pc.binary_join_element_wise(MARK, texts, "")
    letters = None if column.letters is None else pc.if_else(there, "s" if options["mark"] else "d", column.letters)
    return Column(pc.if_else(there, texts, column.texts()), Kind.VALUE, letters)


def _codes(column: Column) -> Codes:
    """The value of each row as a number: bins where all values are numbers and there are many, else the distinct texts."""
    texts = column.texts()
    numbers = column.numbers()
    encoded = pc.dictionary_encode(texts, null_encoding="encode")
    if column.kind is not Kind.MULTI and numbers.null_count == texts.null_count and len(encoded.dictionary) > 2:
        return anomalies.binned(_values(column))
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _values(column: Column) -> Numbers:
    return np.asarray(column.numbers().cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _shown(values: Numbers, odd: Flags) -> Column:
    return Column(pa.array(values, pa.float64(), mask=~odd), Kind.NUMBER)


def _number(option: Option) -> float | None:
    return float(option) if isinstance(option, int | float) else None


STEP = Step("anomalydetection", run)
