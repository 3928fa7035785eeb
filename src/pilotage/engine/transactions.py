"""What `transaction` needs of the data before its one statement: the cuts that `maxspan` makes, and whether `maxevents` ends any.

Where a piece ends for being too long depends on where it began, row after row: no window function tells it. The times of all rows come
as arrays, and each piece is one step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from pilotage.language.plan.transactions import Transaction
from pilotage.language.sql import transactions as sql
from pilotage.language.sql.context import Context, StageColumn, StageTable
from pilotage.language.sql.lowering import lower
from pilotage.model.fields import Kind

DEFAULT_MOST = 1000
MANY = 64
_LARGEST = float(2**62)
_CUTS = StageTable((StageColumn("key", "v0", Kind.NUMBER), StageColumn("time", "v1", Kind.TIME)))

Integers = np.ndarray[tuple[int], np.dtype[np.int64]]
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
Run = Callable[[str], list[pa.RecordBatch]]
Keep = Callable[[pa.Table, StageTable], str]


@dataclass(frozen=True, slots=True)
class _Measure:
    longest: int
    partial: int
    rows: int


def settled(node: Transaction, context: Context, run: Run, keep: Keep) -> Transaction:
    """The node with its cuts in a stage, and without a limit of events that nothing reaches; says when something is out of the ordinary."""
    quiet = replace(context, messages=[])
    if node.span_seconds is None:
        measure = _measured(run(sql.longest(lower(quiet, node.input), node, coarse=True)))
        if node.most and measure.longest > node.most:
            measure = _measured(run(sql.longest(lower(quiet, node.input), node)))
    else:
        node, measure = _cut(node, quiet, run, keep)
    if measure.partial:
        sentence = f"{measure.partial} events lack some of the fields {', '.join(node.fields)} and form transactions of their own"
        context.warn("partial-keys", sentence, span=node.span)
    if node.most and measure.longest <= node.most:
        return replace(node, most=0)
    if node.most == DEFAULT_MOST:
        sentence = f"`transaction` ended transactions at {node.most} events"
        context.warn("rows-limited", sentence, span=node.span, hint="set `maxevents` to more, -1 for any number")
    return node


def _measured(batches: list[pa.RecordBatch]) -> _Measure:
    values = [column.to_pylist()[0] for column in batches[0].columns] if batches and batches[0].num_rows else [0, 0]
    return _Measure(int(values[0] or 0), int(values[1] or 0), 0)


def _cut(node: Transaction, context: Context, run: Run, keep: Keep) -> tuple[Transaction, _Measure]:
    batches = run(sql.steps(lower(context, node.input), node))
    if not batches:
        return node, _Measure(0, 0, 0)
    table = pa.Table.from_batches(batches)
    keys, ticks, new, partial = (column.to_numpy() for column in table.columns)
    begins = new.astype(bool)
    begins[0] = True
    begins[1:] |= keys[1:] != keys[:-1]
    cuts = greedy(ticks, begins, round((node.span_seconds or 0) * 1e9))
    places = np.flatnonzero(begins | cuts)
    longest = int(np.diff(places, append=len(ticks)).max())
    measure = _Measure(longest, int(partial.sum()), len(ticks))
    if not cuts.any():
        return node, measure
    times = pa.array(ticks[cuts], pa.int64()).cast(pa.timestamp("ns", "UTC"))
    stage = keep(pa.table({"v0": pa.array(keys[cuts], pa.float64()), "v1": times}), _CUTS)
    return replace(node, cuts=stage), measure


def greedy(ticks: Integers, begins: Flags, span: int) -> Flags:
    """Where runs must be cut so that no piece is longer than `span`, each piece as long as it can be.

    `ticks` fall along each run; a run starts where `begins` is true. The result is true at the first row of a piece that is not a run's.
    """
    cuts = np.zeros(len(ticks), np.bool_)
    starts = np.flatnonzero(begins)
    stops = np.append(starts[1:], len(ticks))
    lengths = ticks[starts] - ticks[stops - 1]
    long = lengths > span
    starts, stops, lengths = starts[long], stops[long], lengths[long]
    if not len(starts):
        return cuts
    # Runs stand one behind another on one axis, as many as its integers can hold.
    parts = (np.cumsum(lengths.astype(np.float64) + span + 1) // _LARGEST).astype(np.int64)
    for part in np.unique(parts):
        chosen = parts == part
        _cut_runs(ticks, (starts[chosen], stops[chosen], lengths[chosen]), span, cuts)
    return cuts


def _cut_runs(ticks: Integers, runs: tuple[Integers, Integers, Integers], span: int, cuts: Flags) -> None:
    starts, stops, lengths = runs
    sizes = stops - starts
    heads = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    rows = np.arange(int(sizes.sum())) + np.repeat(starts - heads, sizes)
    bases = np.concatenate(([0], np.cumsum(lengths + span + 1)[:-1]))
    axis = np.repeat(bases + ticks[starts], sizes) - ticks[rows]
    following = np.searchsorted(axis, axis + span, side="right")
    marks = np.zeros(len(axis), np.bool_)
    _follow(following, heads, heads + sizes, marks)
    cuts[rows[marks]] = True


def _follow(following: Integers, heads: Integers, ends: Integers, marks: Flags) -> None:
    """From each head from piece to piece up to the end of its run: all runs at once while there are many, else one by one."""
    while len(heads) > MANY:
        heads = following[heads]
        inside = heads < ends
        heads, ends = heads[inside], ends[inside]
        marks[heads] = True
    steps, found = following.data, marks.view(np.uint8).data
    for head, end in zip(heads.tolist(), ends.tolist(), strict=True):
        place = steps[head]
        while place < end:
            found[place] = 1
            place = steps[place]
