"""Every resource, unasked: described, error shape, no token, a reading token. A new file in `api/resources` is checked by being there."""

from __future__ import annotations

import json

import pytest

from pilotage.api.resource import Routes, discover

OPERATIONS = [operation for resource in discover() for operation in resource.operations]
NAMES = [f"{each.method} {each.path}" for each in OPERATIONS]
GUARDED = [each for each in OPERATIONS if each.scope is not None]
GUARDED_NAMES = [f"{each.method} {each.path}" for each in GUARDED]


def place(operation):
    return operation.path.replace("{id}", "nothing").replace("{name}", "nothing").replace("{index}", "main")


def error_of(answer):
    assert answer.headers["content-type"] == "application/json"
    document = json.loads(answer.body)
    assert list(document) == ["error"]
    assert list(document["error"]) == ["code", "sentence", "span", "hint", "doc"]
    sentence = document["error"]["sentence"]
    assert sentence[0] == sentence[0].lower()
    assert not sentence.endswith(".")
    return document["error"]


def test_every_file_is_found_once():
    names = [resource.name for resource in discover()]
    assert len(names) == len(set(names))
    assert {"search", "tokens", "indexes", "audit", "export", "backup", "status"} <= set(names)


@pytest.mark.parametrize("operation", OPERATIONS, ids=NAMES)
def test_it_is_in_the_openapi_document(app, operation):
    document = json.loads(app.call("GET", "/openapi.json").body)
    described = document["paths"][operation.path][operation.method.lower()]
    assert described["summary"]
    assert str(operation.status) in described["responses"]
    assert described["responses"]["default"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Problem"}
    if operation.scope is None:
        assert "security" not in described
    else:
        assert described["security"] == [{"token": [operation.scope]}, {"session": []}]


@pytest.mark.parametrize("operation", GUARDED, ids=GUARDED_NAMES)
def test_without_a_token_it_is_401_and_a_wrong_one_too(closed, operation):
    for token, code in ((None, "token-required"), ("wrong", "token-invalid"), ("off", "token-disabled")):
        answer = closed.call(operation.method, place(operation), token=token)
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert error_of(answer)["code"] == code


@pytest.mark.parametrize("operation", GUARDED, ids=GUARDED_NAMES)
def test_a_reading_token_changes_nothing(closed, operation):
    answer = closed.call(operation.method, place(operation), token="reader")
    if operation.scope == "read":
        assert answer.status != 403
    else:
        assert answer.status == 403
        assert error_of(answer)["code"] == "scope-missing"


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.body], ids=lambda each: each.path)
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"nonsense": 1}', b"\xff"])
def test_a_body_that_does_not_fit_is_400(app, operation, body):
    answer = app.call(operation.method, place(operation), body=body)
    assert answer.status == 400
    assert error_of(answer)["code"] == "bad-request"


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.query], ids=lambda each: each.path)
def test_an_unknown_query_parameter_is_400(app, operation):
    answer = app.call(operation.method, place(operation) + "?nonsense=1")
    assert answer.status == 400
    assert "nonsense" in error_of(answer)["sentence"]


def test_unknown_places_and_methods(app):
    assert error_of(app.call("GET", "/api/v1/nothing"))["code"] == "not-found"
    answer = app.call("PUT", "/api/v1/tokens")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")
    assert error_of(answer)["code"] == "method-not-allowed"


def test_routes_with_holes():
    routes = Routes(tuple(OPERATIONS))
    assert routes.find("/api/v1/search/abc")[1] == {"id": "abc"}
    assert routes.find("/api/v1/search/abc/def") is None


@pytest.mark.parametrize("operation", OPERATIONS, ids=NAMES)
def test_a_foreign_host_and_a_cross_site_origin_are_refused(app, operation):
    answer = app.call(operation.method, place(operation), headers={"Host": "evil.example"})
    assert (answer.status, error_of(answer)["code"]) == (403, "foreign-host")
    answer = app.call(operation.method, place(operation), headers={"Origin": "https://evil.example"})
    assert (answer.status, error_of(answer)["code"]) == (403, "cross-site")


def test_a_backup_to_no_possible_path_is_refused(app):
    answer = app.call("POST", "/api/v1/backup", body=b'{"directory": "/a\\u0000b"}')
    assert (answer.status, error_of(answer)["code"]) == (400, "bad-request")


def test_a_wrong_scope_is_named_with_the_near_one(app):
    answer = app.call("POST", "/api/v1/tokens", body=b'{"name": "a", "scopes": ["admin", "ingst"]}')
    assert (answer.status, error_of(answer)["sentence"]) == (400, "`ingst` is not a scope")
    assert error_of(answer)["hint"] == "did you mean `ingest`? scopes: ingest, read, admin"
