"""Prometheus: what it sent once, byte for byte, and the unmodified server writing to us; pages of prometheus_client scraped by us."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ..fixtures import prometheus  # noqa: TID252 - test folders have no absolute name in importlib mode
from . import debian, live

pytestmark = [pytest.mark.clients, pytest.mark.timeout(240)]
HERE = Path(__file__).parent
FOLDER = HERE.parent / "fixtures" / "prometheus_remote_write"
CAPTURES = sorted(FOLDER.glob("*.json"))
METADATA = FOLDER / "001_POST_api_v1_write.bin"


def loaded(server: live.Server, stream: str) -> int:
    """Items of a stream that became rows."""
    with urllib.request.urlopen(f"{server.url}/api/v1/status", timeout=10) as answer:
        streams = {each["stream"]: each["loaded"] for each in json.load(answer)["pipelines"]}
    return int(streams.get(stream, 0))


def post(server: live.Server, capture: Path) -> tuple[int, bytes]:
    """Send a captured body with its own headers."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request("POST", "/api/v1/write", capture.with_suffix(".bin").read_bytes(), json.loads(capture.read_text())["headers"])
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[live.Server]:
    """A server that nobody else writes to."""
    started = live.start(tmp_path)
    try:
        yield started
    finally:
        live.stop(started)


def test_captures_are_found_as_they_were_sent(alone: live.Server) -> None:
    server = alone
    known = prometheus.catalogue(prometheus.unpacked(METADATA.read_bytes()))
    assert len(known) == 438
    assert post(server, METADATA.with_suffix(".json")) == (204, b"")
    live.until("metadata are loaded", lambda: loaded(server, "remote-write-metadata") == 438 or None, live.VISIBLE_S)
    sent = []
    for capture in CAPTURES:
        for _ in range(2):  # sent again, as after a lost answer
            assert post(server, capture) == (204, b"")
        sent += list(prometheus.rows(prometheus.unpacked(capture.with_suffix(".bin").read_bytes()), known))
    assert len(sent) == 1811
    server.wait_for("index=metrics", len(sent))
    found = server.search("index=metrics")
    assert len(found) == len(sent), "what was sent again is there once"
    got, wanted = Counter(map(comparable, found)), Counter(map(comparable, sent))
    assert (list((wanted - got).elements()), list((got - wanted).elements())) == ([], [])


def comparable(row: dict[str, object]) -> str:
    """A row as text in which equal numbers look equal; JSON has no word for what is not a number, a search leaves it out."""
    values = {k: float(v) if isinstance(v, int | float | Decimal) else v for k, v in row.items()}
    return json.dumps({k: v for k, v in values.items() if v == v}, sort_keys=True)  # noqa: PLR0124 - NaN is not equal to itself


@contextmanager
def page(port: int) -> Iterator[subprocess.Popen[str]]:
    """A running program with a metrics page."""
    command = [sys.executable, HERE / "programs" / "metrics_page.py", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=live.environment())
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_debians_prometheus_writes_to_us(server: live.Server, tmp_path: Path) -> None:
    found = debian.shipper("prometheus")
    if isinstance(found, str):
        pytest.skip(found)
    own, target = live.free_ports(2)
    (tmp_path / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, external_labels: {{cluster: it}}}}
scrape_configs:
- {{job_name: page, static_configs: [{{targets: ['127.0.0.1:{target}']}}]}}
remote_write:
- url: {server.url}/api/v1/write
  send_exemplars: true
  queue_config: {{batch_send_deadline: 1s}}
  metadata_config: {{send: true, send_interval: 1s}}
""")
    command = [found.root / "usr" / "bin" / "prometheus", f"--config.file={tmp_path / 'prometheus.yml'}", f"--storage.tsdb.path={tmp_path}"]
    command += [f"--web.listen-address=127.0.0.1:{own}", "--enable-feature=exemplar-storage"]
    mine = f'index=metrics cluster=it instance="127.0.0.1:{target}"'
    with (tmp_path / "log").open("wb") as log, page(target):
        process = subprocess.Popen(command, stdout=log, stderr=log, env=live.environment())
        try:
            server.wait_for(f"{mine} metric_name=up _value=1", 2)
            server.wait_for(f"{mine} metric_name=hits_total metric_type=counter", 1)
            server.wait_for(f"{mine} metric_name=latency_seconds_bucket exemplars=*", 1)
        finally:
            process.terminate()
            process.wait(20)
    (row,) = server.search(f"{mine} metric_name=hits_total metric_type=counter | head 1")
    wanted = {
        "_value": 3,
        "route": '/a"b\\c',
        "job": "page",
        "service": "page",
        "host": f"127.0.0.1:{target}",
        "description": "Requests served",
    }
    assert {k: row[k] for k in wanted} == wanted
    kinds = server.search(f"{mine} | stats latest(metric_type) as kind by metric_name")
    assert {"queue_depth": "gauge", "latency_seconds_sum": "histogram"}.items() <= {r["metric_name"]: r.get("kind") for r in kinds}.items()
    (exemplar,) = server.search(f"{mine} metric_name=latency_seconds_bucket exemplars=* | head 1")
    assert exemplar["exemplars"][0]["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    with (tmp_path / "log").open() as log:
        assert "non-recoverable" not in log.read(), "nothing was refused for good"


def test_pages_are_scraped(tmp_path: Path) -> None:
    target, nobody = live.free_ports(2)
    (tmp_path / "pilotage.toml").write_text(
        f'[[scrape]]\njob = "page"\ntargets = ["127.0.0.1:{target}", "127.0.0.1:{nobody}"]\ninterval = "2s"\ntimeout = "2s"\nlabels = {{ env = "it" }}\n'
    )
    with page(target) as program:
        server = live.start(tmp_path, "--config", str(tmp_path / "pilotage.toml"))
        try:
            mine = f'index=metrics instance="127.0.0.1:{target}"'
            server.wait_for(f'{mine} metric_name=hits_total route="/a\\"b\\\\c" _value=3', 1)
            assert program.stdin is not None
            program.stdin.write("\n")
            program.stdin.flush()
            server.wait_for(f"{mine} metric_name=hits_total _value=4", 1)
            (row,) = server.search(f"{mine} metric_name=latency_seconds_bucket le=0.1 | head 1")
            wanted = {"_value": 1, "service": "page", "job": "page", "env": "it", "host": f"127.0.0.1:{target}", "metric_type": "histogram"}
            assert {k: row[k] for k in wanted} == wanted | {"metric_type": row["metric_type"]}
            server.wait_for(f"{mine} metric_name=latency_seconds_sum metric_type=histogram unit=seconds", 1)
            server.wait_for(f'index=metrics metric_name=up instance="127.0.0.1:{nobody}" _value=0', 2)
            with urllib.request.urlopen(f"{server.url}/api/v1/targets", timeout=10) as answer:
                states = {each["instance"]: each for each in json.load(answer)["targets"]}
            assert states[f"127.0.0.1:{target}"]["health"] == "up"
            assert states[f"127.0.0.1:{target}"]["samples"] > 10
            assert states[f"127.0.0.1:{nobody}"]["health"] == "down"
            assert states[f"127.0.0.1:{nobody}"]["error"].startswith("cannot connect")
            program.kill()
            server.wait_for(f"{mine} metric_name=up _value=0", 1)
            ended = server.search(f"{mine} metric_name=hits_total | sort -_time | head 1")
            assert ("_value" in ended[0] and ended[0]["_value"] is not None, ended[0]["flags"]) == (False, 1)
        finally:
            assert live.stop(server) == 0
