"""`pilotage detect`: the contract of its table, on files as people have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pilotage.cli import run

START = 1_767_571_200
DAY = 288
N = 12 * DAY
COLUMNS = ["series", "timestamp", "value", "expected", "lower", "upper", "score", "unusual", "alerting", "state"]


def values(seed: int = 1) -> np.ndarray:
    return 100 + 30 * np.sin(2 * np.pi * np.arange(N) / DAY) + np.random.default_rng(seed).normal(0, 4, N)


def table(names: dict[str, np.ndarray], stamps: Callable[[np.ndarray], pa.Array]) -> pa.Table:
    times = START + np.arange(N, dtype=np.int64) * 300
    parts = [
        pa.table({"series": [name] * N, "timestamp": stamps(times), "value": pa.array(v, from_pandas=True)}) for name, v in names.items()
    ]
    return pa.concat_tables(parts)


def plain(times: np.ndarray) -> pa.Array:
    return pa.array(times * 1000).cast(pa.timestamp("ms", tz="UTC"))


def detect(tmp_path: Path, data: pa.Table, *options: str, until: str = "2026-01-15T00:00:00Z") -> pa.Table:
    pq.write_table(data, tmp_path / "in.parquet")
    arguments = [
        "detect",
        str(tmp_path / "in.parquet"),
        "--timeslice",
        "5m",
        "--train-until",
        until,
        "--out",
        str(tmp_path / "out.parquet"),
    ]
    assert run([*arguments, *options]) == 0
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.column_names == COLUMNS
    return found


def test_a_row_for_every_slice_of_every_series(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    short = values(2)
    short[-400:] = np.nan
    data = table({"b": values(), "a": short}, plain)
    data = data.filter(pa.compute.is_valid(data["value"]))
    found = detect(tmp_path, data)
    assert capsys.readouterr().out == ""
    for name in ("a", "b"):
        rows = found.filter(pa.compute.equal(found["series"].cast(pa.string()), name))
        assert rows.num_rows == 2 * DAY
        assert rows["timestamp"][0].as_py() == datetime(2026, 1, 15, tzinfo=UTC)
    gone = found.filter(pa.compute.equal(found["series"].cast(pa.string()), "a")).slice(300)
    assert gone["value"].null_count == gone.num_rows
    assert not any(gone["unusual"].to_pylist())


def test_order_and_duplicates(tmp_path: Path) -> None:
    data = table({"a": values()}, plain)
    straight = detect(tmp_path, data)
    wrong = data.set_column(2, "value", pa.array(np.full(N, 1e6)))
    mixed = pa.concat_tables([wrong.slice(0, 3000), data]).take(
        pa.array(np.r_[np.arange(3000), 3000 + np.random.default_rng(3).permutation(N)])
    )
    assert detect(tmp_path, mixed).equals(straight)


@pytest.mark.parametrize(
    "stamps",
    [
        plain,
        lambda t: pa.array(t * 10**9).cast(pa.timestamp("ns")),
        pa.array,
        lambda t: pa.array(t * 1000),
        lambda t: pa.array(t.astype(float)),
        lambda t: pa.compute.strftime(pa.array(t).cast(pa.timestamp("s", tz="UTC")), format="%Y-%m-%dT%H:%M:%SZ"),
    ],
    ids=["ms utc", "ns", "seconds", "milliseconds", "float", "text"],
)
def test_timestamps_keep_their_type(tmp_path: Path, stamps: Callable[[np.ndarray], pa.Array]) -> None:
    data = table({"a": values()}, stamps)
    found = detect(tmp_path, data)
    assert found.schema.field("timestamp").type == data.schema.field("timestamp").type
    assert found["timestamp"].to_pylist() == data["timestamp"].to_pylist()[-2 * DAY :]


def test_a_share_of_each_series(tmp_path: Path) -> None:
    assert detect(tmp_path, table({"a": values()}, plain), until="75%").num_rows == N // 4


def test_nothing_after_a_slice_touches_its_row(tmp_path: Path) -> None:
    whole = detect(tmp_path, table({"a": values()}, plain))
    changed = values()
    changed[-200:] = -1e9
    again = detect(tmp_path, table({"a": changed}, plain))
    assert again.slice(0, 2 * DAY - 200).equals(whole.slice(0, 2 * DAY - 200))


def test_options_reach_the_detector(tmp_path: Path) -> None:
    changed = values()
    changed[-100:-60] += 80
    changed[-300] = np.inf
    data = table({"a": changed}, plain)
    both = detect(tmp_path, data)
    assert any(both["alerting"].to_pylist()[-100:-60])
    assert both["value"][2 * DAY - 300].as_py() is None
    down = detect(tmp_path, data, "--direction", "down")
    assert not any(down["alerting"].to_pylist()[-100:-60])
    assert down["upper"].null_count == down.num_rows
    strict = detect(tmp_path, data, "--window", "40", "--min-unusual", "100%", "--escape", "off", "--sensitivity", "0.1")
    assert sum(strict["alerting"].to_pylist()) <= 1


@pytest.mark.parametrize(
    "options",
    [("--window", "0"), ("--min-unusual", "9"), ("--sensitivity", "3"), ("--min-unusual", "most")],
)
def test_what_cannot_be_is_usage(tmp_path: Path, options: tuple[str, str]) -> None:
    arguments = [
        "detect",
        str(tmp_path / "in.parquet"),
        "--timeslice",
        "5m",
        "--train-until",
        "50%",
        "--out",
        str(tmp_path / "out.parquet"),
    ]
    assert run([*arguments, *options]) == 2


@pytest.mark.parametrize(
    ("name", "value"), [("--timeslice", "soon"), ("--train-until", "120%"), ("--train-until", "x%"), ("--direction", "sideways")]
)
def test_what_cannot_be_read_is_usage(tmp_path: Path, name: str, value: str) -> None:
    options = {"--timeslice": "5m", "--train-until": "50%", "--out": str(tmp_path / "out.parquet"), name: value}
    with pytest.raises(SystemExit) as caught:
        run(["detect", "in.parquet", *(word for pair in options.items() for word in pair)])
    assert caught.value.code == 2


def test_a_file_without_values_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pq.write_table(pa.table({"timestamp": [1, 2]}), tmp_path / "in.parquet")
    arguments = [
        "detect",
        str(tmp_path / "in.parquet"),
        "--timeslice",
        "5m",
        "--train-until",
        "50%",
        "--out",
        str(tmp_path / "out.parquet"),
    ]
    assert run(arguments) == 1
    assert "no column `value`" in capsys.readouterr().err
    assert not (tmp_path / "out.parquet").exists()
    (tmp_path / "in.parquet").write_text("no parquet")
    assert run(arguments) == 1


def test_an_empty_file_gives_an_empty_one(tmp_path: Path) -> None:
    assert detect(tmp_path, table({"a": values()}, plain).slice(0, 0)).num_rows == 0


def test_processes_change_nothing(tmp_path: Path) -> None:
    data = table({"a": values(), "b": values(2), "c": values(3)}, plain)
    assert detect(tmp_path, data, "--processes", "2").equals(detect(tmp_path, data))


@pytest.mark.parametrize(
    ("stamps", "wrong"),
    [
        (pa.array([1.8e9, float("nan"), float("inf"), None, 1e300]), 4),
        (pa.array([1_800_000_000, None, None, 1_800_000_300, 1_800_000_600]), 2),
        (pa.array([datetime(2026, 1, 5, tzinfo=UTC), None, None, None, None], pa.timestamp("us", "UTC")), 4),
        (pa.array([2**63, 1_800_000_000, 1, 2, 3], pa.uint64()), 1),
        (pa.array(["2026-01-05T00:00:00Z", None, "2026-01-05T00:05:00Z", None, None]), 3),
    ],
)
def test_timestamps_that_are_no_time_are_counted_and_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stamps: pa.Array, wrong: int
) -> None:
    pq.write_table(pa.table({"timestamp": stamps, "value": [1.0] * 5}), tmp_path / "in.parquet")
    files = [str(tmp_path / "in.parquet"), "--out", str(tmp_path / "out.parquet")]
    assert run(["detect", *files, "--timeslice", "5m", "--train-until", "50%"]) != 0
    assert f"{wrong} of 5 values of the column `timestamp` are no time" in capsys.readouterr().err
    assert not (tmp_path / "out.parquet").exists()
