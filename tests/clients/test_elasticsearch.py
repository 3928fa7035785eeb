"""The stock Elasticsearch client for Python in a process of its own."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from . import live

pytestmark = [pytest.mark.clients, pytest.mark.timeout(240)]
HERE = Path(__file__).parent


def test_the_clients_own_bulk_function(server: live.Server) -> None:
    command = [sys.executable, HERE / "programs" / "elastic.py", server.url]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=live.environment())
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["stored"], answer["single"], answer["licence"]) == (250, "created", "basic")
    assert [next(iter(e.values()))["error"]["type"] for e in answer["errors"]] == ["mapper_parsing_exception", "illegal_argument_exception"]
    server.wait_for("index=logs-app-default", 250)
    server.wait_for("index=logs-single service=fraud", 1)
    rows = server.search("index=logs-app-default | sort n | table _raw _time severity log.level n _id")
    assert len(rows) == 250
    assert [r["_raw"] for r in rows] == [f"line {n} é" for n in range(250)]
    assert {(r["severity"], r["log.level"]) for r in rows} == {("error", "error")}
    assert [(r["n"], r["_id"]) for r in rows] == [(n, f"id{n}") for n in range(250)]
    assert str(rows[249]["_time"]) == "1795285029.249"


@pytest.mark.parametrize(("accept", "html"), [("text/html,*/*;q=0.8", True), ("*/*", False)])
def test_the_root_is_the_page_for_browsers_and_the_product_for_clients(server: live.Server, accept: str, html: bool) -> None:
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    try:
        connection.request("GET", "/", headers={"Accept": accept})
        answer = connection.getresponse()
        body = answer.read()
        assert str(answer.getheader("content-type")).startswith("text/html" if html else "application/json")
        assert html or json.loads(body)["tagline"] == "You Know, for Search"
        connection.request("GET", "/openapi.json")
        assert json.loads(connection.getresponse().read())["openapi"]
        connection.request("GET", "/search", headers={"Accept": accept})
        answer = connection.getresponse()
        answer.read()
        assert answer.getheader("x-elastic-product") is None
    finally:
        connection.close()
