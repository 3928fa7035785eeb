"""From ingest to page on the demo's incidents: each is injected into the live demo on a fast clock, and the saved monitors page, or not.

The alert path is the whole one: OTLP over the network, store, query, detection, episode. Delays are minutes of demo time, from the
beginning of the incident until the alert was committed for telling.
"""

from __future__ import annotations

import json
import math
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median

from bench.server import OPENER, PILOTAGE, Place, running
from bench.table import Figure
from bench.work import Work

SPEED = 20
BACKFILL = "60d"
KINDS = ("latency", "errors", "drift", "label-shift", "cost", "outage")
FIRST_H, APART_H = 0.75, 1.0
GRACE_S = 900
PAGE_S = 900
STARTED_S = 300.0
# How long before the monitors were kept the live traffic began, at most.
LIVE_S = 3600


def ask(where: Place, path: str, document: object = None) -> object:
    """The JSON of an answer."""
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(f"{where.url}{path}", data=body, headers={"content-type": "application/json"})
    with OPENER.open(request, timeout=300) as answer:
        return json.load(answer)


def incidents(where: Place) -> list[dict]:
    """What the demo's reporter said was wrong: begin and end in epoch seconds, kind."""
    begun: dict[str, list[float]] = {}
    found = []
    for row in where.rows("index=main event_name=demo.incident | sort 0 _time | table _time _raw"):
        _, kind, phase = str(row["_raw"]).split()
        if phase == "start":
            begun.setdefault(kind, []).append(float(row["_time"]))
        elif begun.get(kind):
            found.append({"begin": begun[kind].pop(0), "end": float(row["_time"]), "name": kind})
    return found


@contextmanager
def demo(where: Place, *options: str) -> Iterator[subprocess.Popen]:
    """The live demo beside a server, with its progress in `demo.log`."""
    with (where.folder / "demo.log").open("wb") as log:
        process = subprocess.Popen([str(PILOTAGE), "demo", "--url", where.url, "--speed", str(SPEED), *options], stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(timeout=60)


def pages(work: Work) -> list[Figure]:
    """Injected incidents that paged once, in time; pages that nothing explains; the same over the quiet part of the history."""
    kinds = KINDS[:2] if work.quick else KINDS
    injected = [f"{kind}@{FIRST_H + APART_H * number:g}h" for number, kind in enumerate(kinds)]
    arguments = [part for text in injected for part in ("--incident", text)]
    with running(work.folder("pages"), "--speed", str(SPEED)) as (where, _), demo(where, "--backfill", BACKFILL, *arguments):
        since = until_live(where)
        time.sleep((FIRST_H + APART_H * len(kinds)) * 3600 / SPEED)
        known = [each for each in incidents(where) if each["begin"] >= since]
        alerts = ask(where, f"/api/v1/alerts?earliest={since:.0f}")
        every = incidents(where)
        replays = {row["name"]: replay(where, row, every) for row in ask(where, "/api/v1/monitors")}
        report = ask(where, "/api/v1/monitors/status")
        for alert in alerts:
            alert["told"] = told(where.folder).get(alert["id"])
    work.keep({"pages": {"injected": known, "alerts": alerts, "replays": {n: r["preview"]["episodes"] for n, r in replays.items()}}})
    return [
        *_told(known, alerts, len(kinds)),
        *_quiet(replays, since),
        Figure("monitors, lag of verdicts, median", report["lag_p50"], "demo s"),
    ]


def told(folder: Path) -> dict[str, float]:
    """When each alert was committed for telling, by its id: epoch seconds of the shared clock, from the server's log."""
    clock = json.loads((folder / "data" / "clock.json").read_text())
    found = {}
    for line in (folder / "server.log").read_text().splitlines():
        if '"pilotage.watch.rounds"' in line and (row := json.loads(line)).get("change") == "opened":
            real = datetime.fromisoformat(row["time"]).timestamp()
            found.setdefault(row["alert"], clock["origin"] + (real - clock["origin"]) * clock["speed"])
    return found


def until_live(where: Place) -> float:
    """When the monitors were kept and live traffic runs: epoch seconds of the shared clock."""
    end = time.monotonic() + STARTED_S
    while time.monotonic() < end:
        if len(ask(where, "/api/v1/monitors")) >= len(KINDS):
            return float(ask(where, "/api/v1/monitors/status")["time"])
        time.sleep(0.5)
    raise SystemExit("bench: the demo kept no monitors")


def replay(where: Place, row: dict, past: list[dict]) -> dict:
    """The last 45 days of the history under one saved monitor, against the incidents of its kind."""
    mine = [each for each in past if each["name"] == row["definition"]["labels"]["incident"]]
    return ask(where, "/api/v1/previews", {"definition": row["definition"], "days": 45.0, "incidents": mine})


def _told(known: list[dict], alerts: list[dict], wanted: int) -> list[Figure]:
    delays, once, explained = [], 0, set()
    for incident in known:
        mine = [a for a in alerts if a["labels"].get("incident") == incident["name"] and _within(a, incident)]
        explained |= {a["id"] for a in alerts if _within(a, incident)}
        once += len(mine) == 1
        delays += [min(a["told"] or math.inf for a in mine) - incident["begin"]] if mine else []
    lost = ", ".join(i["name"] for i in known if not any(a["labels"].get("incident") == i["name"] and _within(a, i) for a in alerts))
    late = sum(delay > PAGE_S for delay in delays)
    unexplained = [a for a in alerts if a["id"] not in explained]
    return [
        Figure("pages, injected incidents that paged once", once, "incidents", f">= {wanted}", f"missed: {lost}" if lost else ""),
        Figure("pages, from incident to page, median", median(delays) / 60 if delays else None, "demo min", "<= 15"),
        Figure("pages, later than 15 minutes", late, "incidents", "<= 0", f"slowest {max(delays, default=0) / 60:.1f} min"),
        Figure("pages, live pages without an incident", len(unexplained), "pages", "", ", ".join(a["monitor"] for a in unexplained)),
    ]


def _within(alert: dict, incident: dict) -> bool:
    return incident["begin"] - 300 <= alert["first_slice"] <= incident["end"] + GRACE_S


def _quiet(replays: dict[str, dict], since: float) -> list[Figure]:
    """Pages of all saved monitors in the history before the live traffic, outside of incidents, a week; and incidents caught there."""
    days, false, caught = 45.0, 0, []
    for replayed in replays.values():
        known = [each["incident"] for each in replayed["preview"]["incidents"]]
        early = [each for each in replayed["preview"]["episodes"] if each["first_slice"] < since - LIVE_S]
        false += sum(not any(_within(each, incident) for incident in known) for each in early)
        caught += [
            each["at"] is not None
            for each in replayed["preview"]["incidents"]
            if since - days * 86_400 <= each["incident"]["begin"] < since
        ]
    return [
        Figure("pages, a quiet week of history, all saved monitors", round(false / days * 7, 2), "pages", "<= 1"),
        Figure("pages, past incidents caught in replay", sum(caught), "incidents", f">= {len(caught)}"),
        Figure("pages, longest replay of 45 days", round(max(r["preview"]["seconds"] for r in replays.values()), 1), "s"),
    ]
