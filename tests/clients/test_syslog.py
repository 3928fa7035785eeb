"""Debian's system loggers with their stock outputs: rsyslog to Elasticsearch's bulk API, syslog-ng to HEC."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from . import debian, live

pytestmark = [pytest.mark.clients, pytest.mark.timeout(240)]
LINES = ["line one", 'line "two" é', "line three \\ with\ttab", "four"]

RSYSLOG = """
global(workDirectory="{folder}")
module(load="imfile") module(load="omelasticsearch")
template(name="document" type="list") {{
  constant(value="{{\\"@timestamp\\":\\"") property(name="timegenerated" dateFormat="rfc3339")
  constant(value="\\",\\"host\\":{{\\"name\\":\\"") property(name="hostname")
  constant(value="\\"}},\\"log\\":{{\\"level\\":\\"") property(name="syslogseverity-text")
  constant(value="\\"}},\\"message\\":\\"") property(name="msg" format="json")
  constant(value="\\"}}")
}}
ruleset(name="ship") {{
  action(type="omelasticsearch" server="127.0.0.1" serverport="{port}" searchIndex="rsyslog" searchType="" template="document"
    bulkmode="on" uid="user" pwd="any" errorFile="{folder}/errors" action.resumeRetryCount="-1")
}}
input(type="imfile" File="{folder}/in.log" Tag="app" Severity="warning" ruleset="ship")
"""

SYSLOG_NG = """@version: 3.38
source s {{ file("{folder}/in.log" follow-freq(1) flags(no-parse) read-old-records(yes)); }};
destination d {{ http(url("{url}/services/collector/event") method("POST")
  headers("Authorization: Splunk T", "Content-Type: application/json")
  body("$(format-json time=$S_UNIXTIME host=$HOST source=syslog-ng sourcetype=syslog event=$MSG)") batch-lines(3) batch-timeout(500)); }};
log {{ source(s); destination(d); }};
"""


def unpacked(name: str) -> debian.Shipper:
    found = debian.shipper(name)
    if isinstance(found, str):
        pytest.skip(found)
    return found


@contextmanager
def running(shipper: debian.Shipper, folder: Path, *command: object) -> Iterator[None]:
    """A daemon in the foreground, stopped in the end."""
    with (folder / "daemon.log").open("wb") as log:
        process = subprocess.Popen(
            list(map(str, command)), stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=shipper.environment(), cwd=folder
        )
    try:
        yield
        assert process.poll() is None, (folder / "daemon.log").read_text()
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def written(folder: Path) -> None:
    (folder / "in.log").write_text("".join(line + "\n" for line in LINES))


def test_rsyslog_to_elasticsearch(server: live.Server, tmp_path: Path) -> None:
    shipper = unpacked("rsyslog")
    written(tmp_path)
    config = tmp_path / "rsyslog.conf"
    config.write_text(RSYSLOG.format(folder=tmp_path, port=urlsplit(server.url).port))
    modules = shipper.library("*/rsyslog")
    with running(shipper, tmp_path, shipper.program("rsyslogd"), "-n", "-f", config, "-i", tmp_path / "pid", "-M", modules):
        server.wait_for("index=rsyslog", len(LINES))
    rows = server.search("index=rsyslog | table _raw severity severity_number host")
    assert sorted(str(r["_raw"]) for r in rows) == sorted(LINES)
    assert {(r["severity"], r["severity_number"]) for r in rows} == {("warning", 13)}
    assert all(r["host"] for r in rows)
    assert not (tmp_path / "errors").exists()


def test_syslog_ng_to_hec(server: live.Server, tmp_path: Path) -> None:
    shipper = unpacked("syslog-ng")
    written(tmp_path)
    config = tmp_path / "syslog-ng.conf"
    config.write_text(SYSLOG_NG.format(folder=tmp_path, url=server.url))
    files = [f"--{name}={tmp_path / name}" for name in ("persist-file", "pidfile", "control")]
    modules = f"--module-path={shipper.library('syslog-ng/[0-9]*')}"
    with running(shipper, tmp_path, shipper.program("syslog-ng"), "-F", "--no-caps", "-f", config, modules, *files):
        server.wait_for("index=main source=syslog-ng", len(LINES))
    rows = server.search("index=main source=syslog-ng | table _raw host sourcetype")
    assert sorted(str(r["_raw"]) for r in rows) == sorted(LINES)
    assert {r["sourcetype"] for r in rows} == {"syslog"}
    assert all(r["host"] for r in rows)
