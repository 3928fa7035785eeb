"""Elasticsearch's APIs as shippers use them: documents become rows with ECS names in their columns, questions get lenient answers."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from pilotage.ingest.request import Grant

EXACT = "SELECT *, toString(toUnixTimestamp64Nano(time)) AS nanoseconds FROM pilotage.logs ORDER BY time, body"
NDJSON = {"content-type": "application/x-ndjson"}
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"
FIXED = (
    "nanoseconds",
    "body",
    "body_type",
    "index",
    "service",
    "severity",
    "severity_number",
    "host",
    "source",
    "sourcetype",
    "trace_id",
    "span_id",
)


def ndjson(*lines: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def said(reply: Any) -> Any:
    assert ("x-elastic-product", "Elasticsearch") in reply.headers
    return json.loads(reply.body)


def bulk(pipeline: Any, path: str, *lines: dict[str, Any]) -> Any:
    reply = pipeline.send(path, ndjson(*lines), NDJSON)
    assert reply.status == 200, reply.body
    return said(reply)


ECS = {
    "@timestamp": "2026-11-21T18:17:28.406996992Z",
    "message": 'say "é"',
    "service.name": "fraud",
    "log": {"level": "WARN", "logger": "a", "file": {"path": "/var/log/x.log"}},
    "trace.id": TRACE,
    "span": {"id": SPAN},
    "host": {"name": "h1", "os": {"name": "linux", "v": {"major": 6, "deep": {"x": 1}}}},
    "event.dataset": "nginx.access",
    "n": 12,
    "ratio": 1.50,
    "ok": True,
    "tags": ["a", {"b": 1}],
    "none": None,
    "empty": {},
}


def test_an_ecs_document_field_by_field(pipeline: Any) -> None:
    answer = bulk(pipeline, "/_bulk", {"create": {"_index": "logs-app-default", "_id": "id1"}}, ECS)
    assert answer["errors"] is False
    (item,) = answer["items"]
    assert (item["create"]["_index"], item["create"]["_id"], item["create"]["status"]) == ("logs-app-default", "id1", 201)
    (row,) = pipeline.take(EXACT)
    assert dict(zip(FIXED, (row[k] for k in FIXED), strict=True)) == {
        "nanoseconds": "1795285048406996992",
        "body": 'say "é"',
        "body_type": "s",
        "index": "logs-app-default",
        "service": "fraud",
        "severity": "WARN",
        "severity_number": 13,
        "host": "h1",
        "source": "/var/log/x.log",
        "sourcetype": "nginx.access",
        "trace_id": TRACE,
        "span_id": SPAN,
    }
    assert row["attributes"] == {
        "service.name": ("s", "fraud"),
        "log.level": ("s", "WARN"),
        "log.logger": ("s", "a"),
        "log.file.path": ("s", "/var/log/x.log"),
        "trace.id": ("s", TRACE),
        "span.id": ("s", SPAN),
        "host.name": ("s", "h1"),
        "host.os.name": ("s", "linux"),
        "host.os.v.major": ("i", "6"),
        "host.os.v.deep": ("k", '{"x":1}'),
        "event.dataset": ("s", "nginx.access"),
        "n": ("i", "12"),
        "ratio": ("d", "1.5"),
        "ok": ("b", "true"),
        "tags": ("a", '["a",{"b":1}]'),
        "none": ("n", ""),
        "empty": ("k", "{}"),
        "_id": ("s", "id1"),
    }
    assert json.loads(str(row["resource"])) == {"service.name": "fraud"}


@pytest.mark.parametrize(
    ("written", "nanoseconds"),
    [
        ("2024-02-29", 1_709_164_800_000_000_000),
        ("2024-02-29T12:30", 1_709_209_800_000_000_000),
        ("2024-02-29T12:30:01,5+01:00", 1_709_206_201_500_000_000),
        ("2024-02-29 12:30:01.123456Z", 1_709_209_801_123_456_000),
        (1_709_209_801_123, 1_709_209_801_123_000_000),
        ("1709209801123", 1_709_209_801_123_000_000),
    ],
)
def test_times(pipeline: Any, written: str | int, nanoseconds: int) -> None:
    assert bulk(pipeline, "/i/_bulk", {"index": {}}, {"@timestamp": written})["errors"] is False
    (row,) = pipeline.take(EXACT)
    assert int(row["nanoseconds"]) == nanoseconds


def test_without_message_or_time_the_document_is_the_body(pipeline: Any) -> None:
    bulk(pipeline, "/i/_bulk", {"index": {}}, {"a": 1}, {"index": {}}, {"message": {"text": "x"}, "@timestamp": None}, {"index": {}}, {})
    rows = pipeline.take("SELECT *, abs(dateDiff('second', time, received)) AS off FROM pilotage.logs ORDER BY length(body)")
    assert [(r["body"], r["body_type"], r["off"], r["host"], r["source"], r["sourcetype"]) for r in rows] == [
        (body, "k", 0, "192.0.2.7", "elasticsearch", "elasticsearch")
        for body in ("{}", '{"a": 1}', '{"message": {"text": "x"}, "@timestamp": null}')
    ]
    assert [r["attributes"] for r in rows] == [{}, {"a": ("i", "1")}, {"message.text": ("s", "x")}]


def test_bad_neighbours_harm_nobody(pipeline: Any) -> None:
    body = (
        b'{"index":{}}\n{"message":"one"}\n{"index":{}}\nnope\n{"update":{"_id":"1"}}\n{"doc":{}}\n{"delete":{"_id":"1"}}\n'
        b'{"index":{"_index":"_internal"}}\n{}\n{"create":{}}\n{"message":"two"}\n{"index":{}}\n{"a":"\xff"}\n'
    )
    reply = pipeline.send("/app/_bulk", body, NDJSON)
    answer = said(reply)
    assert (reply.status, answer["errors"]) == (200, True)
    found = [(action, item["status"], item.get("error", {}).get("type")) for each in answer["items"] for action, item in each.items()]
    assert found == [
        ("index", 201, None),
        ("index", 400, "mapper_parsing_exception"),
        ("update", 400, "illegal_argument_exception"),
        ("delete", 400, "illegal_argument_exception"),
        ("index", 400, "invalid_index_name_exception"),
        ("create", 201, None),
        ("index", 400, "mapper_parsing_exception"),
    ]
    assert [(row["index"], row["body"]) for row in pipeline.take()] == [("app", "one"), ("app", "two")]


def test_what_the_engine_cannot_hold_is_kept_with_its_reason(pipeline: Any) -> None:
    deep = b'{"a":' * 1500 + b"1" + b"}" * 1500
    reply = pipeline.send("/_bulk", b'{"index":{}}\n' + deep + b'\n{"index":{}}\n{"message":"ok"}\n', NDJSON)
    statuses = [item["index"]["status"] for item in said(reply)["items"]]
    rows = pipeline.take("SELECT * FROM pilotage.logs ORDER BY length(body)")
    assert rows[0]["body"] == "ok"
    assert statuses[1] == 201
    assert len(rows) == statuses.count(201), "acknowledged is there, as a row or as a dead letter"
    assert all(row["index"] == "_dead_letter" and row["attributes"]["dead_letter.reason"] for row in rows[1:])


@pytest.mark.parametrize(("method", "path", "action"), [("POST", "/i/_doc", ""), ("PUT", "/i/_doc/7", "7"), ("PUT", "/i/_create/7", "7")])
def test_single_documents(pipeline: Any, method: str, path: str, action: str) -> None:
    reply = pipeline.send(path, b'{\n  "message": "one",\n  "x": 1\n}\n', {"content-type": "application/json"}, method=method)
    answer = said(reply)
    assert (reply.status, answer["result"], answer["_index"]) == (201, "created", "i")
    (row,) = pipeline.take()
    assert (row["body"], row["attributes"]) == ("one", {"x": ("i", "1")} | ({"_id": ("s", "7")} if action else {}))
    reply = pipeline.send(path, b"{", {"content-type": "application/json"}, method=method)
    assert (reply.status, said(reply)["error"]["type"]) == (400, "mapper_parsing_exception")
    assert pipeline.take() == []


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        ("/_bulk", b"", 400, "illegal_argument_exception"),
        ("/_bulk", b"\n", 400, "action_request_validation_exception"),
        ("/_bulk", b'{"index":{}}\n{}', 400, "illegal_argument_exception"),
        ("/a b/_bulk", b'{"index":{}}\n{}\n', 400, "invalid_index_name_exception"),
        ("/_internal/_doc", b"{}", 400, "invalid_index_name_exception"),
    ],
)
def test_what_is_refused_whole(pipeline: Any, path: str, body: bytes, status: int, kind: str) -> None:
    reply = pipeline.send(path, body, NDJSON)
    assert (reply.status, said(reply)["error"]["type"], said(reply)["status"]) == (status, kind, status)
    (dealings,) = pipeline.statistics.senders.all().values()
    told = "the bulk request must be terminated by a newline [\\n]" if kind.startswith("illegal") else kind[:-10].replace("_", " ")
    assert [each.sentence for each in dealings.refused.values()] == [told]
    assert pipeline.take() == []


@pytest.mark.parametrize(
    ("method", "path", "member"),
    [
        ("GET", "/", "tagline"),
        ("HEAD", "/", None),
        ("GET", "/_license", "license"),
        ("GET", "/_xpack", "features"),
        ("GET", "/_cluster/health", "status"),
        ("HEAD", "/filebeat-8.1", None),
        ("PUT", "/filebeat-8.1", "index"),
        ("GET", "/_index_template/x", None),
        ("PUT", "/_ilm/policy/x", "acknowledged"),
        ("PUT", "/_ingest/pipeline/x", "acknowledged"),
        ("HEAD", "/_template/x", None),
        ("PUT", "/i/_mapping", "acknowledged"),
    ],
)
def test_questions_before_sending(pipeline: Any, method: str, path: str, member: str | None) -> None:
    kind = "application/vnd.elasticsearch+json; compatible-with=8"
    reply = pipeline.send(path, b"", {"accept": kind}, method=method)
    assert (reply.status, reply.media_type) == (200, kind)
    assert ("x-elastic-product", "Elasticsearch") in reply.headers
    assert (reply.body == b"") == (method == "HEAD")
    if member:
        assert member in said(reply)


def test_tokens_in_every_form(start: Callable[..., Any]) -> None:
    pipeline = start(
        tokens={"secret": Grant("1", "e", frozenset({"ingest"}), frozenset({"a", "b"}), default_index="a", host="h", sourcetype="t")}
    )
    body = ndjson({"index": {}}, {"message": "x"}, {"index": {"_index": "b"}}, {"message": "y"}, {"index": {"_index": "c"}}, {})
    pair = base64.b64encode(b"user:secret").decode()
    for value in ("Bearer secret", f"Basic {pair}", f"ApiKey {pair}", "ApiKey secret"):
        reply = pipeline.send("/_bulk", gzip.compress(body), NDJSON | {"authorization": value, "content-encoding": "gzip"})
        assert [item["index"]["status"] for item in said(reply)["items"]] == [201, 201, 403]
    for value in ("", "ApiKey other", "Basic !"):
        reply = pipeline.send("/_bulk", body, NDJSON | {"authorization": value})
        assert (reply.status, said(reply)["error"]["type"]) == (401, "security_exception")
    reply = pipeline.send("/c/_bulk", body, NDJSON | {"authorization": "Bearer secret"})
    assert (reply.status, said(reply)["error"]["type"]) == (403, "security_exception")
    rows = pipeline.take()
    assert sorted((r["index"], r["body"]) for r in rows) == [("a", "x")] * 4 + [("b", "y")] * 4
    assert {(r["host"], r["sourcetype"]) for r in rows} == {("h", "t")}


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f"), max_size=5)
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT | st.floats(-1e9, 1e9).map(lambda x: round(x, 3))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2), max_leaves=6)
LETTERS: dict[type, str] = {bool: "b", int: "i", float: "d", str: "s", list: "a", dict: "k", type(None): "n"}


def flat(document: dict[str, Any], depth: int = 0) -> list[tuple[str, Any]]:
    """Names and values as Elasticsearch sees them, down to four names."""
    found: list[tuple[str, Any]] = []
    for key, value in document.items():
        inner = flat(value, depth + 1) if isinstance(value, dict) and value and depth < 3 else [("", value)]
        nested = isinstance(value, dict) and value and depth < 3
        found += [(f"{key}.{name}" if nested else key, each) for name, each in inner]
    return found


def meaning(letter: str, text: str) -> object:
    return text if letter == "s" else None if letter == "n" else json.loads(text)


def letter_of(value: object) -> str:
    # The engine writes a number without a fraction as an integer.
    return "i" if isinstance(value, float) and value.is_integer() else LETTERS[type(value)]


@settings(
    deadline=None, max_examples=15, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.dictionaries(TEXT.filter(lambda k: k not in ("message", "@timestamp")), VALUES, min_size=1, max_size=4), min_size=1, max_size=4
    )
)
@example([{"a": {"b": {"c": {"d": {"e": 1}}}}, "a.b": "x", "": {"": 2}, "t\ty": "\t\n"}])
def test_any_document_comes_back(pipeline: Any, documents: list[dict[str, Any]]) -> None:
    lines = [line for n, document in enumerate(documents) for line in ({"index": {}}, {"@timestamp": 1_700_000_000_000 + n, **document})]
    assert bulk(pipeline, "/i/_bulk", *lines)["errors"] is False
    rows = pipeline.take("SELECT * FROM pilotage.logs ORDER BY time")
    assert [json.loads(row["body"]) for row in rows] == lines[1::2]
    for row, document in zip(rows, documents, strict=True):
        # Of equal names the last is what the fixture shows, as in a Python dictionary.
        wanted = dict(flat(document))
        assert {name: letter for name, (letter, _) in row["attributes"].items()} == {name: letter_of(v) for name, v in wanted.items()}
        assert {name: meaning(*pair) for name, pair in row["attributes"].items()} == wanted
