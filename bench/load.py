"""Throughput by CPU-second, overload, and how soon what was acknowledged can be found; the requests come from the load tools."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.server import OPENER, Place, rss_bytes, running
from bench.table import Figure
from bench.work import Work

INDEXES = {"traces": "traces", "logs": "main", "metrics": "metrics"}
THROUGHPUT = {
    "spans-http": ("traces", "http-protobuf", 10, 100_000),
    "spans-grpc": ("traces", "grpc", 10, 80_000),
    "logs-http": ("logs", "http-protobuf", 8, 85_000),
    "metrics-http": ("metrics", "http-protobuf", 4, 105_000),
}
UNITS = {"traces": "spans/CPU-s", "logs": "records/CPU-s", "metrics": "points/CPU-s"}


def count_command(where: Place, signal: str) -> str:
    """Shell command that prints how many items of the tools' `{run}` are visible."""
    return where.search_command(f"index={INDEXES[signal]} load.run=run-RUN | stats count").replace("RUN", "{run}")


def otlp_load(work: Work, where: Place, pid: int, signal: str, protocol: str, *options: str) -> dict[str, object]:
    """One run of the load tool, its JSON."""
    url = f"127.0.0.1:{where.grpc}" if protocol == "grpc" else where.url
    command = [sys.executable, str(work.tools / "otlp_load.py"), signal, "--url", url, "--protocol", protocol, "--pid", str(pid), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"bench: {' '.join(command)}\n{done.stderr}")
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    work.keep(result)
    return result


def throughput(work: Work, name: str) -> list[Figure]:
    """Closed loop, 4 connections, 512 items a request; CPU until everything is visible and merges are done."""
    signal, protocol, attributes, goal = THROUGHPUT[name]
    seconds = 10 if work.quick else 20
    with running(work.folder(name)) as (where, pid):
        # One short run first: imports, first parts and caches are start-up, not throughput.
        otlp_load(
            work,
            where,
            pid,
            signal,
            protocol,
            "--batches",
            "8",
            "--attributes",
            str(attributes),
            "--count-command",
            count_command(where, signal),
        )
        result = otlp_load(
            work, where, pid, signal, protocol, "--connections", "4", "--items", "512", "--attributes", str(attributes), "--seconds", str(seconds),
            "--settle", "60", "--count-command", count_command(where, signal), "--count-every", "2",
        )  # fmt: skip
    work.peak[signal, protocol] = float(str(result["acked_per_s"]))
    note = f"{result['acked_per_s']:,}/s wall, ack p99 {result['ack_ms_p99']} ms, RSS {result['server_rss_peak_mb']} MB"
    complete = result["all_visible"] and result["visible"] == result["acked"] and not result["failed"]
    problem = "" if complete else f"; NOT COMPLETE: visible {result['visible']} of {result['acked']}, failed {result['failed']}"
    return [Figure(name, float(str(result["items_per_cpu_s"])), UNITS[signal], f">= {goal}", note + problem)]


def spans_http(work: Work) -> list[Figure]:
    """Spans over OTLP/HTTP."""
    return throughput(work, "spans-http")


def spans_grpc(work: Work) -> list[Figure]:
    """Spans over OTLP/gRPC."""
    return throughput(work, "spans-grpc")


def logs_http(work: Work) -> list[Figure]:
    """Log records over OTLP/HTTP."""
    return throughput(work, "logs-http")


def metrics_http(work: Work) -> list[Figure]:
    """Metric points over OTLP/HTTP."""
    return throughput(work, "metrics-http")


def probe(where: Place) -> float:
    """Seconds from the acknowledgement of one span until a search by its trace id finds it."""
    trace_id, now = os.urandom(16), time.time_ns()
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = trace_id, os.urandom(8), "probe"
    span.start_time_unix_nano = span.end_time_unix_nano = now
    body, headers = request.SerializeToString(), {"content-type": "application/x-protobuf"}
    while True:
        try:
            OPENER.open(urllib.request.Request(f"{where.url}/v1/traces", body, headers), timeout=30).close()
            break
        except urllib.error.HTTPError as error:
            if error.code not in (429, 503):
                raise
            time.sleep(0.2)
    acknowledged = time.monotonic()
    while not where.rows(f"index=traces trace_id={trace_id.hex()} | fields trace_id"):
        if time.monotonic() - acknowledged > 30:
            return 30.0
        time.sleep(0.02)
    return time.monotonic() - acknowledged


def lag(work: Work) -> list[Figure]:
    """Open loop at half the measured maximum; single spans sent between, each looked for by its trace id."""
    seconds = 20 if work.quick else 90
    if ("traces", "http-protobuf") not in work.peak:
        spans_http(work)
    rate = work.peak["traces", "http-protobuf"] / 2
    lags: list[float] = []
    with running(work.folder("lag")) as (where, pid):
        probe(where)
        options = ("--rate", f"{rate:.0f}", "--seconds", str(seconds), "--connections", "4", "--items", "512", "--attributes", "10")
        thread = threading.Thread(target=otlp_load, args=(work, where, pid, "traces", "http-protobuf", *options))
        thread.start()
        time.sleep(2)
        while thread.is_alive():
            lags.append(probe(where))
        thread.join()
    lags.sort()
    p99 = lags[min(len(lags) - 1, int(0.99 * len(lags)))]
    note = f"{len(lags)} probes at {rate:,.0f} spans/s; median {statistics.median(lags):.2f} s, worst {lags[-1]:.2f} s"
    return [Figure("visible-lag p99", round(p99, 3), "s", "<= 1", note)]


def overload(work: Work) -> list[Figure]:
    """As fast as 16 connections can for ten minutes: refusals are fine, losses are not, memory is bounded."""
    seconds = 60 if work.quick else 600
    with running(work.folder("overload")) as (where, pid):
        result = otlp_load(
            work, where, pid, "traces", "http-protobuf", "--connections", "16", "--items", "512", "--attributes", "10", "--seconds", str(seconds),
            "--settle", "120", "--count-command", count_command(where, "traces"), "--count-every", "5", "--count-timeout", "900",
        )  # fmt: skip
        after = rss_bytes(pid)
    acked, visible = int(str(result["acked"])), int(str(result["visible"]))
    note = (
        f"{seconds} s, 16 connections, {acked:,} acknowledged, refusals {result['refusals']}, all visible after {result['visible_lag_s']} s"
    )
    return [
        Figure("overload failed", float(str(result["failed"])), "items", "== 0", note),
        Figure("overload missing", acked - visible, "items", "== 0", "acknowledged but not found afterwards; negative = doubled"),
        Figure("overload peak RSS", float(str(result["server_rss_peak_mb"])), "MB", "<= 1200", f"{after / 1e6:.0f} MB when settled"),
    ]
