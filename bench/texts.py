"""Text protocols by CPU-second: Sumo lines, HEC events and Loki entries, without rules and with five that look for patterns.

Closed loop over four connections, 500 items a request, bodies made beforehand; the server's CPU until everything is loaded. One line in
twenty holds what two of the rules hide.
"""

from __future__ import annotations

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench.protobuf import loki_push
from bench.server import Place, cpu_seconds, running
from bench.table import Figure
from bench.work import Work

ITEMS = 500
POOL = 40
CONNECTIONS = 4
GOAL = 80_000
RULES = """
[[redact]]
name = "card"
pattern = '\\b\\d{4}-\\d{4}-\\d{4}-\\d{4}\\b'
[[redact]]
name = "mail"
pattern = '[\\w.+-]+@[\\w-]+\\.[\\w.]+'
[[redact]]
name = "bearer"
pattern = '[Bb]earer [A-Za-z0-9._-]{8,}'
[[redact]]
name = "key"
pattern = 'AKIA[0-9A-Z]{16}'
[[redact]]
name = "number"
pattern = '\\b\\d{3}-\\d{2}-\\d{4}\\b'
"""


def _lines(seed: int) -> list[str]:
    chance = random.Random(seed)
    found = []
    for n in range(ITEMS):
        secret = " mail ada@example.org card 4111-1111-1111-1111" if chance.random() < 0.05 else ""
        found.append(f"level=info user={chance.randrange(10_000)} took {chance.random() * 900:.1f} ms path=/cart/{n % 37}{secret}")
    return found


def _sumo(lines: list[str], now: int) -> bytes:
    stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now // 10**9))
    return "\n".join(f"{stamp},{n % 1000:03} {line}" for n, line in enumerate(lines)).encode()


def _hec(lines: list[str], now: int) -> bytes:
    return "".join(json.dumps({"time": now / 1e9, "event": line, "host": "h1", "sourcetype": "app"}) for line in lines).encode()


def _loki(lines: list[str], now: int) -> bytes:
    return loki_push('{service_name="pay", level="info"}', lines, now)


PROTOCOLS: dict[str, tuple[str, dict[str, str], Callable[[list[str], int], bytes]]] = {
    "sumo": ("/receiver/v1/http/bench", {"Content-Type": "text/plain"}, _sumo),
    "hec": ("/services/collector/event", {"Authorization": "Splunk bench"}, _hec),
    "loki": ("/loki/api/v1/push", {"Content-Type": "application/x-protobuf"}, _loki),
}


def _push(where: Place, protocol: str, bodies: list[bytes], seconds: float) -> int:
    """Items acknowledged."""
    path, headers, _ = PROTOCOLS[protocol]
    turns = itertools.count()
    sent: list[int] = []
    end = time.monotonic() + seconds

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", where.http, timeout=60)
        mine = 0
        while time.monotonic() < end:
            connection.request("POST", path, bodies[next(turns) % len(bodies)], headers)
            answer = connection.getresponse()
            answer.read()
            mine += ITEMS * (answer.status < 300)
        sent.append(mine)

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(sent)


def _settled(where: Place, pid: int) -> None:
    """Until nothing waits to be loaded and the process is quiet."""
    quiet = 0
    while quiet < 3:
        before = cpu_seconds(pid)
        time.sleep(1)
        quiet = quiet + 1 if where.loaded() and cpu_seconds(pid) - before < 0.1 else 0


def _rate(work: Work, protocol: str, rules: Path | None) -> tuple[float, str]:
    options = ("--config", str(rules)) if rules is not None else ()
    bodies = [PROTOCOLS[protocol][2](_lines(seed), time.time_ns()) for seed in range(POOL)]
    folder = work.folder(f"texts-{protocol}{'-rules' if rules else ''}")
    with running(folder, *options) as (where, pid):
        _push(where, protocol, bodies, 2)
        _settled(where, pid)
        start = cpu_seconds(pid)
        items = _push(where, protocol, bodies, 8 if work.quick else 20)
        _settled(where, pid)
        spent = cpu_seconds(pid) - start
    return items / spent, f"{items:,} items, {spent:.1f} CPU-s"


def texts(work: Work) -> list[Figure]:
    """Every protocol without and with rules."""
    rules = work.folder("texts-config") / "rules.toml"
    rules.write_text(RULES)
    found = []
    for protocol in PROTOCOLS:
        plain, note = _rate(work, protocol, None)
        found.append(Figure(f"{protocol} items", plain, "items/CPU-s", f">= {GOAL}", note))
        ruled, note = _rate(work, protocol, rules)
        found.append(Figure(f"{protocol} share with five rules", 100 * ruled / plain, "%", ">= 50", f"{ruled:,.0f} items/CPU-s; {note}"))
    return found
