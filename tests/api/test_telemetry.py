from __future__ import annotations

import logging
import subprocess
import sys
import threading
from types import SimpleNamespace

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from pilotage.api.pipelines import Pipeline, Refusal
from pilotage.api.sources.report import TOLD, Source
from pilotage.api.telemetry import Telemetry


def sources():
    """Two more than are told one by one; the slowest two send 1 and 2 rows a second. One of the server's own."""
    names = [("main", number) for number in range(1, TOLD + 3)] + [("_internal", 999)]
    return [
        Source(f"id{rate}", "logs", index, f"s{rate}", "st", "h", "svc", "ok", None, 0, 0, 1_000, 9, rate, rate, rate, 0.5, 1, None, None)
        for index, rate in names
    ]


@pytest.fixture
def handed():
    """What a Telemetry handed over, after one event and one collection."""
    stalled = Pipeline("logs", 1, 100, 10, 2, 8, 1, 50, 3.5, stalled=True, failing="disk")
    services = SimpleNamespace(
        pipelines=SimpleNamespace(report=lambda: [stalled], refusals=lambda: [Refusal("otlp", "token-invalid", 4)]),
        searches=SimpleNamespace(running=lambda: 2),
        intake=SimpleNamespace(sources=SimpleNamespace(sources=sources, senders=list, looked=1_100.0), rules=None),
    )
    found = {}
    lock = threading.Lock()

    def deliver(path, body):
        with lock:
            found.setdefault(path, []).append(body)
        return True

    telemetry = Telemetry(services, deliver)
    logging.getLogger("pilotage.test").error("pipeline stalled", extra={"stream": "logs", "backlog_bytes": 50})
    logging.getLogger("opentelemetry.sdk").error("must not feed itself")
    telemetry.close()
    return found


def test_gauges_and_counters_by_stream(handed):
    points = {}
    for body in handed["/v1/metrics"]:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in (m for scope in resource.scope_metrics for m in scope.metrics):
                data = metric.sum if metric.HasField("sum") else metric.gauge
                points[metric.name] = {
                    tuple(a.value.string_value for a in p.attributes): p.as_double if p.HasField("as_double") else p.as_int
                    for p in data.data_points
                }
    assert points["pilotage.ingest.acknowledged"] == {("logs",): 10}
    assert points["pilotage.ingest.loaded"] == {("logs",): 8}
    assert points["pilotage.ingest.backlog_bytes"] == {("logs",): 50}
    assert points["pilotage.ingest.lag_seconds"] == {("logs",): 3.5}
    assert points["pilotage.ingest.stalled"] == {("logs",): 1}
    assert points["pilotage.ingest.rejected"] == {("otlp", "token-invalid"): 4}
    assert points["pilotage.search.running"] == {(): 2}
    assert points["process.memory.usage"][()] > 1 << 20
    assert {"user", "system"} == {mode for (mode,) in points["process.cpu.time"]}
    assert points["pilotage.source.states"] == {("stored", "ok"): TOLD + 3}
    rates = {name[3] if len(name) > 2 else "rest": value for name, value in points["pilotage.source.rate"].items()}
    assert rates == {f"s{rate}": rate for rate in range(3, TOLD + 3)} | {"rest": 3}
    quiet = points["pilotage.source.quiet"]
    assert set(quiet.values()) == {100.0}
    assert len(quiet) == TOLD
    assert ("id5", "logs", "main", "s5", "st", "h", "svc", "ok") in quiet


def test_events_keep_name_severity_and_fields(handed):
    records = [
        record
        for body in handed["/v1/logs"]
        for resource in ExportLogsServiceRequest.FromString(body).resource_logs
        for scope in resource.scope_logs
        for record in scope.log_records
    ]
    (record,) = records
    assert (record.event_name, record.body.string_value, record.severity_text) == ("pipeline stalled", "pipeline stalled", "ERROR")
    fields = {each.key: each.value for each in record.attributes}
    assert (fields["stream"].string_value, fields["backlog_bytes"].int_value) == ("logs", 50)


def test_the_sdk_is_not_imported_by_a_start():
    code = "import sys, pilotage.api.serve; assert not [m for m in sys.modules if m.startswith('opentelemetry.sdk')]"
    subprocess.run([sys.executable, "-c", code], check=True)
