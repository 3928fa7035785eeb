"""Kill trials for Splunk HEC with acknowledgement: a batch counts as acknowledged once its ack id has been read as true.

HEC is never de-duplicated by content, so with `resend` a batch whose reply or ack was cut off by the kill may rightly be there
twice: such batches are counted apart (`ambiguous`), everything else must be there exactly once.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import threading
import time
import uuid
from dataclasses import dataclass, field

from bench.server import Place, place, start, stop
from bench.table import Figure
from bench.work import Work

TOKEN = "bench-token"
EVENTS = 200
CONNECTIONS = 4
CONFIG = f'[[tokens]]\nvalue = "{TOKEN}"\nname = "bench"\nscopes = ["ingest", "read"]\nack = true\n'


class Sender:
    """One connection with a channel of its own."""

    def __init__(self, where: Place, run: str) -> None:
        self.where, self.run, self.channel = where, run, str(uuid.uuid4())
        self.connection = http.client.HTTPConnection("127.0.0.1", where.http, timeout=10)

    def post(self, path: str, body: bytes) -> dict[str, object] | None:
        """The JSON answer of a 200; None when refused or cut off."""
        headers = {"Authorization": f"Splunk {TOKEN}", "X-Splunk-Request-Channel": self.channel}
        try:
            self.connection.request("POST", path, body, headers)
            answer = self.connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            return None
        return json.loads(text) if answer.status == 200 else None

    def send(self, batch: int) -> int | None:
        """Send a batch; its ack id."""
        now = time.time()
        one = {
            "time": f"{now:.3f}",
            "event": f"batch {batch} of {self.run}",
            "source": "bench",
            "fields": {"run": self.run, "batch": str(batch)},
        }
        answer = self.post("/services/collector/event", json.dumps(one).encode() * EVENTS)
        return None if answer is None else int(str(answer["ackId"]))

    def acknowledged(self, ack_ids: list[int]) -> set[int]:
        """Which of the ack ids are true."""
        answer = self.post("/services/collector/ack", json.dumps({"acks": ack_ids}).encode())
        acks = answer.get("acks") if answer else None
        return {int(k) for k, v in acks.items() if v} if isinstance(acks, dict) else set()


@dataclass(slots=True)
class Trial:
    """What the senders of one trial know. `open` maps a sender to its batches by ack id that are not yet known to be durable."""

    where: Place
    run: str = field(default_factory=lambda: os.urandom(4).hex())
    acked: set[int] = field(default_factory=set)
    ambiguous: set[int] = field(default_factory=set)
    open: dict[Sender, dict[int, int]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, numbers: itertools.count[int], stopped: threading.Event) -> None:
        """Send batches and poll their acks until stopped."""
        sender = Sender(self.where, self.run)
        waiting: dict[int, int] = {}
        with self.lock:
            self.open[sender] = waiting
        while not stopped.is_set():
            batch = next(numbers)
            ack_id = sender.send(batch)
            if ack_id is None:
                with self.lock:
                    self.ambiguous.add(batch)
                time.sleep(0.05)
                continue
            waiting[ack_id] = batch
            self.poll(sender, waiting)

    def poll(self, sender: Sender, waiting: dict[int, int]) -> None:
        """Ask for every open ack of a sender once."""
        for ack_id in sender.acknowledged(list(waiting)) if waiting else ():
            with self.lock:
                self.acked.add(waiting.pop(ack_id))


def one_trial(
    where: Place, process: subprocess.Popen[bytes], after_s: float, *, resend: bool
) -> tuple[subprocess.Popen[bytes], dict[str, int]]:
    """Load, kill, restart, look; the new server process and the counts."""
    trial, numbers, stopped = Trial(where), itertools.count(), threading.Event()
    threads = [threading.Thread(target=trial.work, args=(numbers, stopped)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGKILL)
    stopped.set()
    process.wait()
    for thread in threads:
        thread.join()
    process = start(where)
    for sender, waiting in trial.open.items():
        trial.poll(sender, waiting)
        trial.ambiguous.update(waiting.values())
    if resend:
        again = Sender(where, trial.run)
        waiting = {ack_id: batch for batch in sorted(trial.ambiguous) if (ack_id := again.send(batch)) is not None}
        end = time.monotonic() + 30
        while waiting and time.monotonic() < end:
            trial.poll(again, waiting)
            time.sleep(0.05)
    counts = settled(where, trial.run, trial.acked)
    lost = sum(EVENTS - min(EVENTS, counts.get(b, 0)) for b in trial.acked)
    doubled = sum(max(0, counts[b] - EVENTS) for b in counts if b not in trial.ambiguous)
    torn = sum(1 for b, n in counts.items() if n % EVENTS)
    repeated = sum(counts.get(b, 0) > EVENTS for b in trial.ambiguous)
    return process, {"acked": len(trial.acked) * EVENTS, "lost": lost, "doubled": doubled, "torn": torn, "ambiguous_twice": repeated}


def settled(where: Place, run: str, wanted: set[int]) -> dict[int, int]:
    """Events by batch once every wanted one is complete or nothing has changed for five seconds, and a last look after that."""
    query = f"index=main run={run} | stats count by batch"
    last: dict[int, int] = {}
    changed = time.monotonic()
    while time.monotonic() - changed < 5:
        now = {int(str(r["batch"])): int(str(r["count"])) for r in where.rows(query, TOKEN)}
        if now != last:
            last, changed = now, time.monotonic()
        if all(now.get(b, 0) >= EVENTS for b in wanted):
            break
        time.sleep(0.25)
    time.sleep(1.5)
    return {int(str(r["batch"])): int(str(r["count"])) for r in where.rows(query, TOKEN)}


def figures(work: Work, *, resend: bool) -> list[Figure]:
    """All trials as one figure: events lost, doubled or in torn batches."""
    name = f"kill9-hec-ack{'-resend' if resend else ''}"
    folder = work.folder(name)
    (folder / "pilotage.toml").write_text(CONFIG)
    where = place(folder, "--config", str(folder / "pilotage.toml"))
    trials = 3 if work.quick else 20
    moments = random.Random(7)
    process = start(where)
    total = dict.fromkeys(("acked", "lost", "doubled", "torn", "ambiguous_twice"), 0)
    try:
        for number in range(trials):
            process, counts = one_trial(where, process, moments.uniform(0.3, 5), resend=resend)
            work.keep({"item": name, "trial": number, **counts})
            total = {k: total[k] + counts[k] for k in total}
    finally:
        stop(process)
    note = f"{trials} trials, {total['acked']:,} acknowledged; lost {total['lost']}, doubled {total['doubled']}, torn {total['torn']}"
    note += f"; cut-off batches sent again and there twice: {total['ambiguous_twice']}" if resend else ""
    wrong = total["lost"] + total["doubled"] + total["torn"] if total["acked"] else None
    return [Figure(name, wrong, "events", "== 0", note)]
