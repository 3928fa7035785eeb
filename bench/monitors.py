"""Thousands of monitors at a five-minute cadence over live data: whether every evaluation ends within its slice, and what that costs."""

from __future__ import annotations

import json
import threading
import time
import urllib.request

from bench.pages import ask
from bench.server import OPENER, Place, cpu_seconds, rss_bytes, running
from bench.table import Figure
from bench.work import Work

MONITORS, QUERIES, INDEXES, SERVICES = 20_000, 1_000, 5, 100
SLICE_S = 300
HISTORY_H = 12
ROWS_S = 500
LEARNED_S = 1800.0
ROUNDS = 3


def monitors(work: Work) -> list[Figure]:
    """20,000 monitors of 1,000 distinct queries over 5 indexes, half of them ungrouped, while events keep coming."""
    many, queries, rounds = (2_000, 100, 1) if work.quick else (MONITORS, QUERIES, ROUNDS)
    with running(work.folder("monitors")) as (where, pid):
        _history(where)
        begun = time.monotonic()
        _create(where, many, queries)
        created = time.monotonic() - begun
        stop = threading.Event()
        sender = threading.Thread(target=_send, args=(where, stop))
        sender.start()
        try:
            learned = _learned(where)
            before, cpu = ask(where, "/api/v1/monitors/status"), cpu_seconds(pid)
            time.sleep(SLICE_S * rounds)
            after, cpu = ask(where, "/api/v1/monitors/status"), cpu_seconds(pid) - cpu
            memory = rss_bytes(pid)
        finally:
            stop.set()
            sender.join()
    work.keep({"monitors": {"before": before, "after": after}})
    done = (after["evaluations"] - before["evaluations"]) / rounds / max(1, after["questions"])
    note = f"{after['monitors']} monitors, {after['questions']} queries, {after['series']} series"
    return [
        Figure("monitors, created", round(many / created), "monitors/s", "", note),
        Figure("monitors, learned from 12 h of history", round(learned), "s"),
        Figure("monitors, evaluations done of those due", round(100 * min(1.0, done), 1), "%", ">= 99"),
        Figure(
            "monitors, latest verdict after it was due",
            round(after["lag_max"], 1),
            "s",
            f"<= {SLICE_S}",
            f"median {after['lag_p50']:.1f} s",
        ),
        Figure("monitors, CPU of 2 cores", round(cpu / (SLICE_S * rounds) / 2 * 100, 1), "%", "<= 70"),
        Figure("monitors, failures", after["failures"] - before["failures"], "evaluations", "<= 0"),
        Figure("monitors, memory of the server", round(memory / 2**20), "MiB"),
    ]


def _events(number: int, when: float) -> bytes:
    return b"".join(
        json.dumps(
            {"time": when, "index": f"web{i % INDEXES}", "event": {"service": f"s{i % SERVICES}", "status": 200 + i % 7, "ms": i % 997}}
        ).encode()
        for i in range(number)
    )


def _post(where: Place, body: bytes) -> None:
    headers = {"authorization": "Splunk any"}
    with OPENER.open(urllib.request.Request(f"{where.url}/services/collector/event", body, headers), timeout=60) as answer:
        answer.read()


def _history(where: Place) -> None:
    now = time.time()
    for slice_number in range(HISTORY_H * 12, 0, -1):
        _post(where, _events(2_000, now - slice_number * SLICE_S))


def _send(where: Place, stop: threading.Event) -> None:
    while not stop.wait(1.0):
        _post(where, _events(ROWS_S, time.time()))


def _create(where: Place, many: int, queries: int) -> None:
    """Half of the queries count all events of a service, half group by status; monitors of one query differ in their sensitivity."""
    made = []
    for number in range(many):
        query = number % queries
        grouped = " by status" if query % 2 else ""
        text = f"index=web{query % INDEXES} service=s{query % SERVICES} ms>{query} | stats count avg(ms) as ms{grouped}"
        made.append(
            {"name": f"m{number}", "query": text, "history": "1d", "sensitivity": 0.1 + 0.9 * (number // queries) / max(1, many // queries)}
        )
    for begin in range(0, many, 2_000):
        ask(where, "/api/v1/monitors/apply", {"monitors": made[begin : begin + 2_000]})


def _learned(where: Place) -> float:
    begun = time.monotonic()
    while ask(where, "/api/v1/monitors/status")["learning"]:
        if time.monotonic() - begun > LEARNED_S:
            raise SystemExit("bench: the monitors did not learn in time")
        time.sleep(5)
    return time.monotonic() - begun
