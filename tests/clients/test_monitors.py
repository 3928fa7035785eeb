"""Monitors from the command line to the alert: over a live server, killed in the middle, started again."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from . import live

pytestmark = [pytest.mark.clients, pytest.mark.timeout(240)]
MONITORS = """
monitors:
  - name: failures
    query: index=web status>=500
    kind: static
    critical: "> 2"
    slice: 5s
    delay: 1s
    recovery: 10m
    labels: {service: web}
  - name: silence
    kind: missing
    query: index=other
    slice: 5s
    delay: 1s
    missing_for: 10s
  - name: both
    kind: composite
    when: failures AND silence
    slice: 5s
"""


def cli(server: live.Server, *arguments: str) -> str:
    done = subprocess.run(
        [live.PILOTAGE, "monitors", *arguments, "--url", server.url], capture_output=True, text=True, check=False, env=live.environment()
    )
    assert done.returncode == 0, done.stderr + server.tail()
    return done.stdout


def ask(server: live.Server, path: str, document: object = None, method: str | None = None) -> list | dict:
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(f"{server.url}{path}", body, {"content-type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def fail_some(server: live.Server) -> None:
    events = b"".join(json.dumps({"index": "web", "time": time.time(), "event": {"status": 503, "host": "a"}}).encode() for _ in range(5))
    request = urllib.request.Request(f"{server.url}/services/collector/event", events, {"authorization": "Splunk any"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


def alerts(server: live.Server) -> dict[str, dict]:
    return {each["monitor"]: each for each in ask(server, "/api/v1/alerts")}


def test_monitors_from_a_file_page_and_survive_a_kill(tmp_path: Path) -> None:
    server = live.start(tmp_path)
    file = tmp_path / "monitors.yaml"
    file.write_text(MONITORS.replace("  - name: both\n    kind: composite\n    when: failures AND silence\n    slice: 5s\n", ""))
    try:
        assert cli(server, "apply", "--plan", str(file)).split() == ["create", "failures", "create", "silence"]
        assert cli(server, "list", "--json") == ""
        cli(server, "apply", str(file))
        file.write_text(MONITORS)
        assert cli(server, "apply", str(file)).splitlines() == ["keep    failures", "keep    silence", "create  both"]

        def paged() -> dict | None:
            fail_some(server)
            found = alerts(server)
            return found if {"failures", "silence", "both"} <= found.keys() else None

        found = live.until("three alerts", paged, 90)
        assert {name: each["level"] for name, each in found.items()} == {"failures": "critical", "silence": "missing", "both": "critical"}
        server.process.kill()
        server.process.wait()
        server = live.start(tmp_path)

        def goes_on() -> dict | None:
            fail_some(server)
            again = alerts(server)
            return again if again["failures"]["last_slice"] > found["failures"]["last_slice"] + 5 else None

        again = live.until("the alert goes on after the kill", goes_on, 60)
        assert {name: each["id"] for name, each in again.items()} == {name: each["id"] for name, each in found.items()}
        page = ask(server, f"/api/v1/alerts/{found['failures']['id']}")
        assert page["rows"]
        assert page["svg"].startswith("<svg")
        assert page["definition"]["query"] == "index=web status>=500"
        assert "failures" not in {each["alert"]["monitor"] for each in page["related"]}
        done = ask(server, f"/api/v1/alerts/{found['failures']['id']}", {"state": "resolved", "verdict": "true"}, "PATCH")
        assert (done["state"], done["verdict"]) == ("resolved", "true")
        assert live.stop(server) == 0
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()


def test_wrong_monitors_are_refused_with_the_reason(server: live.Server, tmp_path: Path) -> None:
    for arguments, said in (
        (["create", "index=main | stats medain(x)"], "unknown-function"),
        (["create", "index=main | streamstats count"], "monitor-query"),
        (["create"], "no-monitor"),
        (["show", "nothing"], "monitor-missing"),
        (["create", "--file", str(tmp_path / "none.yaml")], "unreadable-file"),
        (["create", "index=main", "--kind", "static"], "bad-monitor"),
    ):
        command = [live.PILOTAGE, "monitors", *arguments, "--url", server.url]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=live.environment())
        assert done.returncode == 1
        assert said in done.stderr
        assert done.stdout == ""
