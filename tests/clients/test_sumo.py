"""Stock clients of Sumo Logic's HTTP source in processes of their own."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from . import live

pytestmark = [pytest.mark.clients, pytest.mark.timeout(240)]
HERE = Path(__file__).parent
NODE = shutil.which("node")


def test_sumo_logger(server: live.Server) -> None:
    command = [sys.executable, HERE / "programs" / "sumo_handler.py", f"{server.url}/receiver/v1/http/any"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env={**live.environment(), "TZ": "UTC"})
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
    server.wait_for("index=main sourcetype=sumo logger=sumo-app", 2)
    rows = server.search("index=main sourcetype=sumo logger=sumo-app | sort _time | table _raw _time message severity source")
    assert [r["message"] for r in rows] == ["plain message é", "failed\nand why"]
    assert [r["severity"] for r in rows] == ["INFO", "ERROR"]
    assert rows[0]["source"] == "http:default"
    # The client writes its local time without a zone, to the microsecond.
    stamp = json.loads(str(rows[0]["_raw"]))["timestamp"]
    assert str(rows[0]["_time"]).partition(".")[2] == stamp.partition(".")[2].rstrip("0")


@pytest.mark.skipif(NODE is None, reason="node is not installed on this machine")
@pytest.mark.skipif(
    not (HERE / "node_modules").exists(), reason="the Node clients are not installed: run ./dev test once, with npm on the path"
)
def test_winston_sumologic_transport(server: live.Server) -> None:
    command = [str(NODE), HERE / "programs" / "sumo.js", f"{server.url}/receiver/v1/http/any"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=live.environment(), cwd=HERE)
    assert done.returncode == 0, done.stdout + done.stderr
    server.wait_for("_sourceCategory=js/app", 2)
    rows = server.search("_sourceCategory=js/app | sort _time | table _raw host source severity")
    assert [json.loads(str(r["_raw"])) for r in rows] == [
        {"level": "info", "message": "temperature 70F", "meta": {"model": "m1", "latency": 12.5}},
        {"level": "warn", "message": "second é\nline"},
    ]
    assert {(r["host"], r["source"]) for r in rows} == {("h1", "winston")}
    assert [r["severity"] for r in rows] == ["info", "warn"]


def test_sumopy_says_gzip_and_sends_plain_bytes(server: live.Server) -> None:
    """The bytes that `sumopy` 0.2 writes with `compressed=True`, written by hand."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    headers = {"Content-Encoding": "gzip", "X-Sumo-Name": "sumopy", "User-Agent": "python-requests/2.31.0", "Accept": "*/*"}
    connection.request("POST", "/receiver/v1/http/any", b"2026-11-20T04:00:01Z one\n2026-11-20T04:00:02Z two", headers)
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b"")
    connection.request("GET", "/receiver/v1/http/any")
    probe = connection.getresponse()
    assert (probe.status, probe.read()) == (200, b"")
    connection.close()
    server.wait_for("_sourceName=sumopy", 2)
    rows = server.search("_sourceName=sumopy | sort _time | table _time _raw")
    assert [(str(r["_time"]), r["_raw"]) for r in rows] == [
        ("1795147201", "2026-11-20T04:00:01Z one"),
        ("1795147202", "2026-11-20T04:00:02Z two"),
    ]


@pytest.mark.parametrize(("path", "header"), [("/receiver/v1/otlp/any/v1/logs", ""), ("/receiver/v1/otlp/v1/logs", "any")])
def test_otlp_at_the_addresses_of_its_clients(server: live.Server, path: str, header: str) -> None:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=1795147201 * 10**9)
    record.body.string_value = f"otlp {bool(header)}"
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    headers = {"Content-Type": "application/x-protobuf", **({"x-sumo-token": header} if header else {})}
    connection.request("POST", path, request.SerializeToString(), headers)
    assert connection.getresponse().status == 200
    connection.close()
    server.wait_for(f'index=main "otlp {bool(header)}"', 1)
