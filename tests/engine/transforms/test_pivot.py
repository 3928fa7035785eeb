"""The pivot: cells, order of series, names."""

from __future__ import annotations

import pyarrow as pa

from pilotage.engine.transforms.pivot import cell_names, counted, pivot, series_order


def test_each_cell_points_at_its_row_or_nowhere():
    over, series = pa.array([10, 10, 20]), pa.array(["a", "b", "b"])
    wide = pivot(over, series, cell_names(["v"], ["a", "b"], separator=": ", form=None, taken="over"))
    assert wide.axis.to_pylist() == [0, 2]
    assert [(c.name, p.to_pylist()) for c, p in wide.cells] == [("a", [0, None]), ("b", [1, 2])]


def test_no_rows_make_no_cells():
    wide = pivot(pa.array([], pa.int64()), pa.array([], pa.string()), [])
    assert (len(wide.axis), wide.cells) == (0, ())


def test_one_row():
    wide = pivot(pa.array([1]), pa.array(["a"]), cell_names(["v"], ["a"], separator=": ", form=None, taken="x"))
    assert [p.to_pylist() for _, p in wide.cells] == [[0]]


def test_numbers_come_by_size_then_texts_then_the_rest():
    assert series_order(["b", "OTHER", "10", "9", "NULL"], ("OTHER", "NULL")) == ["9", "10", "b", "OTHER", "NULL"]


def test_names_of_columns():
    names = [c.name for c in cell_names(["count", "avg(x)"], ["_a", "b"], separator=": ", form=None, taken="t")]
    assert names == ["count: VALUE_a", "avg(x): VALUE_a", "count: b", "avg(x): b"]
    assert [c.name for c in cell_names(["c"], ["b", "t"], separator="", form="$VAL$-$AGG$", taken="t")] == ["b-c", "VALUEt-c"]


def test_counted():
    assert (counted(3).to_pylist(), counted(2, step=0).to_pylist()) == ([0, 1, 2], [0, 0])
