from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading

import pyarrow as pa
import pytest

from pilotage.model.problem import Problem, Span


def ask(app, **document):
    return app.call("POST", "/api/v1/search", document={"query": "index=main"} | document)


def report(app, answer):
    return json.loads(app.call("GET", f"/api/v1/search/{answer.headers['x-pilotage-search']}").body)


def test_rows_come_pure_and_in_order(app):
    app.engine.rows, app.engine.columns = [{"n": 2}, {"n": 1}], ("n",)
    app.engine.messages = (Problem("unknown-field", "no field `x`"),)
    answer = ask(app, earliest="-1h", language="sumo")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in answer.body.splitlines()] == [{"n": 2}, {"n": 1}]
    assert json.loads(answer.headers["x-pilotage-columns"]) == ["n"]
    known = report(app, answer)
    assert (known["state"], known["statistics"], known["messages"][0]["code"]) == ("done", {"rows": 2}, "unknown-field")
    search = app.engine.asked[0]
    assert (search.query, search.language, search.earliest, search.latest) == ("index=main", "sumo", "-1h", None)
    assert (search.limits.seconds, search.limits.result_rows) == (300.0, 10_000_000)


def test_a_request_may_lower_the_limits_and_not_raise_them(app):
    ask(app, seconds=5, result_rows=10)
    ask(app, seconds=5000)
    assert (app.engine.asked[0].limits.seconds, app.engine.asked[0].limits.result_rows) == (5, 10)
    assert app.engine.asked[1].limits.seconds == 300.0


def test_open_columns_have_no_header(app):
    assert "x-pilotage-columns" not in ask(app).headers


def test_arrow_by_accept(app):
    app.engine.rows = [{"n": 1}, {"n": 2}]
    body = json.dumps({"query": "q"}).encode()
    answer = app.call("POST", "/api/v1/search", body=body, headers={"Accept": "application/vnd.apache.arrow.stream"})
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert pa.ipc.open_stream(answer.body).read_all().to_pylist() == [{"n": 1}, {"n": 2}]


def test_a_query_error_is_400_with_its_span(app):
    app.engine.failure = Problem("unknown-function", "no aggregate function `medain`", Span(8, 14), "did you mean `median`?")
    answer = ask(app)
    assert answer.status == 400
    assert json.loads(answer.body)["error"] == {
        "code": "unknown-function",
        "sentence": "no aggregate function `medain`",
        "span": [8, 14],
        "hint": "did you mean `median`?",
        "doc": None,
    }


def test_a_late_failure_cuts_the_connection_and_is_told_under_the_id(app):
    app.engine.rows = [{"n": 1}]
    app.engine.late_failure = Problem("query-memory", "the query needs more memory than its limit")
    connection = http.client.HTTPConnection("127.0.0.1", app.port)
    with contextlib.closing(connection):
        connection.request("POST", "/api/v1/search", body=b'{"query": "q"}')
        response = connection.getresponse()
        assert response.status == 200
        with pytest.raises(http.client.IncompleteRead):
            response.read()
    known = json.loads(app.call("GET", "/api/v1/search/s0").body)
    assert (known["state"], known["error"]["code"]) == ("failed", "query-memory")


def test_closing_the_connection_cancels(app):
    app.engine.endless = True
    connection = http.client.HTTPConnection("127.0.0.1", app.port)
    with contextlib.closing(connection):
        connection.request("POST", "/api/v1/search", body=b'{"query": "q"}')
        connection.getresponse().read(10)
    assert app.engine.results[0].cancelled.wait(10)


def test_delete_cancels_and_the_stream_is_cut(app):
    app.engine.endless = True
    connection = http.client.HTTPConnection("127.0.0.1", app.port)
    with contextlib.closing(connection):
        connection.request("POST", "/api/v1/search", body=b'{"query": "q"}')
        response = connection.getresponse()
        assert json.loads(app.call("GET", "/api/v1/search/s0").body)["state"] == "running"
        assert json.loads(app.call("DELETE", "/api/v1/search/s0").body)["state"] == "cancelled"
        with pytest.raises(http.client.IncompleteRead):
            response.read()


def test_an_unknown_search_is_404(app):
    for method in ("GET", "DELETE"):
        answer = app.call(method, "/api/v1/search/none")
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (404, "unknown-search")


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"seconds": -1}, "`seconds` is -1, must be at least 0.001"),
        ({"seconds": 0}, "`seconds` is 0, must be at least 0.001"),
        ({"seconds": 1e-9}, "`seconds` is 1e-09, must be at least 0.001"),
        ({"result_rows": -1}, "`result_rows` is -1, must be at least 1"),
        ({"result_rows": 0}, "`result_rows` is 0, must be at least 1"),
    ],
)
def test_limits_that_cannot_be_are_refused(app, asked, sentence):
    answer = ask(app, **asked)
    error = json.loads(answer.body)["error"]
    assert (answer.status, error["code"], error["sentence"]) == (400, "bad-request", sentence)
    assert app.engine.asked == []


@contextlib.contextmanager
def readers(app, count):
    """Clients that ask for endless rows, take a few bytes and no more."""
    app.engine.endless = True
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            client = stack.enter_context(socket.socket())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", app.port))
            client.sendall(b'POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 14\r\n\r\n{"query": "q"}')
            assert client.recv(10)
        app.engine.endless = False
        yield


def settled(app, number, state):
    """The report of a search once it is in this state."""
    for _ in range(1000):
        known = json.loads(app.call("GET", f"/api/v1/search/s{number}").body)
        if known["state"] == state:
            return known
        threading.Event().wait(0.01)
    raise AssertionError(known)


def test_a_reader_that_takes_nothing_loses_its_search(app, monkeypatch):
    monkeypatch.setattr("pilotage.api.connection.STALL_SECONDS", 0.2)
    monkeypatch.setattr("pilotage.api.searches.STALL_SECONDS", 0.1)
    with readers(app, 1):
        assert app.engine.results[0].cancelled.wait(20)
        assert settled(app, 0, "failed")["error"]["code"] == "reader-stalled"


def test_more_searches_than_places_wait_and_are_refused_in_the_end(app, monkeypatch):
    monkeypatch.setattr("pilotage.api.turns.WAIT_SECONDS", 0.1)
    with readers(app, 4):
        answer = ask(app)
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert json.loads(answer.body)["error"]["code"] == "searches-busy"
        assert app.call("GET", "/api/v1/search/s0").status == 200
    for number in range(4):
        settled(app, number, "cancelled")
    assert ask(app).status == 200


def test_a_reader_that_takes_nothing_gives_way_to_a_search_that_waits(app, monkeypatch):
    monkeypatch.setattr("pilotage.api.searches.PRESSED_SECONDS", 0.05)
    with readers(app, 4):
        assert ask(app).status == 200
        assert "failed" in [json.loads(app.call("GET", f"/api/v1/search/s{n}").body)["state"] for n in range(4)]


def test_every_way_a_search_can_end_frees_its_place(app, monkeypatch):
    monkeypatch.setattr("pilotage.api.turns.WAIT_SECONDS", 0.0)
    for _ in range(5):
        assert ask(app).status == 200
    app.engine.failure = Problem("unknown-function", "no function `x`")
    for _ in range(5):
        assert ask(app).status == 400
    app.engine.failure, app.engine.late_failure = None, Problem("query-memory", "too much")
    monkeypatch.setattr("pilotage.api.turns.WAIT_SECONDS", 15.0)
    for _ in range(5):
        with pytest.raises(http.client.IncompleteRead):
            ask(app)


def test_delete_ends_a_search_nobody_reads(app, monkeypatch):
    monkeypatch.setattr("pilotage.api.searches.STALE_SECONDS", 0.0)
    with readers(app, 1):
        for _ in range(1000):
            known = app.call("DELETE", "/api/v1/search/s0")
            if app.services.searches.running() == 0:
                break
            threading.Event().wait(0.01)
        assert (known.status, app.services.searches.running()) == (200, 0)
