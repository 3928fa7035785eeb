"""Stock Loki handlers in processes of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from . import live

pytestmark = [pytest.mark.clients, pytest.mark.timeout(240)]
HERE = Path(__file__).parent
NODE = shutil.which("node")


def run(*command: object) -> None:
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, timeout=60, env=live.environment(), cwd=HERE
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_python_logging_loki(server: live.Server) -> None:
    run(sys.executable, HERE / "programs" / "loki_handler.py", server.url)
    server.wait_for("index=main app=py-loki", 2)
    rows = server.search(
        "index=main app=py-loki | sort _time | table _raw severity severity_number service logger svc path source sourcetype"
    )
    assert rows == [
        {"_raw": "plain message é", "severity": "info", "severity_number": 9, "logger": "trainer"} | SHARED,
        {"_raw": 'quoted "x"\nsecond line', "severity": "error", "severity_number": 17, "logger": "trainer", "svc": "train", "path": "a\\b"}
        | SHARED,
    ]


SHARED = {"service": "py-loki", "source": "loki", "sourcetype": "loki"}


@pytest.mark.skipif(NODE is None, reason="node is not installed on this machine")
@pytest.mark.skipif(
    not (HERE / "node_modules" / "winston-loki").exists(),
    reason="the Node clients are not installed: run ./dev test once, with npm on the path",
)
def test_winston_loki(server: live.Server) -> None:
    run(NODE, HERE / "programs" / "loki.js", server.url)
    for name in ("js-protobuf", "js-json"):
        server.wait_for(f"index=main app={name}", 2)
        rows = server.search(f"index=main app={name} | sort _raw | table _raw severity service model step")
        labelled, plain = rows
        assert plain["_raw"] == 'plain message é {"step":1,"level":"info"}'
        assert str(labelled["_raw"]).startswith("labelled")
        assert [(r["severity"], r["service"]) for r in rows] == [("error", name), ("info", name)]
        assert labelled["model"] == "fraud"
        if name == "js-json":
            assert plain["step"] == "1", "structured metadata"
