"""NAB: the standard profile by its own threshold rule, and how quiet the default decision is on its five-minute real series."""

from __future__ import annotations

import itertools
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.detect import tool
from bench.table import Figure
from bench.work import Work
from pilotage.learn.detection import Detection, Verdicts
from pilotage.learn.expectation import preview

RECOVERY_S = 900
REFRACTORY_SHARE = 0.08
FIVE_MINUTES = 300
Series = dict[str, tuple[np.ndarray, np.ndarray]]


def _read(work: Work) -> tuple[Series, dict[str, dict[str, Any]]]:
    """Times (epoch seconds) and values of each series in file order, and the labels."""
    table = pq.read_table(work.nab / "series.parquet")
    seconds = table["timestamp"].cast(pa.timestamp("s", tz="UTC")).cast(pa.int64()).to_numpy()
    names, values = table["series"].to_numpy(), table["value"].to_numpy()
    edges = np.flatnonzero(np.concatenate([[True], names[1:] != names[:-1], [True]]))
    series = {str(names[a]): (seconds[a:b], values[a:b]) for a, b in itertools.pairwise(edges)}
    labels: dict[str, dict[str, Any]] = json.loads((work.nab / "labels.json").read_text())["series"]
    return series, labels


def _judged(series: Series, labels: dict[str, dict[str, Any]]) -> dict[str, tuple[int, Verdicts]]:
    """Step and verdicts of each series from the end of NAB's probation on, under the default decision."""
    found = {}
    for name, (seconds, values) in series.items():
        step = int(labels[name]["median_step_s"])
        since = int(seconds[int(labels[name]["probation_rows"])]) // step * step
        found[name] = step, preview(seconds, values, Detection(step), since)
    return found


def refractory(score: np.ndarray, rows: int) -> np.ndarray:
    """A row's score where it is the highest of the last `rows`, else 0."""
    found, best = (
        np.zeros(score.size),
        np.lib.stride_tricks.sliding_window_view(np.concatenate([np.zeros(rows), score]), rows)[: score.size],
    )
    higher = score > best.max(axis=1)
    found[higher] = score[higher]
    return found


def standard(work: Work) -> list[Figure]:
    """`score-nab` of the slice scores, with the documented refractory time."""
    series, labels = _read(work)
    names, times, scores = [], [], []
    for name, (step, verdicts) in _judged(series, labels).items():
        seconds = series[name][0]
        row = np.searchsorted(verdicts.time, seconds // step * step)
        inside = (row < len(verdicts)) & (seconds >= (verdicts.time[0] if len(verdicts) else 2**62))
        score = np.zeros(seconds.size)
        score[inside] = np.nan_to_num(verdicts.score[row[inside]])
        names += [name] * seconds.size
        times.append(seconds)
        scores.append(refractory(score, max(1, int(REFRACTORY_SHARE * seconds.size))))
    out = work.folder("nab") / "scores.parquet"
    stamps = pa.array(np.concatenate(times)).cast(pa.timestamp("s", tz="UTC"))
    pq.write_table(pa.table({"series": names, "timestamp": stamps, "score": np.concatenate(scores)}), out)
    found = tool(work, "score-nab", "--nab", work.nab, "--scores", out)["standard"]
    note = f"threshold {found['threshold']:.2f}, real files only {found['real_only']:.1f}; refractory {REFRACTORY_SHARE:.0%} of the file"
    return [Figure("NAB standard profile", float(found["score"]), "", ">= 60", note)]


def quiet(work: Work) -> list[Figure]:
    """The triple of the noise bar: alerts of the default decision on the real five-minute series, ended by fifteen quiet minutes."""
    series, labels = _read(work)
    real = {n: s for n, s in series.items() if not n.startswith("artificial") and int(labels[n]["median_step_s"]) == FIVE_MINUTES}
    daily, outside, alerts, hit, windows = [], 0, 0, 0, 0
    by_folder: dict[str, int] = defaultdict(int)
    for name, (step, verdicts) in _judged(real, labels).items():
        spans = [tuple(_epoch(edge) for edge in window) for window in labels[name]["windows"]]
        rows = np.flatnonzero(verdicts.alerting)
        cuts = np.flatnonzero(np.diff(rows) * step > RECOVERY_S)
        first = verdicts.time[rows[np.concatenate([[0], cuts + 1])]] if rows.size else np.zeros(0)
        last = verdicts.time[rows[np.concatenate([cuts, [rows.size - 1]])]] if rows.size else np.zeros(0)
        inside = np.array([any(a <= end and b >= begin for begin, end in spans) for a, b in zip(first, last, strict=True)], dtype=bool)
        daily.append(first.size / max((verdicts.time[-1] - verdicts.time[0]) / 86400, 1e-9))
        outside, alerts = outside + int((~inside).sum()), alerts + first.size
        windows += len(spans)
        hit += sum(any(a <= end and b >= begin for a, b in zip(first, last, strict=True)) for begin, end in spans)
        by_folder[name.split("/")[0]] += first.size
    ordered = sorted(daily, reverse=True)
    note = ", ".join(f"{folder} {count}" for folder, count in sorted(by_folder.items()))
    return [
        Figure(
            "NAB five-minute series: noisiest 5 %",
            float(np.mean(ordered[: max(1, round(len(ordered) * 0.05))])),
            "/day",
            "<= 2",
            f"{len(daily)} series",
        ),
        Figure(
            "NAB five-minute series: alerts outside label windows", 100 * outside / max(alerts, 1), "%", "<= 75", f"{alerts} alerts: {note}"
        ),
        Figure("NAB five-minute series: windows hit", hit, f"of {windows}", ">= 75"),
    ]


def _epoch(text: str) -> int:
    return int(np.datetime64(text.rstrip("Z")).astype("datetime64[s]").astype(np.int64))


MEASUREMENTS: dict[str, Callable[[Work], list[Figure]]] = {"detect-nab": standard, "detect-quiet": quiet}
NEED_DATA = {"detect-nab", "detect-quiet"}
