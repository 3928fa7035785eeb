"""A tiny OTLP receiver that keeps what it is sent, and services whose telemetry it gets."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

KINDS = {"/v1/traces": ExportTraceServiceRequest, "/v1/metrics": ExportMetricsServiceRequest, "/v1/logs": ExportLogsServiceRequest}


def attributes(items) -> dict:
    return {item.key: getattr(item.value, item.value.WhichOneof("value")) for item in items}


@dataclass
class Recorder:
    """What arrived, and what to answer: `refusals` are statuses used up one a request, `rows` the answer to a search."""

    port: int = 0
    requests: list = field(default_factory=list)
    headers: list = field(default_factory=list)
    searches: list = field(default_factory=list)
    refusals: list = field(default_factory=list)
    rows: list | None = None
    arrived: threading.Condition = field(default_factory=threading.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def messages(self, path: str) -> list:
        with self.arrived:
            return [KINDS[path].FromString(body) for where, body in self.requests if where == path]

    def spans(self) -> list[tuple[str, object, dict]]:
        return [
            (attributes(group.resource.attributes)["service.name"], span, attributes(span.attributes))
            for message in self.messages("/v1/traces")
            for group in message.resource_spans
            for scope in group.scope_spans
            for span in scope.spans
        ]

    def logs(self) -> list[tuple[str, object, dict]]:
        return [
            (attributes(group.resource.attributes)["service.name"], record, attributes(record.attributes))
            for message in self.messages("/v1/logs")
            for group in message.resource_logs
            for scope in group.scope_logs
            for record in scope.log_records
        ]

    def metrics(self) -> list[tuple[str, object]]:
        return [
            (attributes(group.resource.attributes)["service.name"], metric)
            for message in self.messages("/v1/metrics")
            for group in message.resource_metrics
            for scope in group.scope_metrics
            for metric in scope.metrics
        ]

    def wait(self, wanted, timeout: float = 30) -> None:
        """Until `wanted()` holds, looked at after every request."""
        with self.arrived:
            assert self.arrived.wait_for(wanted, timeout), "what was waited for did not arrive"

    def take(self, path: str, body: bytes, headers: dict) -> tuple[int, bytes]:
        with self.arrived:
            if path == "/api/v1/search":
                self.searches.append(json.loads(body)["query"])
                reply = (404, b"") if self.rows is None else (200, b"".join(json.dumps(row).encode() + b"\n" for row in self.rows))
            elif self.refusals:
                reply = (self.refusals.pop(0), b"no")
            else:
                self.requests.append((path, body))
                self.headers.append(headers)
                reply = (200, b"")
            self.arrived.notify_all()
            return reply


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    kept = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.reply(200, b"")

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            self.reply(*kept.take(self.path, body, {k.lower(): v for k, v in self.headers.items()}))

        def reply(self, status, body):
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            if status == 503:
                self.send_header("retry-after", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield kept
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def clock():
    from pilotage.demo.clock import Clock

    return Clock()


@pytest.fixture
def telemetry(recorder, clock):
    """Services that send to the recorder; what they recorded is there after `telemetry.close()`."""
    from pilotage.demo.telemetry import Telemetry

    kept = Telemetry(recorder.url, "secret", clock)
    yield kept
    kept.close()
