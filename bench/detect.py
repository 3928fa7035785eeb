"""Detection as `pilotage detect` does it, under its own default decision: FleetBench, a second fleet, NAB, calibration, cost.

Seeds of 100 to 599 were looked at while the defaults were chosen; 7 and 11 are FleetBench's own, and what is called validation was never
looked at before it was reported.
"""

from __future__ import annotations

import itertools
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.fleet import scoring, varied
from bench.table import Figure
from bench.work import Work
from pilotage.learn.detection import Detection, Detector

DEVELOPMENT = ((7, 160), (11, 120))
VALIDATION = ((7001, 80), (7002, 80), (7003, 80), (7004, 80))
SECOND_FLEET = ((9001, 60), (9002, 60), (9003, 60), (9004, 60))
START = 1_767_571_200
SLICE_S = 300


def detect(source: Path, out: Path, since: str, *options: str) -> float:
    """Run the command; its CPU seconds."""
    before = _children()
    command = [
        Path(sys.executable).with_name("pilotage"),
        "detect",
        source,
        "--timeslice",
        "5m",
        "--train-until",
        since,
        "--out",
        out,
        *options,
    ]
    subprocess.run([str(c) for c in command], check=True, capture_output=True)
    return _children() - before


def _children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def tool(work: Work, *arguments: str | Path) -> dict[str, Any]:
    """`fleet.py` with these arguments; the last JSON object it prints."""
    command = [sys.executable, str(work.fleet / "fleet.py"), *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    return found


def fleet(work: Work) -> list[Figure]:
    """FleetBench, development and validation seeds."""
    figures: list[Figure] = []
    for kind, seeds in (("development", DEVELOPMENT), ("validation", VALIDATION)):
        for seed, monitors in seeds:
            folder = work.folder(f"fleet-{seed}")
            size = 40 if work.quick else monitors
            head = tool(work, "generate", "--seed", str(seed), "--monitors", str(size), "--out", folder)
            detect(folder / "series.parquet", folder / "out.parquet", str(head["train_until"]))
            tool(work, "baseline", "--rule", "static-vote", "--data", folder, "--out", folder / "vote.parquet")
            scores = {
                n: tool(work, "score", "--json", "--truth", folder / "truth.json", "--alerts", folder / f"{n}.parquet")
                for n in ("out", "vote")
            }
            work.keep({"bench": "fleet", "seed": seed, **scores["out"]})
            figures += _fleet_figures(f"fleet seed {seed} ({kind})", scores["out"], scores["vote"])
    return figures


def _fleet_figures(name: str, ours: dict[str, Any], vote: dict[str, Any]) -> list[Figure]:
    note = "{} incidents; causes {}".format(ours["incidents"], ours["false_alarm_context"])
    worse = [
        a
        for a, v in ours["by_archetype"].items()
        if v["fa_per_monitor_day"] > vote["by_archetype"][a]["fa_per_monitor_day"]
        or (v["recall"] or 0) < (vote["by_archetype"][a]["recall"] or 0)
    ]
    return [
        Figure(f"{name}: false alarms", float(ours["fa_per_monitor_day"]), "/monitor/day", "<= 0.087", note),
        Figure(
            f"{name}: recall", float(ours["recall"]), "", ">= 0.85", f"static + 3 of 5: {vote['recall']} at {vote['fa_per_monitor_day']}"
        ),
        Figure(f"{name}: delay", float(ours["median_delay_min"]), "min", "<= 10"),
        Figure(
            f"{name}: noisiest 5 %",
            float(ours["top5pct_alerts_per_day"]),
            "/day",
            "<= 0.6",
            f"over 4/day: {ours['pct_monitors_over_4_per_day']} %",
        ),
        Figure(f"{name}: archetypes worse than static + vote", len(worse), "", "<= 0", ", ".join(worse)),
    ]


def second_fleet(work: Work) -> list[Figure]:
    """The fleet of `bench/fleet/varied.py`, seeds never looked at before, against both static rules."""
    scores = {name: [] for name in ("static", "static + 3 of 5", "pilotage")}
    for seed, monitors in SECOND_FLEET:
        fleet = [varied.monitor(i, seed) for i in range(10 if work.quick else monitors)]
        folder = work.folder(f"varied-{seed}")
        _write(fleet, folder / "series.parquet")
        detect(folder / "series.parquet", folder / "out.parquet", str(START + varied.HISTORY * SLICE_S))
        ours = _alerts(folder / "out.parquet")
        test = [[varied.Incident(i.start - varied.HISTORY, i.end - varied.HISTORY, i.kind) for i in m.incidents] for m in fleet]
        scores["pilotage"].append(scoring.score(zip((ours[m.name] for m in fleet), test, strict=True)))
        for name, votes in (("static", 1), ("static + 3 of 5", 3)):
            scores[name].append(scoring.score(zip((_static(m.values, votes) for m in fleet), test, strict=True)))
    figures = []
    for name, found in scores.items():
        incidents, caught = sum((s.incidents for s in found), Counter()), sum((s.detected for s in found), Counter())
        days, false = sum(s.days for s in found), sum(s.false for s in found)
        kinds = ", ".join(f"{k} {caught[k]}/{v}" for k, v in sorted(incidents.items()))
        figures.append(Figure(f"second fleet, {name}: false alarms", false / days, "/monitor/day", "<= 0.1" if name == "pilotage" else ""))
        figures.append(
            Figure(
                f"second fleet, {name}: recall",
                caught.total() / max(incidents.total(), 1),
                "",
                ">= 0.7" if name == "pilotage" else "",
                kinds,
            )
        )
        delays = [d for s in found for d in s.delays]
        figures.append(Figure(f"second fleet, {name}: delay", float(np.median(delays)) if delays else None, "min"))
    return figures


def _write(fleet: Iterable[varied.Monitor], path: Path) -> None:
    names, times, values = [], [], []
    for m in fleet:
        names += [m.name] * m.values.size
        times.append(START + np.arange(m.values.size, dtype=np.int64) * SLICE_S)
        values.append(m.values)
    table = {"series": pa.array(names).dictionary_encode(), "timestamp": np.concatenate(times), "value": np.concatenate(values)}
    pq.write_table(pa.table(table), path)


def _alerts(path: Path) -> dict[str, np.ndarray]:
    table = pq.read_table(path, columns=["series", "alerting"])
    names, alerting = table["series"].to_numpy(), table["alerting"].to_numpy()
    edges = np.flatnonzero(np.concatenate([[True], names[1:] != names[:-1], [True]]))
    return {str(names[a]): alerting[a:b] for a, b in itertools.pairwise(edges)}


def _static(values: np.ndarray, votes: int) -> np.ndarray:
    history = values[: varied.HISTORY]
    unusual = np.nan_to_num(np.abs(values - np.nanmean(history)) / np.nanstd(history)) > 3
    count = np.cumsum(np.concatenate([[0], unusual]))
    row = np.arange(1, values.size + 1)
    return ((count[row] - count[np.maximum(0, row - (5 if votes > 1 else 1))]) >= votes)[varied.HISTORY :]


def calibration(work: Work) -> list[Figure]:
    """Realised over nominal exceedance by hour of day, pooled over 160 monitors (seed 7), incidents and the three hours after them left out."""
    folder = work.folder("calibration")
    head = tool(work, "generate", "--seed", "7", "--monitors", "40" if work.quick else "160", "--out", folder)
    detect(folder / "series.parquet", folder / "out.parquet", str(head["train_until"]))
    truth = json.loads((folder / "truth.json").read_text())
    table = pq.read_table(folder / "out.parquet", columns=["series", "timestamp", "score", "state"])
    seconds = table["timestamp"].cast(pa.timestamp("s", tz="UTC")).cast(pa.int64()).to_numpy()
    score, names = table["score"].to_numpy(), table["series"].to_numpy()
    usable = np.isfinite(score) & (table["state"].to_numpy() == "ok")
    for name, series in truth["series"].items():
        for incident in series["incidents"]:
            first, last = (np.datetime64(incident[k].rstrip("Z")).astype("datetime64[s]").astype(np.int64) for k in ("start", "end"))
            usable &= ~((names == name) & (seconds >= first - SLICE_S) & (seconds <= last + 3 * 3600))
    figures = []
    for nominal in (0.01, 0.001):
        hour = seconds // 3600 % 24
        shares = [float(np.mean(score[usable & (hour == h)] >= -np.log10(nominal))) / nominal for h in range(24)]
        note = f"by hour {min(shares):.2f} to {max(shares):.2f}"
        figures.append(Figure(f"calibration at {nominal:.1%}: worst hour", max(*shares, 1 / max(min(shares), 0.001)), "x", "<= 1.5", note))
        figures.append(Figure(f"calibration at {nominal:.1%}: all hours", float(np.mean(shares)), "x", "<= 1.5"))
    return figures


def cost(work: Work) -> list[Figure]:
    """CPU of one training over 60 days, and of judging slices one call a week and one call a slice."""
    fleet = [varied.monitor(i, 500) for i in range(6 if work.quick else 20)]
    times = START + np.arange(varied.SLICES, dtype=np.int64) * SLICE_S
    split = varied.HISTORY
    Detector.train(times[:split], fleet[0].values[:split], Detection(SLICE_S)).advance(times[split:], fleet[0].values[split:])
    trained = [Detector.train(times[:split], m.values[:split], Detection(SLICE_S)) for m in fleet]
    size = float(np.mean([len(d.to_bytes()) for d in trained]))
    begin = time.process_time()
    for m, d in zip(fleet, trained, strict=True):
        d.advance(times[split:], m.values[split:])
    batch = len(fleet) * varied.TEST / (time.process_time() - begin)
    begin, rounds = time.process_time(), 50
    for number in range(rounds):
        for m, d in zip(fleet, trained, strict=True):
            d.advance(times[-1:] + (number + 1) * SLICE_S, m.values[number : number + 1])
    single = rounds * len(fleet) / (time.process_time() - begin)
    return [
        Figure("detection: AutoML and fit, 17,280 slices", float(np.median([d.cpu_seconds for d in trained])), "CPU-s", "<= 0.05"),
        Figure("detection: slices judged, weeks at once", batch, "/CPU-s", ">= 1000000"),
        Figure("detection: slices judged, one a call", single, "/CPU-s"),
        Figure("detection: state of a series", size, "bytes"),
    ]


MEASUREMENTS: dict[str, Callable[[Work], list[Figure]]] = {
    "detect-fleet": fleet,
    "detect-varied": second_fleet,
    "detect-calibration": calibration,
    "detect-cost": cost,
}
NEED_TOOLS = {"detect-fleet", "detect-calibration", "detect-nab"}
