"""Stock Splunk HEC clients in processes of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from . import live

pytestmark = [pytest.mark.clients, pytest.mark.timeout(240)]
HERE = Path(__file__).parent
NODE = shutil.which("node")


def test_splunk_hec_handler(server: live.Server) -> None:
    address = urlsplit(server.url)
    command = [sys.executable, HERE / "programs" / "hec_handler.py", str(address.hostname), str(address.port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=live.environment())
    assert done.returncode == 0, done.stderr
    server.wait_for("index=main source=py-hec", 3)
    rows = server.search("index=main source=py-hec | sort _time | table _raw sourcetype host")
    assert [json.loads(str(r["_raw"]), parse_float=Decimal) for r in rows] == [
        {"log_level": "INFO", "message": "plain message é"},
        {"event_type": "prediction", "latency_ms": Decimal("12.5"), "log_level": "INFO", "model": "m1"},
        {"log_level": "ERROR", "message": "failed"},
    ]
    assert {r["sourcetype"] for r in rows} == {"ml:app"}
    assert all(r["host"] for r in rows)


@pytest.mark.skipif(NODE is None, reason="node is not installed on this machine")
@pytest.mark.skipif(
    not (HERE / "node_modules").exists(), reason="the Node clients are not installed: run ./dev test once, with npm on the path"
)
def test_splunk_logging_for_node(server: live.Server) -> None:
    command = [str(NODE), HERE / "programs" / "hec.js", server.url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=live.environment(), cwd=HERE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == {"text": "Success", "code": 0}
    server.wait_for("index=main sourcetype=httpevent", 2)
    rows = server.search("index=main sourcetype=httpevent | sort _time | table _raw host source")
    assert [json.loads(str(r["_raw"])) for r in rows] == [
        {"message": {"temperature": "70F"}, "severity": "info"},
        {"message": "second", "severity": "info"},
    ]
    assert (rows[0]["host"], rows[0]["source"]) == ("h1", "js")
    assert str(rows[1]["source"]).startswith("http:")
