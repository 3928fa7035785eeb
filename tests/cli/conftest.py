"""A real server in its own process, and a plain HTTP stand-in whose answers a test writes."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

PILOTAGE = [sys.executable, "-c", "from pilotage.cli import main; main()"]
FIRST = 1_767_607_190_123_456_789


def records(count):
    """An OTLP request: `count` records a second apart with a number and a colour."""
    request = ExportLogsServiceRequest()
    lines = request.resource_logs.add().scope_logs.add().log_records
    for number in range(count):
        record = lines.add(time_unix_nano=FIRST + number * 1_000_000_000)
        record.body.string_value = f"line {number}"
        record.attributes.add(key="n").value.int_value = number
        record.attributes.add(key="colour").value.string_value = ("red", "blue")[number % 2]
    return request.SerializeToString()


@contextlib.contextmanager
def running(data):
    """A server on `data`; `run(*words)` runs the command line against it."""
    command = [*PILOTAGE, "serve", "--data", str(data), "--port", "0", "--grpc-port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    started = threading.Event()
    found = {}

    def read():
        for line in process.stderr:
            event = json.loads(line)
            if event["event"] == "server started":
                found["url"] = event["url"]
                started.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert started.wait(60)
        url = found["url"]
        yield SimpleNamespace(url=url, run=lambda *words, **how: run(*words, "--url", url, **how), settle=lambda: settle(url))
    finally:
        process.terminate()
        process.wait(30)
        reader.join()
        process.stderr.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """A running server that holds ten records in `main`."""
    with running(tmp_path_factory.mktemp("server") / "data") as found:
        fill(found.url, 10)
        yield found


@pytest.fixture
def second_server():
    """`start(data)` for one more server, `command(*words)` for the command line without one."""
    with contextlib.ExitStack() as stack:
        yield SimpleNamespace(start=lambda data: stack.enter_context(running(data)), command=run)


def fill(url, count):
    with contextlib.closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)) as connection:
        connection.request("POST", "/v1/logs", records(count), {"Content-Type": "application/x-protobuf"})
        assert connection.getresponse().read() == b""
    settle(url)


def settle(url):
    """Wait until everything acknowledged is loaded."""
    with contextlib.closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)) as connection:
        for _ in range(600):
            connection.request("GET", "/api/v1/status")
            pipelines = json.loads(connection.getresponse().read())["pipelines"]
            if sum(each["acknowledged"] for each in pipelines) == sum(each["loaded"] + each["buried"] for each in pipelines):
                return
            threading.Event().wait(0.05)
    raise AssertionError(pipelines)


def run(*words, **how):
    return subprocess.run([*PILOTAGE, *words], capture_output=True, text=True, check=False, timeout=60, **how)


class StandIn:
    """Answers each request with the next of `answers` (status, headers, document), the last one for ever; keeps what came."""

    def __init__(self):
        self.answers = [(200, {}, {})]
        self.requests = []
        self._release = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                outer.requests.append(SimpleNamespace(method=self.command, path=self.path, headers=self.headers, body=body))
                status, headers, document = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                answer = json.dumps(document).encode()
                held = outer._release is not None and self.command == "POST"
                first = b'{"n":1}\n' if held else b""
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(first) + len(answer))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if held:
                    self.wfile.write(first)
                    self.wfile.flush()
                    outer._release.wait(60)
                self.wfile.write(answer)

            do_GET = do_DELETE = do_POST  # noqa: N815 - the names http.server looks for

            def log_message(self, *_):
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def hold(self, release):
        """Send the head of the answer to a POST and one row, the rest of its body only when `release` is set."""
        self._release = release

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def stand_in():
    made = StandIn()
    yield made
    made.close()
