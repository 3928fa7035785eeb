"""The HTTP application on a loopback port in a thread, with an ingest and an engine whose behaviour a test chooses."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
import uvicorn

from pilotage.api.access import Access
from pilotage.api.app import App
from pilotage.api.connection import Connection
from pilotage.api.guard import Guard
from pilotage.api.searches import Searches
from pilotage.api.services import Services
from pilotage.api.settings import parse_settings
from pilotage.ingest.request import Reply, Route
from pilotage.model.problem import PilotageError, Problem, fail
from pilotage.schedule.clock import RunningClock
from pilotage.state.open import open_state


class EchoReceiver:
    """Answers with what arrived, so that a test sees what the wire made of it."""

    def __init__(self):
        self.requests = []

    def routes(self):
        return (
            Route("POST", "/v1/logs", "otlp"),
            Route("POST", "/services/collector", "hec"),
            Route("POST", "/api/v1/ingest/{index}", "files"),
            Route("POST", "/receiver/v1/http/{token}", "sumo"),
            Route("GET", "/", "elasticsearch", yields=True),
            Route("HEAD", "/{index}", "elasticsearch", yields=True),
            Route("POST", "/{index}/_bulk", "elasticsearch"),
            Route("GRPC", "/opentelemetry.proto.collector.logs.v1.LogsService/Export", "otlp"),
        )

    async def handle(self, route, request):
        self.requests.append(request)
        if request.method == "GRPC":
            if request.body == b"refuse":
                return Reply(503, b"", grpc_status=14, grpc_message="try later", grpc_details=b"\x08\x0e")
            return Reply(200, request.body[::-1], grpc_status=0)
        body = json.dumps({"protocol": route.protocol, "path": request.path, "size": len(request.body), "query": dict(request.query)})
        return Reply(200, body.encode())

    def refuse(self, route, request, problem):
        return Reply(413, f"{route.protocol}: {problem.code}".encode(), "text/plain")


class ChosenResult:
    """A result whose rows, columns and failure a test chose."""

    def __init__(self, engine, number, id):
        self.id = id or f"s{number}"
        self.kind = "table"
        self.columns = engine.columns
        self.messages = list(engine.messages)
        self.statistics = {"rows": len(engine.rows)}
        self._engine = engine
        self.cancelled = threading.Event()

    def ndjson(self):
        if self._engine.gate:
            assert self._engine.gate.wait(20)
        for row in self._engine.rows:
            yield json.dumps(row).encode() + b"\n"
        if self._engine.endless:
            while not self.cancelled.wait(0.01):
                yield b'{"filler": "' + b"x" * 70_000 + b'"}\n'
            raise fail("query-cancelled", "the query was cancelled")
        if self._engine.late_failure:
            yield b" " * 70_000 + b"\n"
            raise PilotageError(self._engine.late_failure)

    def arrow(self):
        yield from pa.Table.from_pylist(self._engine.rows).to_batches()

    def cancel(self):
        self.cancelled.set()

    def observe(self):
        self.statistics["rows_read"] = self.statistics.get("rows_read", 0) + 1000


@dataclass
class ChosenEngine:
    rows: list = field(default_factory=list)
    columns: tuple | None = None
    messages: tuple = ()
    failure: Problem | None = None
    late_failure: Problem | None = None
    endless: bool = False
    gate: threading.Event | None = None
    asked: list = field(default_factory=list)
    results: list = field(default_factory=list)

    def start(self, search, stop=None):
        self.asked.append(search)
        if self.failure:
            raise PilotageError(self.failure)
        self.results.append(ChosenResult(self, len(self.results), search.id))
        return self.results[-1]


@dataclass
class Running:
    port: int
    services: Services
    receiver: EchoReceiver
    engine: ChosenEngine

    def call(self, method, path, *, body=None, document=None, headers=None, token=None):
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if document is not None:
            body = json.dumps(document).encode()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            return SimpleNamespace(status=response.status, headers=response.headers, body=response.read())


@contextlib.contextmanager
def running_app(data: Path, *, config: str = "", bind: str = "127.0.0.1"):
    settings = parse_settings(config)
    state = open_state(data)
    access = Access(settings, state, bind=bind)
    access.reload()
    receiver, engine = EchoReceiver(), ChosenEngine()
    services = Services(
        data=data,
        settings=settings,
        state=state,
        access=access,
        searches=Searches(4),
        store=SimpleNamespace(
            backend=SimpleNamespace(rows=lambda *_: []), backup=lambda path: (path.mkdir(), (path / "backup.json").write_text("{}"))
        ),
        receiver=receiver,
        intake=SimpleNamespace(drain=lambda: asyncio.sleep(0)),
        pipelines=SimpleNamespace(report=list, refusals=list, trouble=lambda: None),
        engine=lambda: engine,
        clock=RunningClock(),
        watching=SimpleNamespace(changed=lambda: None, running=None),
        ready=True,
        stopping=asyncio.Event(),
    )
    listener = socket.create_server(("127.0.0.1", 0))
    app = App(services, Guard(bind, settings.server))
    server = uvicorn.Server(
        uvicorn.Config(app, http=Connection, ws="none", lifespan="off", log_config=None, timeout_graceful_shutdown=1, loop="asyncio")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Running(listener.getsockname()[1], services, receiver, engine)
    finally:
        services.searches.close()
        server.should_exit = True
        thread.join()
        state.close()


@pytest.fixture
def app(tmp_path):
    """An open server: loopback, no tokens."""
    with running_app(tmp_path) as running:
        yield running


TOKENS = """
[[tokens]]
value = "all"
name = "all"
[[tokens]]
value = "reader"
name = "reader"
scopes = ["read"]
[[tokens]]
value = "off"
name = "off"
disabled = true
"""


@pytest.fixture
def closed(tmp_path):
    """A server that wants tokens: `all`, `reader`, and the disabled `off`."""
    with running_app(tmp_path, config=TOKENS) as running:
        yield running


@pytest.fixture
def start(tmp_path):
    """Start a server with a configuration of the test's own: `start(config=…)`, a context manager."""
    return lambda **how: running_app(tmp_path, **how)


@pytest.fixture(scope="session")
def start_anywhere():
    """The same for fixtures that outlive a test: `start_anywhere(folder, config=…)`."""
    return running_app


@pytest.fixture
def receiver():
    """An ingest that echoes."""
    return EchoReceiver()
