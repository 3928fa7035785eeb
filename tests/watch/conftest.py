"""Receivers of notifications that a test can ask what came, and a state with a monitor and alerts."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pilotage.schedule.clock import HeldClock
from pilotage.state.open import open_state
from pilotage.state.records import Alert, Change, MonitorRow
from pilotage.watch.channel import kind_of, split
from pilotage.watch.delivery import Courier, Surroundings
from pilotage.watch.reach import Reach
from pilotage.watch.setup import encoded

NOON = 1_767_614_400.0
"""Monday, 5 January 2026, 12:00 UTC."""


class Arrivals:
    """How many requests came so far, to be waited for."""

    def __init__(self):
        self.count = 0
        self._moved = threading.Condition()

    def note(self):
        with self._moved:
            self.count += 1
            self._moved.notify_all()
            return self.count

    def acquire_at(self, count, seconds):
        with self._moved:
            return self._moved.wait_for(lambda: self.count >= count, seconds)


class WebhookSink:
    """Keeps the requests; answers with `statuses` in turn, then 204. From the request `hold_from` on it does not answer until `let_go`."""

    def __init__(self):
        self.requests = []
        self.statuses = []
        self.arrived = Arrivals()
        self._held = None
        self._go = threading.Event()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.requests.append((self.path, dict(self.headers), body))
                number = sink.arrived.note()
                if sink._held is not None and number >= sink._held:
                    sink._go.wait(60)
                    self.close_connection = True
                    return
                answer = sink.statuses.pop(0) if sink.statuses else 204
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook/very-secret-path"

    def hold_from(self, number):
        self._go.clear()
        self._held = number

    def let_go(self):
        self._held = None
        self._go.set()

    def documents(self):
        return [json.loads(body) for _, _, body in self.requests]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def sink():
    made = WebhookSink()
    yield made
    made.close()


@pytest.fixture
def mails():
    """A real SMTP server; `messages` are (from, to, bytes)."""
    from aiosmtpd.controller import Controller

    class Handler:
        def __init__(self):
            self.messages = []
            self.arrived = Arrivals()

        async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the name aiosmtpd calls
            self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
            self.arrived.note()
            return "250 kept"

    handler = Handler()
    with socket.create_server(("127.0.0.1", 0)) as free:
        handler.port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=handler.port)
    controller.start()
    yield handler
    controller.stop()


@pytest.fixture
def clock():
    return HeldClock(NOON)


class World:
    """A state with one monitor, and a courier that looks when a test says so."""

    def __init__(self, folder, clock):
        self.state = open_state(folder)
        self.clock = clock
        self.reach = Reach(("127.0.0.0/8",))
        self.courier = Courier(self.state, Surroundings(clock, self.reach, "https://pilotage.example"))
        self.monitor("latency")

    def monitor(self, name, **more):
        definition = {"query": "index=main | timechart avg(ms)", "name": name, "labels": {"team": "core"}} | more
        row = MonitorRow(f"m-{name}", name, "anomaly", json.dumps(definition), enabled=True, revision=1, created_ms=0, updated_ms=0)
        self.state.monitors.create([row])

    def channel(self, name, kind="webhook", *, secrets=None, **more):
        settings, secret = split(kind_of(kind), more.pop("settings", {}))
        self.state.documents("channels").put(name, json.dumps({"kind": kind, "settings": settings} | more), secret | (secrets or {}))

    def put(self, table, name, value):
        self.state.documents(table).put(name, encoded(value))

    def alert(self, *ids, event="opened", monitor="latency", **more):
        now = self.clock.now()
        values = {"level": "critical", "state": "open", "value": 812.0, "expected": 200.5, "opened_at": now, "reason": "too slow"}
        values |= {"first_slice": int(NOON) - 300, "last_slice": int(NOON) - 300} | more
        if values["state"] in ("resolved", "expired"):
            values["resolved_at"] = now
        changes = []
        for each in ids or ("a1",):
            key = {"group_key": json.dumps({"service": each})}
            changes.append(Change(Alert(id=each, monitor_id=f"m-{monitor}", **(key | values)), event))
        self.state.alerts.commit(changes, [], now)

    def resolve(self, alert_id="a1", **more):
        self.alert(alert_id, event="resolved", state="resolved", **more)

    def deliver(self):
        """Look until nothing more is due now."""
        for _ in range(50):
            again = self.courier.step()
            self.courier.settle()
            if not again:
                return
        raise AssertionError("there is always something due")

    def rows(self, **more):
        return [each for each in reversed(self.state.outbox.rows(**more)) if each.channel_id is not None]

    def close(self):
        self.courier.stop()
        self.state.close()


@pytest.fixture
def world(tmp_path, clock):
    made = World(tmp_path, clock)
    yield made
    made.close()
