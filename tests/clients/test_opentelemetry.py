"""Stock OpenTelemetry clients in processes of their own, sending to a live server; a search then finds what they did."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from decimal import Decimal
from pathlib import Path

import pytest

from . import live

pytestmark = [pytest.mark.clients, pytest.mark.timeout(240)]
HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"
NODE = shutil.which("node")


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a client to its end; what it wrote is shown when it fails."""
    done = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, check=False, timeout=120, env=live.environment() | environment, cwd=HERE
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_python_sdk_three_signals(server: live.Server, protocol: str) -> None:
    service = f"python-{protocol}"
    done = run(sys.executable, PROGRAMS / "sdk.py", protocol, server.url if protocol == "http" else server.grpc, service)
    assert "Failed to export" not in done.stderr
    assert "Transient error" not in done.stderr
    server.wait_for(f"index=traces service={service}", 21)
    server.wait_for(f"index=main service={service}", 20)
    server.wait_for(f"index=metrics service={service}", 2)
    root = server.search(f"index=traces service={service} name=train")
    assert [(r["epoch"], r["lr"], r["ok"], r["layers"], r["kind"], r["host"]) for r in root] == [
        (1, Decimal("0.5"), True, [1, 2], "INTERNAL", "client-host")
    ]
    steps = server.search(f"index=traces service={service} name=step | sort step | table step kind parent_span_id trace_id")
    assert [s["step"] for s in steps] == list(range(20))
    assert {(s["kind"], s["parent_span_id"], s["trace_id"]) for s in steps} == {("CLIENT", root[0]["span_id"], root[0]["trace_id"])}
    records = server.search(f"index=main service={service} | sort step | table _raw step severity trace_id")
    assert [(r["_raw"], r["step"], r["severity"]) for r in records] == [(f"step {n} done", n, "INFO") for n in range(20)]
    assert {r["trace_id"] for r in records} == {root[0]["trace_id"]}
    total = server.search(f"index=metrics service={service} metric_name=rows.read | table _value split metric_type temporality")
    assert [(t["_value"], t["split"], t["metric_type"]) for t in total] == [(200, "train", "sum")]


def test_auto_instrumented_fastapi(server: live.Server) -> None:
    (port,) = live.free_ports(1)
    command = [
        Path(sys.executable).with_name("opentelemetry-instrument"),
        Path(sys.executable).with_name("uvicorn"),
        *("--app-dir", PROGRAMS, "--port", str(port), "--log-level", "warning", "app:app"),
    ]
    environment = live.environment() | {
        "OTEL_SERVICE_NAME": "auto-fastapi",
        "OTEL_EXPORTER_OTLP_ENDPOINT": server.url,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    app = subprocess.Popen([str(c) for c in command], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def answer(uid: int) -> int | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/predict/{uid}", timeout=10) as got:
                return int(got.status)
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError:
            assert app.poll() is None, app.communicate()[0]
            return None

    try:
        assert live.until("the application answers", lambda: answer(1), 60) == 200
        assert [answer(uid) for uid in (2, 13)] == [200, 500]
        server.wait_for("index=traces service=auto-fastapi kind=SERVER", 3)
    finally:
        app.send_signal(signal.SIGINT)
        output = app.communicate(timeout=60)[0]
    server.wait_for("index=main service=auto-fastapi predicting", 3)
    spans = server.search("index=traces service=auto-fastapi kind=SERVER | sort _time | table name status http.status_code")
    assert [s["name"] for s in spans] == ["GET /predict/{uid}"] * 3, output
    assert [s["http.status_code"] for s in spans] == [200, 200, 500]
    logs = server.search("index=main service=auto-fastapi predicting | sort _time | table _raw trace_id")
    assert [r["_raw"] for r in logs] == [f"predicting for {uid}" for uid in (1, 2, 13)]
    assert all(r["trace_id"] for r in logs)
    assert server.count("index=metrics service=auto-fastapi http.server.duration") >= 1


@pytest.mark.skipif(NODE is None, reason="node is not installed on this machine")
@pytest.mark.skipif(
    not (HERE / "node_modules").exists(), reason="the Node clients are not installed: run ./dev test once, with npm on the path"
)
@pytest.mark.parametrize(("encoding", "compression"), [("http", "none"), ("proto", "gzip"), ("grpc", "none")])
def test_javascript_sdk_three_signals(server: live.Server, encoding: str, compression: str) -> None:
    service = f"js-{encoding}"
    address = f"http://{server.grpc}" if encoding == "grpc" else server.url
    run(str(NODE), PROGRAMS / "sdk.js", encoding, address, service, COMP=compression, PATH=os.environ["PATH"])
    for index in ("traces", "metrics", "main"):
        server.wait_for(f"index={index} service={service}", 1)
    (span,) = server.search(f"index=traces service={service}")
    assert (span["name"], span["kind"], span["status"], span["status_message"]) == ("GET /home", "SERVER", "ERROR", "bad")
    assert (span["big"], span["neg"]) == (9007199254740991, -5)
    assert [event["name"] for event in span["events"]] == ["cache miss"]
    (point,) = server.search(f"index=metrics service={service}")
    assert (point["metric_name"], point["_value"], point["route"]) == ("visits", 2, "/")
    (record,) = server.search(f"index=main service={service}")
    assert (record["_raw"], record["severity"], record["severity_number"], record["k"]) == ("hello js", "INFO", 9, "v")
