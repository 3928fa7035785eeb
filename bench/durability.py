"""Kill the server at random moments under load and count what was lost or doubled."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from collections.abc import Callable

from bench import kill9, kill9_hec
from bench.load import INDEXES
from bench.server import place
from bench.table import Figure
from bench.work import Work


def _trials(work: Work, protocol: str, *, resend: bool) -> list[Figure]:
    name = f"kill9-{protocol}{'-resend' if resend else ''}"
    where = place(work.folder(name))
    trials = 3 if work.quick else 20
    url = f"127.0.0.1:{where.grpc}" if protocol == "grpc" else where.url
    batches = where.search_command(f"index={INDEXES['traces']} load.run=run-RUN | stats count by load.batch").replace("RUN", "{run}")
    command = [
        sys.executable, str(work.tools / "kill9.py"), "--server", f"exec {shlex.join(where.command)}", "--ready-url", f"{where.url}/healthz",
        "--batches-command", batches, "--protocol", protocol, "--url", url, "--trials", str(trials), "--log", str(where.folder / "server.log"),
        *(["--resend"] if resend else []),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    for line in lines:
        work.keep({"item": name, **line})
    if not lines or "lost" not in lines[-1]:
        return [Figure(name, None, "items", "== 0", (done.stderr.strip().splitlines() or ["no result"])[-1][:200])]
    total = lines[-1]
    wrong = total["lost"] + total["duplicated"] + total["unacked_partial"]
    note = f"{trials} trials, {total['acked_items']:,} acknowledged; lost {total['lost']}, doubled {total['duplicated']}, torn {total['unacked_partial']}"
    return [Figure(name, wrong, "items", "== 0", note)]


def kill9_http(work: Work) -> list[Figure]:
    """OTLP/HTTP, with and without the client sending again what was not acknowledged."""
    return _trials(work, "http-protobuf", resend=False) + _trials(work, "http-protobuf", resend=True)


def kill9_grpc(work: Work) -> list[Figure]:
    """OTLP/gRPC, likewise."""
    return _trials(work, "grpc", resend=False) + _trials(work, "grpc", resend=True)


def kill9_hec_ack(work: Work) -> list[Figure]:
    """Splunk HEC with indexer acknowledgement, likewise."""
    return kill9_hec.figures(work, resend=False) + kill9_hec.figures(work, resend=True)


def answered(protocol: str) -> Callable[[Work], list[Figure]]:
    """A protocol whose acknowledgement is its answer, likewise."""

    def measure(work: Work) -> list[Figure]:
        return kill9.figures(work, protocol, resend=False) + kill9.figures(work, protocol, resend=True)

    return measure
