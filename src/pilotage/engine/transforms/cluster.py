"""`cluster`: rows whose texts are alike."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pilotage.engine.frame import Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.learn.similarity import groups, parts_of
from pilotage.model.fields import Kind

MOST = 50_000
"""Distinct texts that are compared."""
LONGEST = 2_000
"""Characters of a text that are compared."""


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """Compares the texts of `field` by `match` with `threshold` and `delimiters`; `label` and `count` name columns, '' = none.

    With `all` every row gets its label, else the first row of each group stands for it; `sort` puts the largest groups first.
    """
    field = str(options["field"])
    known = frame.columns.get(field)
    texts = known.texts() if known is not None else pa.nulls(frame.rows, pa.string())
    encoded = pc.dictionary_encode(texts)
    distinct = encoded.dictionary.to_pylist()
    if len(distinct) > MOST:
        sentence = f"`cluster` compared the first {MOST} of {len(distinct)} texts and left the others out"
        context.warn("rows-limited", sentence, span=context.step, hint="filter first, or compare a shorter field")
    match, split = str(options["match"]), re.compile(str(options["delimiters"]))
    found = groups((parts_of(text[:LONGEST], match, split) for text in distinct[:MOST]), float(str(options["threshold"])), context.check)
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    codes = np.where(np.isnan(codes), -1, codes).astype(np.int64) if codes.dtype.kind == "f" else codes.astype(np.int64)
    inside = (codes >= 0) & (codes < len(found))
    labels = np.full(frame.rows, -1, dtype=np.int64)
    labels[inside] = found[codes[inside]]
    sizes = np.bincount(labels[inside], minlength=int(found.max()) + 1 if len(found) else 0)
    if options["all"]:
        return _labelled(frame, labels, sizes, options)
    _, first = np.unique(labels[inside], return_index=True)
    rows = np.sort(np.flatnonzero(inside)[first])
    if options["sort"]:
        rows = rows[np.argsort(-sizes[labels[rows]], kind="stable")]
    return _labelled(frame.take(pa.array(rows, pa.int64())), labels[rows], sizes, options)


def _labelled(frame: Frame, labels: np.ndarray[tuple[int], np.dtype[np.int64]], sizes: object, options: Mapping[str, Option]) -> Frame:
    """The frame with the label and the size of each row's group; null where a row has no text."""
    counts = np.asarray(sizes)
    there = labels >= 0
    columns: dict[str, Column] = {}
    if options["count"]:
        numbers = np.where(there, counts[np.maximum(labels, 0)] if len(counts) else 0, np.nan)
        columns[str(options["count"])] = Column(pa.array(numbers.astype(np.float64), from_pandas=True), Kind.NUMBER)
    if options["label"]:
        numbers = np.where(there, labels + 1.0, np.nan)
        columns[str(options["label"])] = Column(pa.array(numbers, from_pandas=True), Kind.NUMBER)
    return frame.with_columns(columns)


STEP = Step("cluster", run)
