from __future__ import annotations

import contextlib
import http.client
import json

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
