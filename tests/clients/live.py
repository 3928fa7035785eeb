"""A real server in a process of its own, on free ports and a temporary data directory, and searches through the command line."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

READY_S = 60.0
VISIBLE_S = 30.0
PILOTAGE = Path(sys.executable).with_name("pilotage")

Row = dict[str, object]
T = TypeVar("T")


def free_ports(count: int) -> list[int]:
    """Ports nobody listened on a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [int(s.getsockname()[1]) for s in sockets]
    finally:
        for s in sockets:
            s.close()


def until(what: str, probe: Callable[[], T | None], limit_s: float) -> T:
    """Ask `probe` until it gives a value; fail with `what` after `limit_s`."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if (value := probe()) is not None:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {limit_s:g} s: {what}")


@dataclass
class Server:
    """Where a started server listens."""

    process: subprocess.Popen[bytes]
    url: str
    grpc: str
    log: Path

    def search(self, query: str, *options: str) -> list[Row]:
        """All rows of a search, numbers with a fraction as `Decimal`."""
        command = [PILOTAGE, "search", "--url", self.url, "--format", "json", *options, query]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
        assert done.returncode == 0, f"{query}\nexit {done.returncode}\n{done.stderr}{self.tail()}"
        return [json.loads(line, parse_float=Decimal) for line in done.stdout.splitlines()]

    def count(self, query: str) -> int:
        """How many events match."""
        return int(str(self.search(f"{query} | stats count")[0]["count"]))

    def wait_for(self, query: str, wanted: int) -> None:
        """Until at least `wanted` events match."""
        seen = [0]

        def probe() -> bool | None:
            seen[0] = self.count(query)
            return True if seen[0] >= wanted else None

        try:
            until("", probe, VISIBLE_S)
        except AssertionError:
            raise AssertionError(f"{query}: {seen[0]} of {wanted} events after {VISIBLE_S:g} s{self.tail()}") from None

    def tail(self) -> str:
        """The end of what the server wrote, for a failing test's message."""
        return "\n-- server --\n" + self.log.read_text(errors="replace")[-3000:]


def environment() -> dict[str, str]:
    """The environment without settings that could point a client elsewhere."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PILOTAGE_", "OTEL_")) and "proxy" not in k.lower()}


def start(folder: Path, *options: str) -> Server:
    """Start `pilotage serve` on `folder` and wait until it can accept and answer."""
    http, grpc = free_ports(2)
    log = folder / "server.log"
    command = [PILOTAGE, "serve", "--data", folder / "data", "--port", str(http), "--grpc-port", str(grpc), *options]
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=environment())
    server = Server(process, f"http://127.0.0.1:{http}", f"127.0.0.1:{grpc}", log)

    def healthy() -> bool | None:
        assert process.poll() is None, f"the server ended with {process.returncode}{server.tail()}"
        try:
            with urllib.request.urlopen(f"{server.url}/healthz", timeout=5) as answer:
                return True if answer.status == 200 else None
        except (urllib.error.URLError, OSError):
            return None

    try:
        until(f"healthy{server.tail()}", healthy, READY_S)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return server


def stop(server: Server) -> int:
    """Ask the server to stop; its exit code."""
    server.process.send_signal(signal.SIGTERM)
    try:
        return server.process.wait(20)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
        raise AssertionError(f"the server did not stop within 20 s of SIGTERM{server.tail()}") from None
