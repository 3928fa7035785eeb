"""HEC: what is sent is what is stored, every reply code, the order of the checks, acknowledgement over a restart."""

from __future__ import annotations

import base64
import gzip
import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pilotage.ingest.hec import MAX_EVENTS
from pilotage.ingest.protocols.hec import TEXTS
from pilotage.ingest.receive import Limits
from pilotage.ingest.request import Grant

ROOT = "/services/collector"
FIXTURES = Path(__file__).parents[2] / "fixtures"
CHANNEL = {"authorization": "Splunk acks", "x-splunk-request-channel": str(uuid.UUID(int=7))}
POINTS = "SELECT * FROM pilotage.points ORDER BY metric"
INGEST = frozenset({"ingest"})
TOKENS: dict[str, Grant | str] = {
    "good": Grant("1", "app", INGEST),
    "narrow": Grant("2", "narrow", INGEST, frozenset({"apps", "main"}), "apps", source="src", sourcetype="st", host="box"),
    "acks": Grant("3", "acks", INGEST, acknowledge=True),
    "acks2": Grant("4", "acks2", INGEST, acknowledge=True),
    "reader": Grant("5", "reader", frozenset({"read"})),
    "off": "token-disabled",
}


def splunk(token: str, **more: str) -> dict[str, str]:
    return {"authorization": f"Splunk {token}", **more}


def document(reply: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(reply.body)
    return found


def moment(row: dict[str, object]) -> Decimal:
    """Nanoseconds survive no Python time, so ask for them as text."""
    return Decimal(str(row["nanoseconds"])) / 10**9


def at_receipt(row: Any) -> bool:
    return bool(abs((row["time"] - row["received"]).total_seconds()) < 0.001)


WITH_SECONDS = "SELECT *, toString(toUnixTimestamp64Nano(time)) AS nanoseconds FROM pilotage.logs ORDER BY body"


def test_events_become_rows(pipeline: Any) -> None:
    body = (
        b'{"time":1433188255.500,"host":"h","source":"s","sourcetype":"t","index":"i","event":"say \\"hi\\" \\u00e9 {}{","fields":'
        b'{"k":"v","n":0,"d":1.5,"f":false,"e":"","l":["x","y"],"z":null,"esc":"a\\nb"}}{"event":"next"}'
    )
    assert document(pipeline.send(ROOT, body)) == {"text": "Success", "code": 0}
    first, second = pipeline.take("SELECT * FROM pilotage.logs ORDER BY body DESC")
    assert (first["index"], first["host"], first["source"], first["sourcetype"]) == ("i", "h", "s", "t")
    assert (first["body"], first["body_type"]) == ('say "hi" é {}{', "s")
    assert first["attributes"] == {
        "k": ("s", "v"),
        "n": ("i", "0"),
        "d": ("d", "1.5"),
        "f": ("b", "false"),
        "e": ("s", ""),
        "l": ("a", '["x","y"]'),
        "z": ("n", ""),
        "esc": ("s", "a\nb"),
    }
    assert (second["index"], second["host"], second["source"], second["sourcetype"]) == ("main", "192.0.2.7", "http:default", "httpevent")
    assert at_receipt(second)


@pytest.mark.parametrize("separator", ["", "\n", " ", "\r\n\t"])
@pytest.mark.parametrize("indent", [None, 2])
def test_objects_may_stand_in_any_way(pipeline: Any, separator: str, indent: int | None) -> None:
    events = [{"event": {"a": [1, {"b": "}{"}], "s": "x"}, "fields": {"n": n}} for n in range(3)]
    pipeline.send(ROOT, separator.join(json.dumps(e, indent=indent) for e in events).encode())
    pipeline.send(ROOT, json.dumps(events, indent=indent).encode())
    rows = pipeline.take()
    assert sorted(r["attributes"]["n"][1] for r in rows) == ["0", "0", "1", "1", "2", "2"]
    assert {r["body"] for r in rows} == {'{"a":[1,{"b":"}{"}],"s":"x"}'}
    assert {r["attributes"]["a"] for r in rows} == {("a", '[1,{"b":"}{"}]')}


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1433188255.500123", "1433188255.500123"),
        ("1433188255.123456789", "1433188255.123456789"),
        ('"1433188255.123456789"', "1433188255.123456789"),
        ("1433188255", "1433188255"),
        ('"1433188255."', "1433188255"),
        ("1433188255500", "1433188255.5"),
        ('"1433188255500.25"', "1433188255.50025"),
        ("1.433188255e9", "1433188255"),
        ("0", "0"),
        ("1433188255.12345678912", "1433188255.123456789"),
        ("8999999999", "8999999999"),
    ],
)
def test_time_is_exact(pipeline: Any, written: str, seconds: str) -> None:
    pipeline.send(ROOT, b'{"event":"x","time":%s}' % written.encode())
    assert moment(pipeline.take(WITH_SECONDS)[0]) == Decimal(seconds)


@pytest.mark.parametrize("written", ['"soon"', "-1", "true", "{}", "1e300", "14331882555001", "99999999999", '"NaN"', '"1'])
def test_no_time_is_no_event(pipeline: Any, written: str) -> None:
    reply = pipeline.send(ROOT, b'{"event":"x"}{"event":"x","time":%s}' % written.encode())
    assert (reply.status, document(reply)) == (400, {"text": "Invalid data format", "code": 6, "invalid-event-number": 1})
    assert pipeline.take() == []


@pytest.mark.parametrize("written", ["null", '""'])
def test_no_time_said_is_receipt(pipeline: Any, written: str) -> None:
    pipeline.send(ROOT, b'{"event":"x","time":%s}' % written.encode())
    row = pipeline.take()[0]
    assert at_receipt(row)


@pytest.mark.parametrize(
    ("event", "letter", "text"),
    [
        (b"5", "i", "5"),
        (b"1.50", "d", "1.50"),
        (b"true", "b", "true"),
        (b"[1, 2]", "a", "[1,2]"),
        (b'{"a" : 1.10}', "k", '{"a":1.10}'),
        (b'"x"', "s", "x"),
        (b"{}", "k", "{}"),
    ],
)
def test_events_of_any_kind(pipeline: Any, event: bytes, letter: str, text: str) -> None:
    pipeline.send(ROOT, b'{"event":%s,"fields":{ }}' % event)
    row = pipeline.take()[0]
    assert (row["index"], row["body_type"], row["body"]) == ("main", letter, text)


def test_keys_of_objects_are_attributes_and_fields_win(pipeline: Any) -> None:
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    event = {"a": 1, "b": {"c": 2}, "level": "Warn", "trace_id": trace.upper(), "service.name": "shop"}
    pipeline.send(ROOT, json.dumps({"event": event, "fields": {"a": "win", "span_id": span}}).encode())
    row = pipeline.take()[0]
    assert row["attributes"]["a"] == ("s", "win")
    assert row["attributes"]["b"] == ("k", '{"c":2}')
    assert (row["severity"], row["severity_number"], row["trace_id"], row["span_id"]) == ("Warn", 13, trace, span)
    assert (row["service"], json.loads(str(row["resource"]))) == ("shop", {"service.name": "shop"})


def test_defaults_event_query_token_server(start: Callable[..., Any]) -> None:
    pipeline = start(tokens=TOKENS)
    pipeline.send(ROOT, b'{"event":"1"}', splunk("narrow"))
    pipeline.send(
        ROOT, b'{"event":"2"}', splunk("narrow"), {"host": "q", "source": "q", "sourcetype": "q", "index": "main", "time": "12.5"}
    )
    pipeline.send(ROOT, b'{"event":"3","host":"e","source":"e","sourcetype":"e","index":"apps"}', splunk("narrow"), {"host": "q"})
    pipeline.send(ROOT, b'{"event":"4"}', splunk("good"))
    rows = pipeline.take("SELECT * FROM pilotage.logs ORDER BY body")
    assert [(r["host"], r["source"], r["sourcetype"], r["index"]) for r in rows] == [
        ("box", "src", "st", "apps"),
        ("q", "q", "q", "main"),
        ("e", "e", "e", "apps"),
        ("192.0.2.7", "http:app", "httpevent", "main"),
    ]
    assert rows[1]["time"].timestamp() == 12.5


def test_time_from_the_text_when_asked(pipeline: Any) -> None:
    text = b'{"event":"2026-01-02T03:04:05.123456789+01:00 started"}{"event":"9 no time","time":5}'
    pipeline.send(ROOT, text, query={"auto_extract_timestamp": "true"})
    assert [moment(r) for r in pipeline.take(WITH_SECONDS)] == [Decimal("1767319445.123456789"), Decimal(5)]


def test_raw_text_is_a_row_a_line(pipeline: Any) -> None:
    body = b'first\r\n\n  \n"quoted \\n"\nlatin \xe9'
    assert document(pipeline.send(f"{ROOT}/raw", body, query={"sourcetype": "plain", "time": "1700000000.25"}))["code"] == 0
    rows = pipeline.take()
    assert sorted(str(r["body"]) for r in rows) == ['"quoted \\n"', "first", "latin \ufffd"]
    assert {(r["sourcetype"], r["time"].timestamp()) for r in rows} == {("plain", 1700000000.25)}


def test_metrics_events_become_points(pipeline: Any) -> None:
    single = {"time": 1, "event": "metric", "host": "h", "index": "m", "fields": {"metric_name": "cpu", "_value": "0.5", "core": "0"}}
    several = {"event": "metric", "fields": {"metric_name:idle": 65.1, "metric_name:big": 2**60, "core": "0"}}
    pipeline.send(ROOT, json.dumps(single).encode() + json.dumps(several).encode() + b'{"event":"metric"}{"event":"log"}')
    assert [r["body"] for r in pipeline.rows()] == []
    pipeline.load()
    assert sorted(str(r["body"]) for r in pipeline.rows()) == ["log", "metric"]
    big, cpu, idle = pipeline.take(POINTS)
    assert (cpu["index"], cpu["metric"], cpu["value"], cpu["number"], cpu["host"], cpu["type"]) == ("m", "cpu", 0.5, "d", "h", "gauge")
    assert (idle["index"], idle["value"], idle["attributes"]) == ("metrics", 65.1, '{"core":"0"}')
    assert (big["number"], big["integer"]) == ("i", 2**60)
    assert len({big["series"], cpu["series"], idle["series"]}) == 3


@pytest.mark.parametrize(
    "fields", [{"metric_name": "cpu"}, {"metric_name:cpu": "high"}, {"metric_name:cpu": True}, {"metric_name:": 1}, {"metric_name": 5}]
)
def test_metrics_without_a_number_are_refused(pipeline: Any, fields: dict[str, Any]) -> None:
    reply = pipeline.send(ROOT, json.dumps({"event": "metric", "fields": fields}).encode())
    assert (reply.status, document(reply)["code"]) == (400, 15)


@pytest.mark.parametrize(
    ("body", "code", "number"),
    [
        (b"", 5, None),
        (b" \n", 5, None),
        (b"[]", 5, None),
        (b'{"event":"a"}{"event":', 6, 1),
        (b'{"event":"a"}x', 6, 1),
        (b'{"event":"a"},{"event":"b"}', 6, 1),
        (b"5", 6, 0),
        (b'{"event":"\xff"}', 6, 0),
        (b'{"event":"a"}{"event":"\x01"}', 6, 1),
        (b'{"event":NaN}', 6, 0),
        (b'{"event":"a","fields":[]}', 6, 0),
        (b'{"event":"a","fields":"x"}', 6, 0),
        (b'{"event":"a"}{"host":"h"}', 12, 1),
        (b'{"event":null}', 12, 0),
        (b'{"event":"a"}{"event":"b"}{"event":""}', 13, 2),
        (b'{"event":"a","fields":{"k":{}}}', 15, 0),
        (b'{"event":"a","fields":{"k":[[1]]}}', 15, 0),
        (b'{"event":"a","fields":5}{"event":"b","fields":{"k":\n{}}}', 6, 0),
        (b'{"event":"a","fields":{"k":[{"x":1}]}}', 15, 0),
        (b'{"event":"a","index":"_internal"}', 7, 0),
        (b'{"event":"a"}{"event":"a","index":"no/such name"}', 7, 1),
        (b'{"event":"a","index":5}', 7, 0),
    ],
)
def test_bad_data_is_refused_whole(pipeline: Any, body: bytes, code: int, number: int | None) -> None:
    reply = pipeline.send(ROOT, body)
    expected: dict[str, object] = {"text": TEXTS[code][1], "code": code}
    assert (reply.status, document(reply)) == (400, expected if number is None else expected | {"invalid-event-number": number})
    assert pipeline.take() == []


@pytest.mark.parametrize(
    ("headers", "query", "answer"),
    [
        ({}, {}, (401, 2)),
        ({"authorization": "Bearer good"}, {}, (401, 3)),
        ({"authorization": "Splunk"}, {}, (401, 3)),
        ({"authorization": "Basic ???"}, {}, (401, 3)),
        (splunk("nobody"), {}, (403, 4)),
        (splunk("reader"), {}, (403, 4)),
        (splunk("off"), {}, (403, 1)),
        ({}, {"token": "good"}, (400, 16)),
        ({}, {"token": "nobody"}, (403, 4)),
        (splunk("acks"), {}, (400, 10)),
        (splunk("acks"), {"channel": "five"}, (400, 11)),
        (splunk("narrow"), {"index": "other"}, (400, 7)),
        (splunk("good"), {}, (200, 0)),
        ({"authorization": "sPLUNK good"}, {}, (200, 0)),
        ({"authorization": "Basic " + base64.b64encode(b"any:good").decode()}, {}, (200, 0)),
        (splunk("good"), {"token": "nobody"}, (200, 0)),
        (CHANNEL, {}, (200, 0)),
        (splunk("acks"), {"channel": CHANNEL["x-splunk-request-channel"]}, (200, 0)),
        (splunk("good", **{"content-type": "application/x-www-form-urlencoded"}), {}, (200, 0)),
    ],
)
@pytest.mark.parametrize("place", ["", "/event", "/event/1.0", "/raw", "/raw/1.0"])
def test_who_may_send(
    start: Callable[..., Any], place: str, headers: dict[str, str], query: dict[str, str], answer: tuple[int, int]
) -> None:
    status, code = answer
    pipeline = start(tokens=TOKENS)
    reply = pipeline.send(ROOT + place, b'{"event":"x"}', headers, query)
    assert (reply.status, document(reply)["code"], document(reply)["text"]) == (status, code, TEXTS[code][1])
    assert len(pipeline.take()) == (1 if status == 200 else 0)


def test_the_order_of_checks(start: Callable[..., Any]) -> None:
    pipeline = start(tokens=TOKENS)
    code = lambda *a, **k: document(pipeline.send(*a, **k))["code"]  # noqa: E731 - short here
    assert pipeline.send(f"{ROOT}/mint", b"{", splunk("nobody")).status == 404, "path before token"
    assert pipeline.send(f"{ROOT}/validate/bundle", b"{", {}).status == 404
    reply = pipeline.send(f"{ROOT}/event", b"{", splunk("nobody"), method="GET")
    assert (reply.status, reply.headers) == (405, (("allow", "POST"),)), "method before token"
    assert code(ROOT, b"{", splunk("nobody")) == 4, "token before body"
    assert code(ROOT, b"{", splunk("acks")) == 10, "channel before body"
    assert code(ROOT, b'{"event":"x","index":"other"}{"event":""}', splunk("narrow")) == 13, "event before index"


def test_encodings_and_sizes(start: Callable[..., Any]) -> None:
    pipeline = start(limits=Limits(request_bytes=1000))
    body = b'{"event":"zipped"}'
    assert pipeline.send(ROOT, gzip.compress(body), splunk("t", **{"content-encoding": "gzip"})).status == 200
    assert [r["body"] for r in pipeline.take()] == ["zipped"]
    for sent, encoding, status in (
        (b"\x1f\x8bbroken", "gzip", 400),
        (gzip.compress(b" " * 2000), "gzip", 413),
        (body, "br", 415),
        (b" " * 2000, "", 413),
    ):
        reply = pipeline.send(ROOT, sent, splunk("t", **{"content-encoding": encoding}))
        assert (reply.status, document(reply)["code"]) == (status, 6)


def test_too_many_events(pipeline: Any) -> None:
    reply = pipeline.send(ROOT, b'{"event":1}' * (MAX_EVENTS + 1))
    assert (reply.status, document(reply)["code"]) == (413, 6)
    assert pipeline.send(f"{ROOT}/raw", b"x\n" * (MAX_EVENTS + 1)).status == 413


def test_long_events_are_cut_and_many_attributes_dropped(pipeline: Any) -> None:
    pipeline.send(ROOT, json.dumps({"event": "é" * 600_000, "fields": {"k": "v"}}).encode())
    pipeline.send(ROOT, json.dumps({"event": "short", "fields": {f"k{n}": n for n in range(300)}}).encode())
    short, long = pipeline.take("SELECT * FROM pilotage.logs ORDER BY length(body)")
    assert len(str(long["body"]).encode()) <= (1 << 20) + 3
    assert long["attributes"] == {"k": ("s", "v"), "_cut": ("b", "true")}
    assert (len(short["attributes"]), short["dropped_attributes_count"]) == (256, 44)


def test_what_the_engine_cannot_read_is_a_dead_letter_alone(pipeline: Any) -> None:
    assert pipeline.send(ROOT, b'{"event":"a"}{"event":"b","fields":{"n":1e999}}{"event":"c"}').status == 200
    rows = pipeline.take("SELECT * FROM pilotage.logs ORDER BY body")
    assert [(r["index"], r["body"]) for r in rows] == [("main", "a"), ("_dead_letter", "b"), ("main", "c")]
    assert rows[1]["attributes"]["dead_letter.index"] == ("s", "main")


def test_half_a_surrogate_pair_is_no_reason_to_refuse(pipeline: Any) -> None:
    pipeline.send(ROOT, b'{"event":"a \\ud83d\\ude00 \\ud83d b \\\\ud83d \\ude00"}')
    assert [r["body"] for r in pipeline.take()] == ["a 😀 \ufffd b \\ud83d \ufffd"]


def test_load_is_refused_as_retryable(start: Callable[..., Any]) -> None:
    pipeline = start(limits=Limits(backlog_bytes=-1))
    for path, method, code in ((ROOT, "POST", 9), (f"{ROOT}/health", "GET", 18)):
        reply = pipeline.send(path, b'{"event":"x"}', method=method)
        assert (reply.status, document(reply), reply.headers) == (503, {"text": TEXTS[code][1], "code": code}, (("retry-after", "1"),))
    pipeline.receiver.stop()
    assert document(pipeline.send(ROOT, b'{"event":"x"}'))["code"] == 23


def test_health(start: Callable[..., Any]) -> None:
    pipeline = start(tokens=TOKENS)
    health = f"{ROOT}/health"
    for path, headers, query, status, code in (
        (health, {}, {}, 200, 17),
        (f"{health}/1.0", {}, {"ack": "1"}, 200, 17),
        (health, {}, {"token": "good"}, 200, 17),
        (health, {}, {"token": "nobody"}, 400, 21),
        (health, splunk("off"), {}, 400, 22),
    ):
        reply = pipeline.send(path, b"", headers, query, method="GET")
        assert (reply.status, document(reply)) == (status, {"text": TEXTS[code][1], "code": code})


def test_acknowledgement_survives_a_restart_and_invents_nothing(start: Callable[..., Any]) -> None:
    pipeline = start(tokens=TOKENS)
    ask = lambda headers, acks=(0, 1, 2): document(pipeline.send(f"{ROOT}/ack", json.dumps({"acks": acks}).encode(), headers))  # noqa: E731 - short here
    assert [document(pipeline.send(ROOT, b'{"event":"x"}', CHANNEL))["ackId"] for _ in range(2)] == [0, 1]
    assert document(pipeline.send(f"{ROOT}/raw", b"x", {**CHANNEL, "x-splunk-request-channel": str(uuid.UUID(int=8))}))["ackId"] == 0
    for _ in range(2):
        assert ask(CHANNEL) == {"acks": {"0": True, "1": True, "2": False}}, "reading does not delete"
    assert ask({**CHANNEL, "authorization": "Splunk acks2"}) == {"acks": {"0": False, "1": False, "2": False}}, "channels are a token's own"
    assert ask(CHANNEL, (-1, 2**70)) == {"acks": {"-1": False, str(2**70): False}}
    # What a killed process leaves: nothing was closed, the same files are opened again.
    pipeline.open()
    assert ask(CHANNEL) == {"acks": {"0": True, "1": True, "2": False}}
    assert document(pipeline.send(ROOT, b'{"event":"x"}', CHANNEL))["ackId"] == 2


def test_ack_refusals(start: Callable[..., Any]) -> None:
    pipeline = start(tokens=TOKENS)
    for headers, body, code in (
        (splunk("good"), b'{"acks":[0]}', 14),
        (splunk("acks"), b'{"acks":[0]}', 10),
        (splunk("acks", **{"x-splunk-request-channel": "7"}), b'{"acks":[0]}', 11),
        (CHANNEL, b"", 5),
        (CHANNEL, b'{"acks":["0"]}', 6),
        (CHANNEL, b"{}", 6),
    ):
        reply = pipeline.send(f"{ROOT}/ack/1.0", body, headers)
        assert (reply.status, document(reply)["code"]) == (400, code)


def test_an_open_server_acknowledges_only_whom_asks(pipeline: Any) -> None:
    assert document(pipeline.send(ROOT, b'{"event":"x"}')) == {"text": "Success", "code": 0}
    assert document(pipeline.send(ROOT, b'{"event":"x"}', CHANNEL)) == {"text": "Success", "code": 0, "ackId": 0}


@pytest.mark.parametrize("meta", sorted(FIXTURES.glob("*hec*/*.json")), ids=lambda p: f"{p.parent.name}-{p.stem[:3]}")
def test_captures_are_accepted(pipeline: Any, meta: Path) -> None:
    capture = json.loads(meta.read_text())
    headers = {k.lower(): v for k, v in capture["headers"].items()}
    body = meta.with_suffix(".bin").read_bytes()
    assert document(pipeline.send(capture["path"], body, headers)) == {"text": "Success", "code": 0}
    assert len(pipeline.take()) == body.count(b'"event":')
