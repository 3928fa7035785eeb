"""Instrumented JSON-over-HTTP on loopback: a service on an ephemeral port, and the call that propagates the trace to it."""

from __future__ import annotations

import http.client
import json
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry import propagate
from opentelemetry._logs import SeverityNumber
from opentelemetry.trace import SpanKind, Status, StatusCode

from pilotage.demo.telemetry import Attributes, Service, record

WEIGHT_HEADER = "x-sample-weight"
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)

Document = Mapping[str, object]
Answer = Callable[[Document, int], Document]


class Server:
    """Serves `POST path` for each entry of `routes`: a JSON object and the request's weight in, a JSON object out.

    Every request is a SERVER span and a point of `http.server.request.duration`; an exception of the handler is an answer
    500, recorded on the span and as an ERROR log of the same trace.
    """

    def __init__(self, service: Service, routes: Mapping[str, Answer]) -> None:
        self._service = service
        self._routes = dict(routes)
        self._durations = service.meter.create_histogram(
            "http.server.request.duration",
            unit="s",
            description="Duration of HTTP server requests",
            explicit_bucket_boundaries_advisory=BOUNDS,
        )
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name=service.name, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The ephemeral loopback port."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop accepting and end the server's thread."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and body for one request, with its telemetry."""
        handler = self._routes.get(path)
        if handler is None:
            return 404, b'{"error":"no such path"}'
        weight = int(headers.get(WEIGHT_HEADER, "1"))
        common: Attributes = {"http.request.method": "POST", "http.route": path}
        attributes = {**common, "url.path": path, "url.scheme": "http", "server.address": "127.0.0.1", "server.port": self.port}
        begun = time.perf_counter()
        with self._service.tracer.start_as_current_span(
            f"POST {path}",
            propagate.extract(headers),
            SpanKind.SERVER,
            attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                status, reply = 200, handler(json.loads(body), weight)
            except Exception as error:  # noqa: BLE001  # the boundary of a service: any failure is its answer 500
                status, reply = 500, {"error": str(error)}
                name = type(error).__name__
                span.record_exception(error)
                span.set_status(Status(StatusCode.ERROR, str(error)))
                span.set_attribute("error.type", name)
                details = {"exception.type": name, "exception.message": str(error), "exception.stacktrace": traceback.format_exc()}
                self._service.event("exception", f"POST {path} failed: {name}: {error}", details, SeverityNumber.ERROR)
            span.set_attribute("http.response.status_code", status)
            record(self._durations, time.perf_counter() - begun, weight, {**common, "http.response.status_code": status})
        return status, json.dumps(reply).encode()


def call(client: Service, port: int, path: str, document: Document, weight: int = 1) -> tuple[int, Document]:
    """POST a JSON object from `client` to a service on loopback under a CLIENT span; status and answer. OSError if nobody listens."""
    attributes: Attributes = {
        "http.request.method": "POST",
        "url.full": f"http://127.0.0.1:{port}{path}",
        "server.address": "127.0.0.1",
        "server.port": port,
    }
    with client.tracer.start_as_current_span("POST", kind=SpanKind.CLIENT, attributes=dict(attributes)) as span:
        headers = {"content-type": "application/json", WEIGHT_HEADER: str(weight)}
        propagate.inject(headers)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", path, json.dumps(document), headers)
            response = connection.getresponse()
            reply = json.loads(response.read())
        finally:
            connection.close()
        span.set_attribute("http.response.status_code", response.status)
        if response.status >= 400:
            span.set_status(Status(StatusCode.ERROR))
            span.set_attribute("error.type", str(response.status))
        return response.status, reply


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            status, reply = server.answer(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the span says it."""

    return Handler
