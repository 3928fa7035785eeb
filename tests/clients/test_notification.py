"""From data to people: lines are ingested, a monitor alerts, and a real mail server and a webhook receive it, also across a kill -9."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from standardwebhooks.webhooks import Webhook

from . import live

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SPEED = "60"
WAIT_S = 60.0


class Mails:
    """What a mail server was given."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802 - the name aiosmtpd calls
        self.contents.append(envelope.content)  # type: ignore[attr-defined]
        return "250 kept"


class Hooks:
    """What a webhook was given; while `broken` it answers with 503."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.refused = 0
        self.broken = True
        hooks = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if hooks.broken:
                    hooks.refused += 1
                else:
                    hooks.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(503 if hooks.broken else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@pytest.fixture
def mails() -> Iterator[tuple[Mails, int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    handler = Mails()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    made = Hooks()
    yield made
    made.server.shutdown()
    made.server.server_close()


def pilotage(server: live.Server, *words: str) -> str:
    done = subprocess.run([live.PILOTAGE, *words, "--url", server.url], capture_output=True, text=True, check=False, env=live.environment())
    assert done.returncode == 0, f"{words}: {done.stderr}{server.tail()}"
    return done.stdout


@pytest.mark.slow
def test_an_alert_reaches_a_mailbox_and_a_webhook_whatever_happens(tmp_path: Path, mails: tuple[Mails, int], hooks: Hooks) -> None:
    (tmp_path / "pilotage.toml").write_text('[notify]\nallow = ["127.0.0.1"]\nurl = "https://pilotage.example"\n')
    options = ("--config", str(tmp_path / "pilotage.toml"), "--speed", SPEED)
    server = live.start(tmp_path, *options)
    handler, port = mails
    channels = {
        "mail": {
            "kind": "email",
            "settings": {"host": "127.0.0.1", "port": port, "security": "none", "sender": "p@example.com", "to": ["a@example.com"]},
        },
        "hook": {"kind": "webhook", "settings": {"url": f"http://127.0.0.1:{hooks.server.server_address[1]}/x", "secret": SECRET}},
    }
    (tmp_path / "channels.json").write_text(json.dumps(channels))
    now = int(time.time())
    lines = [json.dumps({"_time": now + 20 * number, "level": "error", "service": "pay"}) for number in range(-180, 3 * 3600 // 20)]
    (tmp_path / "data.jsonl").write_text("\n".join(lines))
    try:
        pilotage(server, "channels", "put", str(tmp_path / "channels.json"))
        pilotage(server, "ingest", "--index", "web", str(tmp_path / "data.jsonl"))
        server.wait_for("index=web", len(lines))
        words = ("--name", "failures", "--kind", "static", "--slice", "1m", "--critical", "> 1")
        pilotage(server, "monitors", "create", "index=web level=error | stats count by service", *words)
        live.until("a mail", lambda: True if handler.contents else None, WAIT_S)
        live.until("a refused webhook", lambda: True if hooks.refused else None, WAIT_S)
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()
        hooks.broken = False
        server = live.start(tmp_path, *options)
        live.until("the webhook", lambda: True if hooks.requests else None, WAIT_S)
        rows = pilotage(server, "notifications", "list", "--state", "sent")
        assert "mail" in rows
    finally:
        if server.process.poll() is None:
            live.stop(server)
    mail = message_from_bytes(handler.contents[0], policy=policy.default)
    assert mail["Subject"] == "Critical: failures (service=pay)"
    assert "3 is above 1." in mail.get_content()
    assert "https://pilotage.example/alerts/" in mail.get_content()
    headers, body = hooks.requests[0]
    assert Webhook(SECRET).verify(body, headers)["data"]["alert"]["Group"] == "service=pay"
    assert len({headers["webhook-id"] for headers, _ in hooks.requests}) == len({json.loads(body)["type"] for _, body in hooks.requests})
