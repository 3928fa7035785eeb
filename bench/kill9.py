"""Kill trials for protocols whose acknowledgement is the answer itself: one small sender a protocol, the trials are the same for all.

A trial sends batches over several connections, kills the server at a random moment, starts it again, and counts. Every batch that
was answered must be there whole and once. With `resend`, batches whose answer the kill cut off are sent again as clients do: those of
a protocol that is never de-duplicated by content may then rightly be there twice, and are counted apart; those of the others may not.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import signal
import struct
import subprocess
import threading
import time
from dataclasses import dataclass
from dataclasses import field as member
from typing import Protocol

import pyarrow as pa

from bench.protobuf import field, loki_push, varint
from bench.server import Place, place, start, stop
from bench.table import Figure
from bench.work import Work

ITEMS = 200
CONNECTIONS = 4


class Sender(Protocol):
    """How a protocol writes a batch: every item says the run and the batch it belongs to."""

    name: str
    path: str
    headers: dict[str, str]
    index: str
    deduplicated: bool

    def body(self, run: str, batch: int) -> bytes:
        """`ITEMS` items of one batch."""
        ...


class Sumo:
    """Lines of JSON to the HTTP source."""

    name, path, index, deduplicated = "sumo", "/receiver/v1/http/bench", "main", False
    headers = {"Content-Type": "application/json", "X-Sumo-Category": "bench/kill"}  # noqa: RUF012 - a constant

    def body(self, run: str, batch: int) -> bytes:
        """A line an item."""
        return b"".join(b'{"timestamp":%d,"run":"%s","batch":"%d"}\n' % (time.time_ns(), run.encode(), batch) for _ in range(ITEMS))


class Loki:
    """A stream a batch, as protobuf in a snappy block that no header names, as Loki's own clients send it."""

    name, path, index, deduplicated = "loki", "/loki/api/v1/push", "main", False
    headers = {"Content-Type": "application/x-protobuf"}  # noqa: RUF012 - a constant

    def body(self, run: str, batch: int) -> bytes:
        """A line an item."""
        return loki_push(f'{{run="{run}", batch="{batch}"}}', [f"item {n}" for n in range(ITEMS)], time.time_ns())


class Elasticsearch:
    """A bulk request a batch."""

    name, path, index, deduplicated = "elasticsearch", "/main/_bulk", "main", False
    headers = {"Content-Type": "application/x-ndjson"}  # noqa: RUF012 - a constant

    def body(self, run: str, batch: int) -> bytes:
        """A document an item."""
        document = json.dumps({"@timestamp": int(time.time() * 1000), "message": "item", "run": run, "batch": str(batch)})
        return (f'{{"index":{{}}}}\n{document}\n' * ITEMS).encode()


class RemoteWrite:
    """A sample a series, a series an item."""

    name, path, index, deduplicated = "remote-write", "/api/v1/write", "metrics", True
    headers = {  # noqa: RUF012 - a constant
        "Content-Type": "application/x-protobuf",
        "Content-Encoding": "snappy",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }

    def body(self, run: str, batch: int) -> bytes:
        """WriteRequest{timeseries = 1{labels = 1{name = 1, value = 2}, samples = 2{value = 1, timestamp = 2}}}."""
        series = b""
        for n in range(ITEMS):
            labels = {"__name__": "kill9", "batch": str(batch), "n": str(n), "run": run}
            one = b"".join(field(1, field(1, k.encode()) + field(2, v.encode())) for k, v in labels.items())
            sample = b"\x09" + struct.pack("<d", n) + b"\x10" + varint(int(time.time() * 1000))
            series += field(1, one + field(2, sample))
        return bytes(pa.compress(series, codec="snappy", asbytes=True))


SENDERS: dict[str, type[Sender]] = {each.name: each for each in (Sumo, Loki, Elasticsearch, RemoteWrite)}


@dataclass(slots=True)
class Trial:
    """What the senders of one trial know: batches answered, and those whose answer was cut off or a refusal."""

    where: Place
    sender: Sender
    run: str = member(default_factory=lambda: os.urandom(4).hex())
    acked: set[int] = member(default_factory=set)
    ambiguous: dict[int, bytes] = member(default_factory=dict)
    lock: threading.Lock = member(default_factory=threading.Lock)

    def send(self, connection: http.client.HTTPConnection, body: bytes) -> bool:
        """Whether the server took it."""
        try:
            connection.request("POST", self.sender.path, body, self.sender.headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return False
        return 200 <= answer.status < 300

    def work(self, numbers: itertools.count[int], stopped: threading.Event) -> None:
        """Send batches until stopped."""
        connection = http.client.HTTPConnection("127.0.0.1", self.where.http, timeout=10)
        while not stopped.is_set():
            batch = next(numbers)
            body = self.sender.body(self.run, batch)
            taken = self.send(connection, body)
            with self.lock:
                if taken:
                    self.acked.add(batch)
                else:
                    self.ambiguous[batch] = body
            if not taken:
                stopped.wait(0.05)
        connection.close()

    def counts(self) -> dict[int, int]:
        """Items by batch as a search finds them."""
        query = f"index={self.sender.index} run={self.run} | stats count by batch"
        return {int(str(r["batch"])): int(str(r["count"])) for r in self.where.rows(query)}

    def settled(self) -> dict[int, int]:
        """The counts once every answered batch is complete, or nothing is left to load and nothing has changed for five seconds.

        There is a last look after that, for what should not be there.
        """
        last: dict[int, int] = {}
        changed = time.monotonic()
        while time.monotonic() - changed < 5:
            now = self.counts()
            if now != last or not self.where.loaded():
                last, changed = now, time.monotonic()
            if all(now.get(b, 0) >= ITEMS for b in self.acked):
                break
            time.sleep(0.25)
        time.sleep(1.5)
        return self.counts()


def one_trial(
    trial: Trial, process: subprocess.Popen[bytes], after_s: float, *, resend: bool
) -> tuple[subprocess.Popen[bytes], dict[str, int]]:
    """Load, kill, restart, look; the new server process and the counts."""
    numbers, stopped = itertools.count(), threading.Event()
    threads = [threading.Thread(target=trial.work, args=(numbers, stopped)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGKILL)
    stopped.set()
    process.wait()
    for thread in threads:
        thread.join()
    process = start(trial.where)
    again: set[int] = set()
    if resend:
        connection = http.client.HTTPConnection("127.0.0.1", trial.where.http, timeout=30)
        again = {batch for batch, body in trial.ambiguous.items() if trial.send(connection, body)}
        trial.acked |= again
        connection.close()
    counts = trial.settled()
    allowed = again if not trial.sender.deduplicated else set()
    return process, {
        "acked": len(trial.acked) * ITEMS,
        "lost": sum(ITEMS - min(ITEMS, counts.get(b, 0)) for b in trial.acked),
        "doubled": sum(max(0, n - ITEMS) for b, n in counts.items() if b not in allowed),
        "torn": sum(1 for n in counts.values() if n % ITEMS),
        "resent": len(again),
        "resent_twice": sum(counts.get(b, 0) > ITEMS for b in allowed),
    }


def figures(work: Work, protocol: str, *, resend: bool) -> list[Figure]:
    """All trials of a protocol as one figure: items lost, doubled or in torn batches."""
    name = f"kill9-{protocol}{'-resend' if resend else ''}"
    where = place(work.folder(name))
    trials = 3 if work.quick else 20
    moments = random.Random(7)
    process = start(where)
    total = dict.fromkeys(("acked", "lost", "doubled", "torn", "resent", "resent_twice"), 0)
    try:
        for number in range(trials):
            process, counts = one_trial(Trial(where, SENDERS[protocol]()), process, moments.uniform(0.3, 5), resend=resend)
            work.keep({"item": name, "trial": number, **counts})
            total = {k: total[k] + counts[k] for k in total}
    finally:
        stop(process)
    note = f"{trials} trials, {total['acked']:,} acknowledged; lost {total['lost']}, doubled {total['doubled']}, torn {total['torn']}"
    note += f"; of {total['resent']} cut-off batches sent again {total['resent_twice']} are there twice" if resend else ""
    wrong = total["lost"] + total["doubled"] + total["torn"] if total["acked"] else None
    return [Figure(name, wrong, "items", "== 0", note)]
