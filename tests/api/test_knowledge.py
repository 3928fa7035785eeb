"""Macros, event types, tags and lookups over HTTP, and who may let a search write."""

from __future__ import annotations

import json

import pytest

from pilotage.model.problem import PilotageError

DOCUMENTS = {
    "macros": {"definition": "a=$x$", "arguments": ["x"], "evaluated": False},
    "eventtypes": {"search": "a=1"},
    "tags": {"pairs": [{"field": "host", "value": "a"}]},
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_put_get_list_delete(app, kind):
    name = "m(1)" if kind == "macros" else "one"
    path = f"/api/v1/{kind}/{name}"
    put = app.call("PUT", path, document=DOCUMENTS[kind])
    assert put.status == 200, put.body
    shown = json.loads(put.body)
    assert shown == {"name": name, **DOCUMENTS[kind]}
    assert json.loads(app.call("GET", path).body) == shown
    assert json.loads(app.call("GET", f"/api/v1/{kind}").body) == [shown]
    assert app.call("DELETE", path).status == 204
    for method in ("GET", "DELETE"):
        gone = app.call(method, path)
        assert (gone.status, json.loads(gone.body)["error"]["code"]) == (404, f"{kind[:-1]}-missing")
    actions = [entry["action"] for entry in json.loads(app.call("GET", "/api/v1/audit").body)]
    assert actions[:2] == [f"{kind[:-1]}.delete", f"{kind[:-1]}.put"]


def test_a_lookup_is_its_file_and_settings(app):
    data = b"net,zone\n10.0.0.0/8,\xc3\xa4\n"
    put = app.call("PUT", "/api/v1/lookups/nets.csv?match_type=CIDR(net)&max_matches=1", body=data)
    assert put.status == 200, put.body
    shown = json.loads(put.body)
    assert (shown["columns"], shown["rows"]) == (["net", "zone"], 1)
    assert (shown["settings"]["match_type"], shown["settings"]["max_matches"]) == ("CIDR(net)", 1)
    assert json.loads(app.call("GET", "/api/v1/lookups").body) == [shown]
    assert app.call("GET", "/api/v1/lookups/nets.csv/file").body == data
    assert app.call("DELETE", "/api/v1/lookups/nets.csv").status == 204
    assert app.call("GET", "/api/v1/lookups/nets.csv/file").status == 404


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("a.csv", b"", "lookup-empty"),
        ("a.csv", b"a,b\n1\n", "lookup-unreadable"),
        ("a.csv", b"a,\xff\n", "lookup-unreadable"),
        ("a.csv?match_type=LIKE(a)", b"a\n1\n", "bad-request"),
        ("a.csv?max_matches=0", b"a\n1\n", "bad-request"),
        ("a.csv?time_field=t", b"a\n1\n", "unknown-column"),
        ("a%2Fb", b"a\n1\n", "not-found"),
        ("%20a", b"a\n1\n", "bad-request"),
    ],
)
def test_a_lookup_that_cannot_be_kept(app, path, data, code):
    answer = app.call("PUT", f"/api/v1/lookups/{path}", body=data)
    assert json.loads(answer.body)["error"]["code"] == code
    assert json.loads(app.call("GET", "/api/v1/lookups").body) == []


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("macros/m(2)", DOCUMENTS["macros"]),
        ("macros/m", {"definition": "x", "arguments": ["a b"]}),
        ("eventtypes/e", {"search": " "}),
        ("eventtypes/e", {"search": "a=1 | head"}),
        ("tags/t", {"pairs": []}),
        ("tags/t", {"pairs": [{"field": "a", "value": ""}]}),
    ],
)
def test_a_definition_that_cannot_be_kept(app, kind, document):
    answer = app.call("PUT", f"/api/v1/{kind}", document=document)
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "bad-request")


def test_an_event_type_is_checked_where_it_is_put(app):
    answer = app.call("PUT", "/api/v1/eventtypes/e", document={"search": 'a="x'})
    assert json.loads(answer.body)["error"]["code"] == "quote-open"
    assert app.call("PUT", "/api/v1/eventtypes/e", document={"search": "`not_there_yet` a=1"}).status == 200


def test_a_search_writes_with_the_scope_ingest_only(closed):
    for token, code in (("reader", "scope-missing"), ("all", None)):
        assert closed.call("POST", "/api/v1/search", document={"query": "x"}, token=token).status == 200
        permit = closed.engine.asked[-1].permit
        if code is None:
            permit("lookup", "a.csv")
            permit("events", "main")
            continue
        with pytest.raises(PilotageError, match=code):
            permit("lookup", "a.csv")
