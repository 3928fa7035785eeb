"""Sends the history once: asks the server which parts it has, builds the missing ones a few days at a time and posts them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from pilotage.demo import history, messages
from pilotage.demo.clock import SECOND_NS, text
from pilotage.demo.sender import RefusedError, Sender
from pilotage.demo.telemetry import Value
from pilotage.demo.traffic import DAY_NS, SLICE_NS

PRESENT = f'index=main sourcetype="{messages.MARKER}" | table demo.history.part demo.history.complete'
PART_NS = 5 * DAY_NS  # larger requests cost the server less: 11 s of backfill instead of 23 with single days (2026-11-21, 2 busy cores)
QUEUED = 4  # requests built ahead of the connection


@dataclass(frozen=True, slots=True)
class Sent:
    """What a backfill did: `slices` sent now, parts found there already, whether it went to the end, where what it sent ends."""

    slices: int
    found: int
    complete: bool
    end_ns: int = 0


def backfill(sender: Sender, seed: int, now_ns: int, seconds: int) -> Sent:
    """Send `seconds` of history before `now_ns`, unless the server has it; parts that an interrupted run sent are left out."""
    if seconds <= 0:
        return Sent(0, 0, complete=True)
    rows = sender.search(PRESENT) or []
    if sender.stopped:
        return Sent(0, 0, complete=False)
    there = {str(row.get("demo.history.part")) for row in rows}
    if any(str(row.get("demo.history.complete")).lower() == "true" for row in rows):
        return Sent(0, len(there), complete=True)
    end_ns = now_ns - now_ns % SLICE_NS
    past = history.build(seed, end_ns - seconds * SECOND_NS, end_ns)
    requests: queue.Queue[tuple[str, bytes] | None] = queue.Queue(QUEUED)
    failure: list[RefusedError] = []
    dead = threading.Event()
    thread = threading.Thread(target=_post_all, args=(sender, requests, dead, failure), name="backfill", daemon=True)
    thread.start()
    sent = 0
    for part in parts(past):
        last = part.stop == len(past.slices)
        name = text(int(past.slices[part][0]) // PART_NS * PART_NS)[:10]
        if name in there and not last:
            continue
        marker: dict[str, Value] = {"demo.history.part": name, "demo.history.complete": last, "demo.history.seed": seed}
        _put(requests, ("/v1/metrics", messages.metrics(past, part)), dead)
        _put(requests, ("/v1/traces", messages.traces(past, part)), dead)
        # The logs hold the marker: what it vouches for was acknowledged before.
        _put(requests, ("/v1/logs", messages.logs(past, part, marker)), dead)
        if dead.is_set():
            break
        sent += part.stop - part.start
    _put(requests, None, dead)
    thread.join()
    if failure:
        raise failure[0]
    return Sent(sent, len(there), complete=not dead.is_set(), end_ns=end_ns if sent else 0)


def bridge(sender: Sender, seed: int, begin_ns: int, end_ns: int) -> int:
    """Send the slices between the end of the history and the present, which went on meanwhile; their number."""
    past = history.build(seed, begin_ns, end_ns)
    if not len(past.slices) or sender.stopped:
        return 0
    whole = slice(0, len(past.slices))
    marker: dict[str, Value] = {"demo.history.part": "bridge", "demo.history.complete": True, "demo.history.seed": seed}
    for path, body in (
        ("/v1/metrics", messages.metrics(past, whole)),
        ("/v1/traces", messages.traces(past, whole)),
        ("/v1/logs", messages.logs(past, whole, marker)),
    ):
        if not sender.post(path, body):
            return 0
    return len(past.slices)


def parts(past: history.History) -> Iterator[slice]:
    """The slices of each part; parts begin at fixed days, whenever the history begins."""
    number = past.slices // PART_NS
    begin = 0
    for end in range(1, len(number) + 1):
        if end == len(number) or number[end] != number[begin]:
            yield slice(begin, end)
            begin = end


def _put(requests: queue.Queue[tuple[str, bytes] | None], item: tuple[str, bytes] | None, dead: threading.Event) -> None:
    while not dead.is_set():
        try:
            requests.put(item, timeout=0.2)
        except queue.Full:
            continue
        return


def _post_all(sender: Sender, requests: queue.Queue[tuple[str, bytes] | None], dead: threading.Event, failure: list[RefusedError]) -> None:
    """The posting thread, owned by `backfill`: ends at the `None`, when stopped, or at the first refusal."""
    while (item := requests.get()) is not None:
        try:
            if not sender.post(*item):
                dead.set()
                return
        except RefusedError as error:
            failure.append(error)
            dead.set()
            return
