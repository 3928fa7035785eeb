"""The whole server in its own process: start, refusals to start, stop, restart."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import grpc
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

EXPORT = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"


def request_of(count):
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    for number in range(count):
        records.add(time_unix_nano=1_767_607_190_000_000_000 + number).body.string_value = f"line {number}"
    return request.SerializeToString()


class Process:
    """`pilotage serve` on free ports; `url` and ports come from its own log."""

    def __init__(self, data, *flags):
        command = [
            sys.executable,
            "-c",
            "from pilotage.cli import main; main()",
            "serve",
            "--data",
            str(data),
            "--port",
            "0",
            "--grpc-port",
            "0",
            *flags,
        ]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.events = []
        self.started = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            self.events.append(json.loads(line) if line.startswith("{") else {"event": line})
            if self.events[-1]["event"] == "server started":
                self.started.set()
        self.started.set()

    def wait_started(self):
        assert self.started.wait(60)
        (event,) = [each for each in self.events if each["event"] == "server started"]
        self.port, self.grpc_port = int(event["url"].rpartition(":")[2]), event["grpc_port"]
        return self

    def call(self, method, path, body=None, headers=None, connect=http.client.HTTPConnection):
        with contextlib.closing(connect("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return response.status, response.read()

    def pipeline(self, stream):
        found = json.loads(self.call("GET", "/api/v1/status")[1])["pipelines"]
        return next((each for each in found if each["stream"] == stream), None)

    def loaded(self, stream, count):
        until = time.monotonic() + 60
        while time.monotonic() < until:
            found = self.pipeline(stream)
            if found and found["loaded"] >= count:
                return found
            threading.Event().wait(0.1)
        raise AssertionError(self.events)

    def wait_ready(self):
        until = time.monotonic() + 60
        while self.call("GET", "/readyz")[0] != 200:
            assert time.monotonic() < until
            threading.Event().wait(0.05)

    def search(self, query):
        status, body = self.call("POST", "/api/v1/search", json.dumps({"query": query}))
        assert status == 200, body
        return [json.loads(line) for line in body.splitlines()]

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(60)
        self._reader.join()
        self.process.stderr.close()
        return code


@pytest.fixture
def start(tmp_path):
    running = []

    def start(*flags, data=None):
        running.append(Process(data or tmp_path / "data", *flags))
        return running[-1]

    yield start
    for each in running:
        each.end(signal.SIGKILL)


def test_life_of_a_server(start):
    server = start().wait_started()
    assert server.call("GET", "/healthz")[0] == 200
    status, _ = server.call("POST", "/v1/logs", request_of(3), {"Content-Type": "application/x-protobuf"})
    assert status == 200
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        assert channel.unary_unary(EXPORT)(request_of(4)) == b""
    found = server.loaded("otlp-logs-protobuf", 7)
    assert (found["acknowledged"], found["buried"], found["stalled"]) == (7, 0, False)

    second = start()
    assert second.end(0) == 1
    assert "data-locked" in second.events[0]["event"]

    assert server.end() == 0
    assert [each["event"] for each in server.events][-2:] == ["server stopping", "server stopped"]

    again = start().wait_started()
    indexes = json.loads(again.call("GET", "/api/v1/indexes")[1])
    assert {each["name"]: each["rows"] for each in indexes}["main"] == 7
    again.wait_ready()
    assert again.end(signal.SIGINT) == 0


def test_what_a_killed_server_acknowledged_is_loaded_by_the_next(start):
    server = start().wait_started()
    for count in (5, 6):
        assert server.call("POST", "/v1/logs", request_of(count), {"Content-Type": "application/x-protobuf"})[0] == 200
    assert server.end(signal.SIGKILL) == -9
    again = start().wait_started()
    again.wait_ready()
    indexes = json.loads(again.call("GET", "/api/v1/indexes")[1])
    assert {each["name"]: each["rows"] for each in indexes}["main"] == 11


def test_own_events_and_figures_are_searchable(start):
    server = start().wait_started()
    assert server.call("POST", "/v1/logs", request_of(3), {"Content-Type": "application/x-protobuf"})[0] == 200
    server.loaded("otlp-logs-protobuf", 3)
    until = time.monotonic() + 60
    while not any(each["event"] == "telemetry started" for each in server.events):
        assert time.monotonic() < until
        threading.Event().wait(0.05)
    # A stop hands over what is left, so that nobody has to wait for the next collection.
    assert server.end() == 0
    again = start().wait_started()
    again.wait_ready()
    assert again.search('index=_internal event_name="server stopping" | stats count') == [{"count": 1}]
    figures = again.search("index=_internal metric_name=pilotage.ingest.* | stats max(_value) as v by metric_name")
    found = {each["metric_name"]: each["v"] for each in figures}
    assert (found["pilotage.ingest.acknowledged"], found["pilotage.ingest.loaded"], found["pilotage.ingest.stalled"]) == (3, 3, 0)


@pytest.mark.parametrize(
    ("flags", "config", "code"),
    [
        (("--host", "0.0.0.0"), None, "unprotected"),
        (("--tls-cert", "missing.pem"), None, "tls-incomplete"),
        (("--tls-cert", "missing.pem", "--tls-key", "missing.pem"), None, "tls-unreadable"),
        ((), "[limit]", "bad-configuration"),
        (("--store", "oracle://x"), None, "unknown-store"),
    ],
)
def test_refusals_to_start_say_the_remedy(start, tmp_path, flags, config, code):
    if config:
        (tmp_path / "p.toml").write_text(config)
        flags = (*flags, "--config", str(tmp_path / "p.toml"))
    server = start(*flags)
    assert server.end(0) == 1
    text = "".join(each["event"] for each in server.events)
    assert text.startswith(f"{code}: ")
    assert "Traceback" not in text


def test_a_taken_port_is_named(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = start("--port", str(taken.getsockname()[1]))
        assert server.end(0) == 1
        assert "port-taken" in "".join(each["event"] for each in server.events)


def test_tls_on_both_ports(start, tmp_path):
    cert, key = tmp_path / "c.pem", tmp_path / "k.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", *subject, *files],
        check=True,
        capture_output=True,
    )
    server = start("--tls-cert", str(cert), "--tls-key", str(key)).wait_started()
    context = ssl.create_default_context(cafile=str(cert))
    status, _ = server.call("GET", "/healthz", connect=lambda *a, **k: http.client.HTTPSConnection(*a, context=context, **k))
    assert status == 200
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        server.call("GET", "/healthz")
    credentials = grpc.ssl_channel_credentials(cert.read_bytes())
    with grpc.secure_channel(f"127.0.0.1:{server.grpc_port}", credentials) as channel:
        assert channel.unary_unary(EXPORT)(request_of(1)) == b""
