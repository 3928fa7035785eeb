"""Lines of files: good ones become rows, bad ones are counted, named and kept; what a file holds comes back."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pilotage.ingest.lines import MAX_LINES
from pilotage.ingest.request import Grant

EXACT = "SELECT *, toString(toUnixTimestamp64Nano(time)) AS nanoseconds FROM pilotage.logs ORDER BY body"
QUICK = settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def send(pipeline: Any, kind: str, body: bytes, **query: str) -> dict[str, Any]:
    reply = pipeline.send("/api/v1/ingest/train", body, query={"format": kind, "source": f"f.{kind}", **query})
    assert reply.status == 200, reply.body
    found: dict[str, Any] = json.loads(reply.body)
    return found


def test_json_lines(pipeline: Any) -> None:
    body = b'{"a":1,"b":"x/y\\n","l":[1,{"q":2}],"level":"warn","host":"h"}\r\n\n{"_raw":"said","time":5}\n'
    assert send(pipeline, "jsonl", body, sourcetype="st") == {"accepted": 2, "rejected": 0, "bad_lines": []}
    said, first = pipeline.take("SELECT * FROM pilotage.logs ORDER BY time")
    assert (first["index"], first["source"], first["sourcetype"], first["host"], first["severity"]) == (
        "train",
        "f.jsonl",
        "st",
        "h",
        "warn",
    )
    assert first["body"] == '{"a":1,"b":"x/y\\n","l":[1,{"q":2}],"level":"warn","host":"h"}'
    assert first["attributes"] == {
        "a": ("i", "1"),
        "b": ("s", "x/y\n"),
        "l": ("a", '[1,{"q":2}]'),
        "level": ("s", "warn"),
        "host": ("s", "h"),
    }
    assert (said["body"], said["attributes"], said["host"]) == ("said", {"time": ("i", "5")}, "192.0.2.7")


@pytest.mark.parametrize(
    ("member", "seconds"),
    [
        ('"_time":1433188255.123456789', "1433188255.123456789"),
        ('"time":"1433188255.5"', "1433188255.5"),
        ('"timestamp":1433188255123', "1433188255.123"),
        ('"timestamp":1433188255123456', "1433188255.123456"),
        ('"@timestamp":1433188255123456789', "1433188255.123456789"),
        ('"@timestamp":"2015-06-01T19:50:55.25Z"', "1433188255.25"),
        ('"time":"2015-06-01T21:50:55.123456789+02:00"', "1433188255.123456789"),
        ('"time":"2015-06-01 19:50:55,5"', "1433188255.5"),
        ('"time":"2015-06-01 19:50"', "1433188200"),
        ('"time":"soon","timestamp":7', "7"),
        ('"o":{"time":1433188255.123456789},"time":7', "7"),
    ],
)
def test_times(pipeline: Any, member: str, seconds: str) -> None:
    send(pipeline, "jsonl", b"{%s}" % member.encode())
    assert Decimal(str(pipeline.take(EXACT)[0]["nanoseconds"])) / 10**9 == Decimal(seconds)


def test_without_a_time_it_is_receipt(pipeline: Any) -> None:
    send(pipeline, "jsonl", b'{"a":1}\n{"time":{}}\n{"time":99999999999999999999}')
    assert all(abs((r["time"] - r["received"]).total_seconds()) < 0.001 for r in pipeline.take())


def test_bad_lines_are_numbered_and_kept_and_the_rest_load(pipeline: Any) -> None:
    body = b'{"a":1}\nnot json\n\n{"a":"\xff"}\n[1]\n{"a":2} {"a":3}\n{"a":4}\n'
    found = send(pipeline, "jsonl", body, first_line="11")
    assert (found["accepted"], found["rejected"]) == (2, 4)
    assert [bad["line"] for bad in found["bad_lines"]] == [12, 14, 15, 16]
    assert found["bad_lines"][1]["reason"] == "not UTF-8 at byte 6"
    rows = pipeline.take()
    assert sorted(str(r["body"]) for r in rows if r["index"] == "train") == ['{"a":1}', '{"a":4}']
    dead = {r["attributes"]["dead_letter.line"][1]: r for r in rows if r["index"] == "_dead_letter"}
    assert {n: r["body"] for n, r in dead.items()} == {"12": "not json", "14": '{"a":"\ufffd"}', "15": "[1]", "16": '{"a":2} {"a":3}'}
    assert dead["12"]["attributes"]["dead_letter.index"] == ("s", "train")
    assert dead["12"]["attributes"]["dead_letter.reason"] == ("s", found["bad_lines"][0]["reason"])


def test_only_the_first_twenty_bad_lines_are_named(pipeline: Any) -> None:
    found = send(pipeline, "jsonl", b"bad\n" * 50)
    assert (found["rejected"], len(found["bad_lines"])) == (50, 20)
    assert len(pipeline.take()) == 50


def test_csv(pipeline: Any) -> None:
    body = b"_time,name,n,d,zip\n2026-01-02 03:04:05.25,a/b,-1,1.5e3,007\n7,b,,x,\r\n1,2\n"
    assert send(pipeline, "csv", body, first_line="2")["bad_lines"] == [{"line": 4, "reason": "2 values for 5 columns"}]
    rows = pipeline.take("SELECT * FROM pilotage.logs WHERE `index` = 'train' ORDER BY time")
    assert [r["body"] for r in rows] == ["7,b,,x,", "2026-01-02 03:04:05.25,a/b,-1,1.5e3,007"]
    assert rows[0]["attributes"] == {"name": ("s", "b"), "d": ("s", "x")}
    assert rows[1]["attributes"] == {"name": ("s", "a/b"), "n": ("i", "-1"), "d": ("d", "1.5e3"), "zip": ("s", "007")}
    assert rows[1]["time"].timestamp() == 1767323045.25


def test_csv_quotes(pipeline: Any) -> None:
    body = b'n,text\n1,"a, ""b""\nnext line"\n2,5" pipe\n3,"not closed\n4,fine\n5,"x" y\n'
    found = send(pipeline, "csv", body, first_line="2")
    assert (found["accepted"], [bad["line"] for bad in found["bad_lines"]]) == (3, [5, 7])
    rows = pipeline.take()
    texts = {r["attributes"]["n"][1]: r["attributes"]["text"][1] for r in rows if r["index"] == "train"}
    assert texts == {"1": 'a, "b"\nnext line', "2": '5" pipe', "4": "fine"}
    assert {r["body"] for r in rows if r["index"] == "_dead_letter"} == {'3,"not closed', '5,"x" y'}


def test_text(pipeline: Any) -> None:
    body = b"2026-01-02T03:04:05.123456789Z INFO up\n[2026-01-02 03:04:05,5] x\n  indented\nbad \xff\n12345\n"
    assert send(pipeline, "text", body)["rejected"] == 1
    rows = {str(r["body"]): r for r in pipeline.take(EXACT)}
    assert rows["2026-01-02T03:04:05.123456789Z INFO up"]["nanoseconds"] == "1767323045123456789"
    assert rows["[2026-01-02 03:04:05,5] x"]["nanoseconds"] == "1767323045500000000"
    assert rows["bad \ufffd"]["index"] == "_dead_letter"
    assert rows["  indented"]["index"] == "train"
    assert rows["12345"]["time"].year > 2000, "a bare number in a text is no time"


def test_times_of_text_are_those_of_every_source(pipeline: Any) -> None:
    lines = ["1.2.3.4 - - [20/Nov/2026:04:00:01 +0100] x", "x 11/20/2026 04:00:01.5 PM", "1795147201123456789 x", "x Nov 31 00:00:00"]
    send(pipeline, "text", "\n".join(lines).encode())
    rows = {str(r["body"]): r for r in pipeline.take(EXACT)}
    assert [rows[line]["nanoseconds"] for line in lines[:3]] == ["1795143601000000000", "1795190401500000000", "1795147201123456789"]
    assert abs((rows[lines[3]]["time"] - rows[lines[3]]["received"]).total_seconds()) < 0.001


def test_messages_of_several_lines(pipeline: Any) -> None:
    body = b' 2026-11-20 04:00:01 a "q"\\\r\n+  b\r\n \n good\n+\xff\n last'
    found = send(pipeline, "messages", body, first_line="5")
    assert (found["accepted"], found["bad_lines"]) == (2, [{"line": 8, "reason": "not UTF-8 at byte 5"}])
    rows = {str(r["body"]): r for r in pipeline.take(EXACT)}
    assert rows['2026-11-20 04:00:01 a "q"\\\n  b']["nanoseconds"] == "1795147201000000000"
    assert rows["last"]["index"] == "train"
    assert (rows["good \ufffd"]["index"], rows["good \ufffd"]["attributes"]["dead_letter.line"]) == ("_dead_letter", ("i", "8"))


def test_a_batch_is_stored_once_however_often_it_comes(pipeline: Any) -> None:
    first = send(pipeline, "text", b"a\nb", batch="run-1")
    assert send(pipeline, "text", b"a\nb", batch="run-1") == first
    pipeline.load()
    pipeline.open()
    assert send(pipeline, "text", b"a\nb", batch="run-1") == first
    for other in ({"batch": "run-2"}, {}, {}):
        send(pipeline, "text", b"a\nb", **other)
    send(pipeline, "text", b"a\nc", batch="run-1")
    assert len(pipeline.take()) == 2 * 5, "what has no name is never the same"


@pytest.mark.parametrize(
    ("index", "query", "body", "code"),
    [
        ("train", {"format": "xml"}, b"x", "unknown-format"),
        ("train", {"first_line": "one"}, b"{}", "bad-request"),
        ("_dead_letter", {}, b"{}", "index-forbidden"),
        ("a b", {}, b"{}", "index-forbidden"),
        ("train", {"format": "csv"}, b"\xff\n1", "csv-header"),
        ("train", {"format": "csv"}, b"\n1", "csv-header"),
        ("train", {"format": "text"}, b"\n" * (MAX_LINES + 1), "request-too-large"),
    ],
)
def test_refusals(pipeline: Any, index: str, query: dict[str, str], body: bytes, code: str) -> None:
    reply = pipeline.send(f"/api/v1/ingest/{index}", body, query=query)
    assert json.loads(reply.body)["error"]["code"] == code
    assert reply.status == {"index-forbidden": 403, "request-too-large": 413}.get(code, 400)


def test_tokens(start: Callable[..., Any]) -> None:
    pipeline = start(tokens={"a": Grant("1", "a", frozenset({"ingest"}), frozenset({"other"})), "b": Grant("2", "b", frozenset({"read"}))})
    for token, status in (("", 401), ("nobody", 401), ("a", 403), ("b", 403)):
        headers = {"authorization": f"Bearer {token}"} if token else {}
        assert pipeline.send("/api/v1/ingest/train", b"{}", headers).status == status


def test_nothing_is_a_success(pipeline: Any) -> None:
    assert send(pipeline, "jsonl", b"\n\n") == {"accepted": 0, "rejected": 0, "bad_lines": []}
    assert pipeline.take() == []


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12) | st.sampled_from(['a"b', "x,y", "l1\nl2", " "])
TABLE = st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=6)


@QUICK
@given(table=TABLE)
def test_csv_comes_back(pipeline: Any, table: list[list[str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([["nr", "p", "q"], *([str(n), *row] for n, row in enumerate(table))])
    assert send(pipeline, "csv", out.getvalue().encode())["rejected"] == 0
    found = {int(r["attributes"]["nr"][1]): [r["attributes"][k][1] for k in ("p", "q")] for r in pipeline.take()}
    assert found == dict(enumerate(table))


@QUICK
@given(body=st.binary(max_size=200) | st.text(alphabet='a,"\n\r{}:1é', max_size=60).map(str.encode))
@pytest.mark.parametrize("kind", ["jsonl", "csv", "text"])
def test_every_line_is_somewhere(pipeline: Any, kind: str, body: bytes) -> None:
    reply = pipeline.send("/api/v1/ingest/train", body, query={"format": kind})
    if reply.status != 200:
        assert kind == "csv"
        assert json.loads(reply.body)["error"]["code"] == "csv-header"
        return
    found = json.loads(reply.body)
    rows = pipeline.take()
    assert sum(r["index"] == "train" for r in rows) == found["accepted"]
    assert sum(r["index"] == "_dead_letter" for r in rows) == found["rejected"]
