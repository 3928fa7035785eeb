"""A server process under measurement: started on free ports and a folder of its own, its CPU and memory read from outside."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

PILOTAGE = Path(sys.executable).with_name("pilotage")
READY_S = 120
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


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


def cpu_seconds(pid: int) -> float:
    """User and system seconds of the process and everything below it, ended children included."""
    total = 0.0
    root = psutil.Process(pid)
    for process in (root, *root.children(recursive=True)):
        try:
            t = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += t.user + t.system + t.children_user + t.children_system
    return total


def rss_bytes(pid: int) -> int:
    """Resident bytes of the process and everything below it."""
    root = psutil.Process(pid)
    total = 0
    for process in (root, *root.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server keeps its data and listens; the same after a restart."""

    folder: Path
    http: int
    grpc: int
    options: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Base address of the HTTP port."""
        return f"http://127.0.0.1:{self.http}"

    @property
    def command(self) -> list[str]:
        """The command line of the server."""
        ports = ["--port", str(self.http), "--grpc-port", str(self.grpc)]
        return [str(PILOTAGE), "serve", "--data", str(self.folder / "data"), *ports, *self.options]

    def search_command(self, query: str) -> str:
        """A shell command that prints the rows of `query` as CSV."""
        return shlex.join([str(PILOTAGE), "search", "--url", self.url, "--format", "csv", query])

    def healthy(self) -> bool:
        """Whether `/healthz` answers 200."""
        return self._says_yes("/healthz")

    def loaded(self) -> bool:
        """Whether `/readyz` answers 200: what was acknowledged before the start has become rows."""
        return self._says_yes("/readyz")

    def _says_yes(self, path: str) -> bool:
        try:
            with OPENER.open(f"{self.url}{path}", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def rows(self, query: str, token: str = "any") -> list[dict[str, object]]:
        """The rows of a search over the API."""
        body = json.dumps({"query": query}).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        with OPENER.open(urllib.request.Request(f"{self.url}/api/v1/search", body, headers), timeout=120) as answer:
            return [json.loads(line) for line in answer]


def place(folder: Path, *options: str) -> Place:
    """A new place in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    http, grpc = free_ports(2)
    return Place(folder, http, grpc, options)


def start(where: Place) -> subprocess.Popen[bytes]:
    """Start the server, wait until it is healthy."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PILOTAGE_", "OTEL_"))}
    with (where.folder / "server.log").open("ab") as log:
        process = subprocess.Popen(where.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment, start_new_session=True)
    end = time.monotonic() + READY_S
    while not where.healthy():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            sys.exit(
                f"bench: the server is not healthy (exit {process.poll()}); its log ends:\n{(where.folder / 'server.log').read_text()[-3000:]}"
            )
        time.sleep(0.01)
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server as a user would."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        print("bench: the server had to be killed", file=sys.stderr)


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[Place, int]]:
    """A healthy server in `folder` for the time of the block; its place and process id."""
    where = place(folder, *options)
    process = start(where)
    try:
        yield where, process.pid
    finally:
        stop(process)


def idle(pid: int, limit_s: float) -> None:
    """Until the server has used under 3 % of a core for two seconds, merges included."""
    quiet, end = 0, time.monotonic() + limit_s
    while quiet < 2 and time.monotonic() < end:
        before = cpu_seconds(pid)
        time.sleep(1)
        quiet = quiet + 1 if cpu_seconds(pid) - before < 0.03 else 0
