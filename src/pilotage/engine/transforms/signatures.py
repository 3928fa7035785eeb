"""`logreduce` and `logcompare`: a row a signature of texts, with how often it occurs, alone or beside an earlier time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from pilotage.engine.frame import Column, Frame
from pilotage.engine.transforms import Option, Step
from pilotage.language.sql.context import Context
from pilotage.learn.signatures import MOST, signatures
from pilotage.model.fields import Kind

Counts = npt.NDArray[np.int64]
_HALF = 0.5
"""What is added to every count before shares are compared, so that none is 0."""


def run(frame: Frame, options: Mapping[str, Option], context: Context) -> Frame:
    """`source`; `by` fields joined by newlines, `limit` rows a group and `order`; or `side`, a field that is 1 in rows of now, else 0."""
    source, by = str(options["source"]), [name for name in str(options["by"] or "").split("\n") if name]
    texts = frame.columns[source].texts() if source in frame.columns else pa.nulls(frame.rows, pa.string())
    found = signatures(texts)
    if found.cut:
        sentence = f"`logreduce` compared the {MOST} most frequent texts; {found.cut} others count as `*`"
        context.warn("rows-limited", sentence, hint="filter before, or look at a shorter range")
    context.check()
    if side := str(options["side"] or ""):
        return _compared(found.numbers, found.patterns, frame.columns[side].numbers())
    groups, firsts = _groups(frame, by)
    return _reduced(frame, by, (found.numbers, found.patterns), (groups, firsts), options)


def _groups(frame: Frame, by: list[str]) -> tuple[Counts, Counts]:
    """The number of each row's group, and a row of each group."""
    if not by:
        return np.zeros(frame.rows, dtype=np.int64), np.zeros(1, dtype=np.int64)
    cells = [pc.fill_null(frame.columns[name].texts() if name in frame.columns else pa.nulls(frame.rows, pa.string()), "\0") for name in by]
    joined = cells[0] if len(cells) == 1 else pc.binary_join_element_wise(*cells, "\x1f")
    codes = np.asarray(pc.dictionary_encode(joined).indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    return codes, np.unique(codes, return_index=True)[1]


def _reduced(
    frame: Frame, by: list[str], found: tuple[Counts, tuple[str, ...]], groups: tuple[Counts, Counts], options: Mapping[str, Option]
) -> Frame:
    numbers, patterns = found
    known = numbers >= 0
    width = max(len(patterns), 1)
    keys, counts = np.unique(groups[0][known] * width + numbers[known], return_counts=True)
    group, pattern = keys // width, keys % width
    totals = np.bincount(group, weights=counts, minlength=len(groups[1]))[group]
    rarity = np.where(totals > 1, np.log(totals / counts) / np.log(np.maximum(totals, 2)), 0.0)
    common = options["order"] == "mostcommon"
    order = np.lexsort(([patterns[n] for n in pattern], -counts if common else counts, group) if len(keys) else (pattern,))
    limit = int(str(options["limit"] or 0))
    if limit and len(order):
        ranks = np.arange(len(order)) - np.searchsorted(group[order], group[order])
        order = order[ranks < limit]
    if len(order):
        # Groups stay together only while they are cut; the rows come by rarity.
        order = order[np.argsort(-counts[order] if common else -rarity[order], kind="stable")]
    rows = pa.array(groups[1][group[order]]) if len(order) else pa.array([], pa.int64())
    columns = {name: frame.columns[name].take(rows) for name in by if name in frame.columns}
    columns["_count"] = _numbers(counts[order])
    named = _named(patterns, pattern[order])
    if by:
        # Beside a count there is only what a `transpose` may make columns of.
        return Frame({**columns, "signature": named["signature"]}, len(order))
    columns |= named
    columns["_relevance"] = _numbers(rarity[order])
    return Frame(columns, len(order))


def _compared(numbers: Counts, patterns: tuple[str, ...], side: pa.Array) -> Frame:
    """Shares of now beside those of before: the symmetric divergence of each signature is its score."""
    now = np.asarray(pc.equal(side, 1.0).fill_null(False).to_numpy(zero_copy_only=False), dtype=bool)
    known = numbers >= 0
    size = len(patterns)
    after, before = (np.bincount(numbers[known & rows], minlength=size)[:size] for rows in (now, ~now))
    shares = [(each + _HALF) / (each.sum() + _HALF * max(size, 1)) for each in (after, before)]
    score = (shares[0] - shares[1]) * np.log(shares[0] / shares[1])
    plain = [each / max(int(each.sum()), 1) for each in (after, before)]
    with np.errstate(divide="ignore", invalid="ignore"):
        delta = np.where(before > 0, (plain[0] - plain[1]) / plain[1] * 100, np.nan)
    order = np.lexsort((list(patterns), -score)) if size else np.array([], dtype=np.int64)
    columns = {"_count": _numbers(after[order]), **_named(patterns, order)}
    columns["_deltaPercentage"] = _numbers(delta[order])
    columns["_anomalyScore"] = _numbers(score[order])
    columns["_isNew"] = Column(pa.array((before == 0)[order]), Kind.BOOLEAN)
    return Frame(columns, len(order))


def _named(patterns: tuple[str, ...], numbers: Counts) -> dict[str, Column]:
    texts = [patterns[number] for number in numbers]
    ids = [xxhash.xxh64_hexdigest(text.encode()) for text in texts]
    return {"signature": Column(pa.array(texts, pa.string()), Kind.TEXT), "_signature_id": Column(pa.array(ids, pa.string()), Kind.TEXT)}


def _numbers(values: npt.NDArray[np.int64] | npt.NDArray[np.float64]) -> Column:
    return Column(pa.array(values.astype(np.float64), pa.float64(), from_pandas=True), Kind.NUMBER)


STEP = Step("signatures", run)
