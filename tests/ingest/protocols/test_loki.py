"""Loki push: both encodings come back field by field, whatever the labels hold; what cannot be read is refused in text."""

from __future__ import annotations

import base64
import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cramjam
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotage.ingest.members import ATTRIBUTES, BODY_BYTES
from pilotage.ingest.request import Grant
from pilotage.ingest.varint import varint

PATH = "/loki/api/v1/push"
FIXTURE = Path(__file__).parents[2] / "fixtures" / "loki" / "003_POST_loki_api_v1_push.bin"
EXACT = "SELECT *, toString(toUnixTimestamp64Nano(time)) AS nanoseconds FROM pilotage.logs ORDER BY time, body"
AT = 1_795_285_048_406_996_992
TRACE = "0af7651916cd43dd8448eb211c80319c"
PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}

Entry = tuple[int, str, dict[str, str]]


def field(number: int, content: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(content)) + content


def push(*streams: tuple[str, list[Entry]]) -> bytes:
    """A `PushRequest` written by hand."""
    return b"".join(field(1, field(1, labels.encode()) + b"".join(map(entry, entries))) for labels, entries in streams)


def entry(one: Entry) -> bytes:
    at, line, metadata = one
    time = b"\x08" + varint(at // 10**9) + b"\x10" + varint(at % 10**9)
    pairs = b"".join(field(3, field(1, k.encode()) + field(2, v.encode())) for k, v in metadata.items())
    return field(2, field(1, time) + field(2, line.encode()) + pairs)


def snappy(body: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(body))


def values(row: dict[str, Any]) -> dict[str, str]:
    assert {letter for letter, _ in row["attributes"].values()} <= {"s"}
    return {name: text for name, (_, text) in row["attributes"].items()}


def test_the_capture_of_a_stock_client(pipeline: Any) -> None:
    reply = pipeline.send(PATH, FIXTURE.read_bytes(), JSON)
    assert (reply.status, reply.body) == (204, b"")
    (row,) = pipeline.take(EXACT)
    assert values(row) == {"app": "ml", "severity": "error", "logger": "loki", "svc": "trainer"}
    fixed = {
        k: row[k]
        for k in ("nanoseconds", "body", "body_type", "index", "service", "severity", "severity_number", "host", "source", "sourcetype")
    }
    assert fixed == {
        "nanoseconds": "1795285048406996992",
        "body": "loki line",
        "body_type": "s",
        "index": "main",
        "service": "ml",
        "severity": "error",
        "severity_number": 17,
        "host": "192.0.2.7",
        "source": "loki",
        "sourcetype": "loki",
    }


@pytest.mark.parametrize("encoding", ["", "snappy", "identity", "gzip"])
def test_protobuf_in_every_encoding(pipeline: Any, encoding: str) -> None:
    labels = '{service_name="fraud", job="j", detected_level="warn", instance="h1:9", filename="/var/log/a.log", note="d\\"e\\\\"}'
    metadata = {"trace_id": TRACE, "span_id": "00F067AA0BA902B7", "level": "error", "note": "own"}
    body = push((labels, [(AT, "one é", {}), (AT + 1, "two", metadata)]), ('{app="b"}', [(AT + 2, "three", {"x": ""})]))
    wrapped = {"": snappy, "snappy": snappy, "identity": bytes, "gzip": gzip.compress}[encoding](body)
    assert pipeline.send(PATH, wrapped, PROTOBUF | ({"content-encoding": encoding} if encoding else {})).status == 204
    one, two, three = pipeline.take(EXACT)
    shared = {"service_name": "fraud", "job": "j", "detected_level": "warn", "instance": "h1:9", "filename": "/var/log/a.log"}
    assert values(one) == shared | {"note": 'd"e\\'}
    assert values(two) == shared | metadata, "metadata win over labels of their name"
    assert values(three) == {"app": "b", "x": ""}
    assert [r["body"] for r in (one, two, three)] == ["one é", "two", "three"]
    assert [int(r["nanoseconds"]) for r in (one, two, three)] == [AT, AT + 1, AT + 2]
    assert [(r["severity"], r["severity_number"]) for r in (one, two, three)] == [("warn", 13), ("error", 17), ("", 0)]
    assert [r["service"] for r in (one, two, three)] == ["fraud", "fraud", "b"]
    assert [r["host"] for r in (one, two, three)] == ["h1:9", "h1:9", "192.0.2.7"]
    assert [r["source"] for r in (one, two, three)] == ["/var/log/a.log", "/var/log/a.log", "loki"]
    assert [(r["trace_id"], r["span_id"]) for r in (one, two, three)] == [("", ""), (TRACE, "00f067aa0ba902b7"), ("", "")]


def test_json_with_metadata_and_values_that_are_no_text(pipeline: Any) -> None:
    streams = [
        {"stream": {"job": "j", "n": 3, "ok": True, "none": None}, "values": [[str(AT), 'say "x"\n', {"m": "é", "k": 1.5}], [AT + 1, "y"]]},
        {"stream": {}, "values": [[str(AT + 2), "no labels", {}]]},
    ]
    body = gzip.compress(json.dumps({"streams": streams}).encode())
    assert pipeline.send(PATH, body, JSON | {"content-encoding": "gzip", "x-scope-orgid": "team a"}).status == 204
    one, two, three = pipeline.take(EXACT)
    shared = {"job": "j", "n": "3", "ok": "true", "none": "", "loki.tenant": "team a"}
    assert (values(one), one["body"]) == (shared | {"m": "é", "k": "1.5"}, 'say "x"\n')
    assert (values(two), two["nanoseconds"]) == (shared, str(AT + 1))
    assert values(three) == {"loki.tenant": "team a"}


def test_sent_again_is_stored_again(pipeline: Any) -> None:
    body = snappy(push(("{a=`b`}", [(AT, "same", {})])))
    for _ in range(2):
        assert pipeline.send(PATH, body, PROTOBUF).status == 204
    assert [values(row) for row in pipeline.take()] == [{"a": "b"}] * 2


def test_times_out_of_range_become_the_time_of_receipt(pipeline: Any) -> None:
    far = [(0, "zero", {}), ((1 << 62) * 10**9, "far", {})]
    assert pipeline.send(PATH, snappy(push(('{a="b"}', far))), PROTOBUF).status == 204
    written = {
        "streams": [{"stream": {"a": "b"}, "values": [["0", "none"], ["99999999999999999999999", "long"], ["18446744073709551615", "max"]]}]
    }
    assert pipeline.send(PATH, json.dumps(written).encode(), JSON).status == 204
    rows = pipeline.take("SELECT *, abs(dateDiff('second', time, received)) AS off FROM pilotage.logs")
    assert [row["off"] for row in rows] == [0] * 5


def test_what_is_no_text_and_what_is_long(pipeline: Any) -> None:
    labels = b'{a="\xff"}'
    stream = field(1, labels) + field(2, field(2, b"bad \xfe byte") + field(3, field(1, b"k\x1fk\xfd") + field(2, b"\xfc")))
    assert pipeline.send(PATH, snappy(field(1, stream)), PROTOBUF).status == 204
    many = {f"k{n}": str(n) for n in range(300)}
    assert pipeline.send(PATH, snappy(push(('{a="b"}', [(AT, "x" * (BODY_BYTES + 5), many)]))), PROTOBUF).status == 204
    long, bad = pipeline.take("SELECT * FROM pilotage.logs ORDER BY length(body) DESC")
    assert (bad["body"], values(bad)) == ("bad \ufffd byte", {"a": "\ufffd", "k_k\ufffd": "\ufffd"})
    assert (len(long["body"]), long["dropped_attributes_count"], long["attributes"].pop("_cut")) == (
        BODY_BYTES,
        301 - ATTRIBUTES,
        ("b", "true"),
    )
    assert values(long) == {"a": "b"} | {f"k{n}": str(n) for n in range(ATTRIBUTES - 1)}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", JSON, 400),
        (b'{"streams":[]}', JSON, 204),
        (b'{"streams":[{"stream":{"a":"b"},"values":[["soon","x"]]}]}', JSON, 400),
        (b'{"streams":[{"stream":{"a":"b"},"values":[["1"]]}]}', JSON, 400),
        (b'{"streams":[{"stream":{"a":{}},"values":[["1","x"]]}]}', JSON, 400),
        (snappy(push(("{a=b}", [(AT, "x", {})]))), PROTOBUF, 400),
        (push(('{a="b"}', [(AT, "x", {})])), PROTOBUF, 400),
        (snappy(b"\x0a\x7fabc"), PROTOBUF, 400),
        (snappy(b""), PROTOBUF, 204),
        (b"x", {"content-type": "text/plain", "content-encoding": "identity"}, 415),
        (b"x", PROTOBUF | {"content-encoding": "br"}, 415),
    ],
)
def test_what_is_refused(pipeline: Any, body: bytes, headers: dict[str, str], status: int) -> None:
    reply = pipeline.send(PATH, body, headers)
    assert reply.status == status, reply.body
    assert (reply.body == b"") == (status == 204)
    assert pipeline.take() == []


def test_the_password_is_a_token_too(start: Callable[..., Any]) -> None:
    pipeline = start(tokens={"secret": Grant("1", "l", frozenset({"ingest"}), default_index="team", host="h", source="s", sourcetype="t")})
    body = snappy(push(('{a="b"}', [(AT, "x", {})])))
    basic = {"authorization": "Basic " + base64.b64encode(b"user:secret").decode()}
    assert pipeline.send(PATH, body, PROTOBUF | basic).status == 204
    assert pipeline.send(PATH, body, PROTOBUF | {"authorization": "Basic !"}).status == 401
    (row,) = pipeline.take()
    assert (row["index"], row["host"], row["source"], row["sourcetype"]) == ("team", "h", "s", "t")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ENTRIES = st.lists(st.tuples(TEXT, st.dictionaries(TEXT.filter(lambda t: "\x1f" not in t), TEXT, max_size=3)), min_size=1, max_size=4)


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=ENTRIES, kind=st.sampled_from(["protobuf", "json"]))
def test_whatever_is_sent_comes_back(pipeline: Any, entries: list[tuple[str, dict[str, str]]], kind: str) -> None:
    if kind == "json":
        document = {"streams": [{"stream": {}, "values": [[str(AT + n), line, more] for n, (line, more) in enumerate(entries)]}]}
        reply = pipeline.send(PATH, json.dumps(document).encode(), JSON)
    else:
        reply = pipeline.send(PATH, snappy(push(("{}", [(AT + n, line, more) for n, (line, more) in enumerate(entries)]))), PROTOBUF)
    assert reply.status == 204, reply.body
    assert [(row["body"], values(row)) for row in pipeline.take()] == entries


def test_flipped_bytes_of_protobuf_are_refused_or_loaded(pipeline: Any) -> None:
    chance = random.Random(11)
    good = push(('{a="b", c="d\\"e"}', [(AT, "one", {"k": "v"}), (AT + 1, "two", {})]))
    taken = 0
    for _ in range(150):
        broken = bytearray(good)
        for _ in range(chance.randint(1, 3)):
            broken[chance.randrange(len(good))] = chance.randrange(256)
        status = pipeline.send(PATH, bytes(broken), PROTOBUF | {"content-encoding": "identity"}).status
        assert status in (204, 400)
        taken += status == 204
    assert taken > 15, "flips in texts and numbers are no fault"
    assert all(code != "internal" for _, code in pipeline.statistics.refusals())
    assert [row["attributes"] for row in pipeline.take() if row["index"] == "_dead_letter"] == []
    # Members this schema does not know, as later versions of the message may have.
    later = field(1, good[2:] + b"\x18\x05" + field(2, field(2, b"three") + field(4, b"x") + b"\x28\x01")) + b"\x10\x01"
    assert pipeline.send(PATH, snappy(later), PROTOBUF).status == 204
    assert [row["body"] for row in pipeline.take(EXACT)] == ["one", "two", "three"]
