"""What the Search page asks beside the rows, over a real store: histogram, facets, live tail, vocabulary, progress."""

from __future__ import annotations

import contextlib
import http.client
import json
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from pilotage.api.resources import tail
from pilotage.model.problem import fail
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000


@pytest.fixture(scope="module")
def server(start_anywhere, tmp_path_factory):
    """An open server over a store with ten events."""
    folder = tmp_path_factory.mktemp("search")
    store = open_store(folder / "store")
    rows = [
        {"_raw": f"event {k}", "severity": ("INFO", "ERROR")[k % 2], "code": k % 5, "resource": {"host.arch": "arm"}} for k in range(10)
    ]
    store.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events("main", rows, NOW))
    with start_anywhere(folder / "data") as running:
        running.services.store = store
        running.services.intake.spool = SimpleNamespace(segments=list)
        yield running
    store.close()


def ask(server, path, **document):
    answer = server.call("POST", path, document={"now": NOW, **document})
    return answer.status, json.loads(answer.body)


def put(server, index, rows):
    table = sys.modules["pilotage_test_script"].events(index, rows, time.time_ns())
    server.services.store.backend.insert("pilotage.logs", table)


def test_histogram(server):
    status, found = ask(server, "/api/v1/search/histogram", query="index=main | stats count", earliest="-1m", latest="now", buckets=12)
    assert status == 200
    assert (found["earliest"], found["latest"], found["span"], found["span_text"]) == (NOW / 1e9 - 60, NOW / 1e9, 5.0, "5s")
    assert found["starts"] == [NOW / 1e9 - 60 + 5 * k for k in range(12)]
    assert [(s["name"], sum(s["counts"]), s["other"]) for s in found["series"]] == [("ERROR", 5, False), ("INFO", 5, False)]
    assert (found["total"], found["event_query"], found["messages"]) == (
        10,
        'search index=main earliest="1767607140" latest="1767607200"',
        [],
    )


def test_histogram_of_nothing(server):
    status, found = ask(server, "/api/v1/search/histogram", query="index=none")
    assert (status, found["earliest"], found["span"], found["starts"]) == (200, None, None, [])
    assert found["messages"][0]["code"] == "unknown-index"


@pytest.mark.parametrize(
    ("path", "document", "code"),
    [
        ("histogram", {"buckets": 0}, "bad-request"),
        ("histogram", {"days": 10**9}, "bad-request"),
        ("histogram", {"query": "index=main | nonsense"}, "unknown-command"),
        ("histogram", {"zone": "Mars/Olympus"}, "zone-unknown"),
        ("facets", {"limit": 0}, "bad-request"),
        ("facets", {"fields": ["a"] * 101}, "bad-request"),
        ("facets", {"rows": 0}, "bad-request"),
        ("tail", {"rate": 0}, "bad-request"),
        ("tail", {"query": "index=main | stats count"}, "not-streaming"),
        ("tail", {"query": "index=main | nonsense"}, "unknown-command"),
    ],
)
def test_what_does_not_fit_is_refused(server, path, document, code):
    status, found = ask(server, f"/api/v1/search/{path}", **{"query": "index=main", **document})
    assert (status, found["error"]["code"]) == (400, code)
    assert server.services.tails == 0


def test_facets(server):
    status, found = ask(server, "/api/v1/search/facets", query="index=main", limit=2)
    assert (status, found["rows"], found["sampled"]) == (200, 10, False)
    code = next(f for f in found["fields"] if f["name"] == "code")
    assert code == {
        "name": "code", "kind": "value", "present": 10, "share": 1.0, "distinct": 5,
        "values": [{"value": "0", "count": 2, "share": 0.2}, {"value": "1", "count": 2, "share": 0.2}],
    }  # fmt: skip


def test_a_question_takes_a_place_and_gives_it_back(server):
    before = server.services.searches._turns._places._value
    assert ask(server, "/api/v1/search/facets", query="index=main | nonsense")[0] == 400
    assert ask(server, "/api/v1/search/facets", query="index=main")[0] == 200
    assert server.services.searches._turns._places._value == before


def test_leaving_stops_the_question(server, monkeypatch):
    began, stopped = threading.Event(), threading.Event()

    def slow(store, search, *, stop, **options):
        stop.attach(stopped.set)
        began.set()
        assert stopped.wait(20)
        raise fail("query-cancelled", "the query was cancelled")

    monkeypatch.setattr("pilotage.engine.facets.facets", slow)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/api/v1/search/facets", body=json.dumps({"query": "index=main"}).encode())
    assert began.wait(20)
    connection.close()
    assert stopped.wait(20)


@contextlib.contextmanager
def tailing(server, **document):
    """The lines of a live tail, decoded as they come."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)) as connection:
        connection.request("POST", "/api/v1/search/tail", body=json.dumps(document).encode())
        response = connection.getresponse()
        assert response.status == 200
        assert response.headers["content-type"] == "application/x-ndjson"
        yield (json.loads(line) for line in response)


def until(lines, name):
    return next(line[name] if name in ("event", "message") else line for line in lines if name in line)


def test_tail(server, monkeypatch):
    monkeypatch.setattr(tail, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(tail, "LOOK_SECONDS", 0.05)
    with tailing(server, query="index=live n>1") as lines:
        assert until(lines, "message")["code"] == "unknown-index"
        beat = until(lines, "beat")
        assert (beat["events"], beat["left_out"]) == (0, 0)
        put(server, "live", [{"n": 1}, {"n": 2}])
        assert until(lines, "event")["n"] == 2
        put(server, "live", [{"n": 3}])
        assert until(lines, "event")["n"] == 3
        beat = until(lines, "beat")
        assert (beat["events"], beat["left_out"]) == (2, 0)
        assert server.services.tails == 1
    deadline = time.monotonic() + 20
    while server.services.tails and time.monotonic() < deadline:
        threading.Event().wait(0.02)
    assert server.services.tails == 0


def test_tails_are_few(server, monkeypatch):
    monkeypatch.setattr(tail, "MOST_TAILS", 0)
    answer = server.call("POST", "/api/v1/search/tail", document={"query": "index=main"})
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (503, "searches-busy")


def test_a_tail_that_cannot_go_on_says_why(server, monkeypatch):
    monkeypatch.setattr(tail, "LOOK_SECONDS", 0.05)
    with tailing(server, query="index=main") as lines:
        until(lines, "beat")

        def broken(self, budget, stop=None):
            raise fail("query-timeout", "the query took too long")

        monkeypatch.setattr("pilotage.engine.tail.Tail.look", broken)
        assert [line for line in lines if "error" in line][-1]["error"]["code"] == "query-timeout"


def test_language(server):
    found = json.loads(server.call("GET", "/api/v1/language").body)
    assert {"name": "spl", "title": "Splunk SPL"} in found["dialects"]
    stats = next(c for c in found["commands"] if c["name"] == "stats")
    assert stats["summary"]
    assert (stats["first"], stats["piped"]) == (True, True)
    assert stats["examples"][0].keys() == {"text", "sentence"}
    average = next(f for f in found["functions"] if f["name"] == "avg")
    assert (average["kind"], average["least"], average["most"]) == ("aggregate", 1, 1)
    fields = {f["name"]: f for f in found["fields"]}
    assert next(iter(fields)) == "_time"
    assert (fields["_time"]["types"], fields["_time"]["place"]) == (["time"], "fixed")
    assert (fields["code"]["types"], fields["code"]["place"], fields["code"]["indexes"]) == (["integer"], "attributes", ["main"])
    assert "main" in found["indexes"]


def test_language_of_some_indexes(server):
    fields = {f["name"] for f in json.loads(server.call("GET", "/api/v1/language?index=none").body)["fields"]}
    assert "code" not in fields
    assert server.call("GET", "/api/v1/language?language=klingon").status == 400


def test_the_progress_of_a_running_search(app):
    app.engine.endless = True
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", app.port, timeout=20)) as connection:
        connection.request("POST", "/api/v1/search", body=b'{"query": "index=main"}')
        name = connection.getresponse().headers["x-pilotage-search"]
        first = json.loads(app.call("GET", f"/api/v1/search/{name}").body)
        assert (first["state"], first["statistics"]["rows_read"]) == ("running", 1000)
        again = json.loads(app.call("GET", f"/api/v1/search/{name}").body)
        assert again["statistics"]["rows_read"] == 2000
        assert again["seconds"] > first["seconds"]
        assert json.loads(app.call("DELETE", f"/api/v1/search/{name}").body)["state"] == "cancelled"


def test_a_search_without_a_row_yet_is_known_by_its_sender_s_id(app):
    app.engine.gate = threading.Event()
    name = "0123456789abcdef" * 2
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", app.port, timeout=20)) as connection:
        connection.request("POST", "/api/v1/search", body=json.dumps({"query": "index=main", "id": name}).encode())
        deadline = time.monotonic() + 20
        while app.call("GET", f"/api/v1/search/{name}").status == 404:
            assert time.monotonic() < deadline
        assert json.loads(app.call("GET", f"/api/v1/search/{name}").body)["state"] == "running"
        app.engine.gate.set()
        answer = connection.getresponse()
        assert (answer.status, answer.headers["x-pilotage-search"]) == (200, name)
        answer.read()


@pytest.mark.parametrize("name", ["", "x" * 32, "0" * 31, "../" + "0" * 29, "*/ SELECT 1 /*"])
def test_an_id_is_nothing_else(app, name):
    answer = app.call("POST", "/api/v1/search", document={"query": "index=main", "id": name})
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "bad-request")


def test_an_id_is_used_once(app):
    document = {"query": "index=main", "id": "a" * 32}
    assert [app.call("POST", "/api/v1/search", document=document).status for _ in range(2)] == [200, 400]
