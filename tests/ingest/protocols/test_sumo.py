"""Sumo's HTTP source: what is sent is what is stored, line by line; headers, encodings, metrics, and every refusal one that is retried."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pilotage.ingest.receive import Limits
from pilotage.ingest.request import Grant
from pilotage.ingest.sumo import MAX_LINES

PLACE = "/receiver/v1/http/abc"
EXACT = (
    "SELECT *, toString(toUnixTimestamp64Nano(time)) AS nanoseconds, toString(toUnixTimestamp64Nano(observed)) AS arrived "
    "FROM pilotage.logs ORDER BY observed"
)
IN_ORDER = "SELECT * FROM pilotage.logs ORDER BY toUInt32OrZero(source), observed"
QUICK = settings(
    max_examples=5,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
T = 1795147201


def post(pipeline: Any, body: bytes, path: str = PLACE, **headers: str) -> Any:
    reply = pipeline.send(path, body, {name.replace("_", "-").lower(): value for name, value in headers.items()})
    assert (reply.status, reply.body) == (200, b""), reply
    return reply


def source(start: Callable[..., Any], **options: Any) -> Any:
    """A pipeline whose token `abc` has the options."""
    return start(tokens={"abc": Grant("1", "app", frozenset({"ingest"}), **options)})


def test_a_line_a_message(pipeline: Any) -> None:
    body = b'2026-11-20 04:00:01,123 first\r\n\n \t \n{"timestamp":1795147201.5,"level":"warn","n":7}\n[1795147202] third\nno time'
    post(pipeline, body, X_Sumo_Category="ml/scoring", X_Sumo_Host="h1", X_Sumo_Name="app.log", Content_Type="text/plain")
    rows = pipeline.take(EXACT)
    assert [r["body"] for r in rows] == [
        "2026-11-20 04:00:01,123 first",
        '{"timestamp":1795147201.5,"level":"warn","n":7}',
        "[1795147202] third",
        "no time",
    ]
    assert [Decimal(str(r["nanoseconds"])) / 10**9 - T for r in rows[:3]] == [Decimal("0.123"), Decimal("0.5"), 1]
    assert {(r["index"], r["sourcetype"], r["host"], r["source"]) for r in rows} == {("main", "ml/scoring", "h1", "app.log")}
    assert rows[1]["attributes"] == {"timestamp": ("d", "1795147201.5"), "level": ("s", "warn"), "n": ("i", "7")}
    assert (rows[1]["severity"], rows[1]["severity_number"]) == ("warn", 13)
    assert rows[3]["nanoseconds"] == rows[3]["arrived"], "without a time it is the receipt"


def test_defaults_and_header_fields(start: Callable[..., Any]) -> None:
    pipeline = start()
    post(
        pipeline,
        b'{"team":"own","x":1}\nplain',
        X_Sumo_Fields="team=a=b, env = prod,junk,=v",
        X_Sumo_Client="js",
        X_Sumo_Name="caf\u00c3\u00a9",
    )
    first, second = pipeline.take(EXACT)
    assert first["attributes"] == {"x": ("i", "1"), "team": ("s", "a=b"), "env": ("s", "prod"), "sumo_client": ("s", "js")}
    assert second["attributes"] == {"team": ("s", "a=b"), "env": ("s", "prod"), "sumo_client": ("s", "js")}
    assert (first["source"], first["sourcetype"], first["host"]) == ("café", "sumo", "192.0.2.7")
    pipeline = source(start, source="s", sourcetype="t", host="h", default_index="web")
    post(pipeline, b"x")
    (row,) = pipeline.take(EXACT)
    assert (row["index"], row["source"], row["sourcetype"], row["host"]) == ("web", "s", "t", "h")


def test_arrival_orders_what_has_one_time(pipeline: Any) -> None:
    lines = [f"2026-11-20 04:00:01.5 {n}" for n in range(300)]
    post(pipeline, "\n".join(lines).encode())
    rows = pipeline.take(EXACT)
    assert [r["body"] for r in rows] == lines
    assert len({r["arrived"] for r in rows}) == 300
    assert {r["nanoseconds"] for r in rows} == {f"{T}500000000"}


def test_the_same_again_is_stored_again(pipeline: Any) -> None:
    for _ in range(3):
        post(pipeline, b"2026-11-20 04:00:01 x")
    assert len(pipeline.take()) == 3


def test_what_is_not_utf8_is_kept_and_flagged(pipeline: Any) -> None:
    post(pipeline, b'good\n\xff\xfe 2026-11-20 04:00:01\n{"a":"\xff"}\n', X_Sumo_Fields="k=v")
    good, text, broken = pipeline.take(EXACT)
    assert good["attributes"] == {"k": ("s", "v")}
    assert text["body"] == "\ufffd 2026-11-20 04:00:01"
    assert text["attributes"] == {"k": ("s", "v"), "invalid_utf8": ("b", "true"), "raw_escaped": ("s", r"\xFF\xFE 2026-11-20 04:00:01")}
    assert text["nanoseconds"] == f"{T}000000000"
    assert broken["body"] == '{"a":"\ufffd"}'
    assert broken["attributes"]["raw_escaped"] == ("s", r'{"a":"\xFF"}')


@pytest.mark.parametrize("path", [PLACE, PLACE + "/", "/receiver/v1/http"])
def test_tokens(start: Callable[..., Any], path: str) -> None:
    pipeline = source(start)
    pipeline.tokens["off"] = "token-disabled"
    headers = {} if "abc" in path else {"x-sumo-token": "abc"}
    assert pipeline.send(path, b"x", headers).status == 200
    for method in ("GET", "HEAD"):
        probe = pipeline.send(path, b"", headers, method=method)
        assert (probe.status, probe.body) == (200, b"")
    for wrong in ("nobody", "off"):
        assert pipeline.send(path, b"x", {"x-sumo-token": wrong}).status == 401
    assert pipeline.send("/receiver/v1/http", b"x", {}).status == 401
    assert len(pipeline.take()) == 1


@pytest.mark.parametrize("busy", [{"backlog_bytes": -1}, {"waiting_bytes": -(2 << 20)}])
def test_load_is_refused_with_a_status_every_client_retries(start: Callable[..., Any], busy: dict[str, int]) -> None:
    reply = start(limits=Limits(**busy)).send(PLACE, b"x", {})
    assert (reply.status, dict(reply.headers)["retry-after"]) == (429, "1")
    pipeline = start()
    pipeline.receiver.stop()
    assert pipeline.send(PLACE, b"x", {}).status == 429


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def zstd(body: bytes) -> bytes:
    return bytes(pa.compress(body, codec="zstd", asbytes=True))


PACKERS = {"gzip": gzip.compress, "deflate": zlib.compress, "raw": raw_deflate, "zstd": zstd}


@pytest.mark.parametrize("packer", PACKERS)
def test_encodings(start: Callable[..., Any], packer: str) -> None:
    pipeline, encoding = start(limits=Limits(request_bytes=100_000)), "deflate" if packer == "raw" else packer
    headers = {"content-encoding": encoding}
    body = "".join(f"2026-11-20 04:00:01 line {n} é\n" for n in range(1000)).encode()
    packed = PACKERS[packer](body)
    assert pipeline.send(PLACE, packed, headers).status == 200
    assert [r["body"] for r in pipeline.take(EXACT)] == body.decode().splitlines()
    assert pipeline.send(PLACE, packed[: len(packed) // 2], headers).status == 400, "cut off"
    assert pipeline.send(PLACE, PACKERS[packer](b"x" * 10_000_000), headers).status == 413, "a bomb"
    if packer != "gzip":
        assert pipeline.send(PLACE, b"\x80 not packed at all", headers).status == 400
    assert pipeline.take() == []


def test_plain_bytes_that_claim_to_be_gzip_are_taken_as_plain(pipeline: Any) -> None:
    """`sumopy` 0.2 with `compressed=True`: the header says gzip, the body is the text itself."""
    headers = {"Content_Encoding": "gzip", "X_Sumo_Name": "sumopy"}
    post(pipeline, b"2026-11-20 04:00:01 plain", **headers)
    post(pipeline, b"x", **headers)
    post(pipeline, b"", **headers)
    post(pipeline, gzip.compress(b"packed"), **headers)
    assert [r["body"] for r in pipeline.take(EXACT)] == ["2026-11-20 04:00:01 plain", "x", "packed"]


def test_limits(start: Callable[..., Any]) -> None:
    pipeline = start()
    assert pipeline.send(PLACE, b"x\n" * (MAX_LINES + 1), {}).status == 413
    assert pipeline.send(PLACE, b"\n" * 1000, {}).status == 200
    assert pipeline.take() == []
    narrow = source(start, indexes=frozenset({"other"}))
    assert narrow.send(PLACE, b"x", {}).status == 403


TRACE = b"2026-11-20 04:00:01 ERROR boom\nTraceback:\n  File x\n\nValueError: y\n2026-11-20 04:00:02 INFO on\n\tmore\n"
MESSAGES = {
    "line": ["2026-11-20 04:00:01 ERROR boom", "Traceback:", "  File x", "ValueError: y", "2026-11-20 04:00:02 INFO on", "\tmore"],
    "auto": ["2026-11-20 04:00:01 ERROR boom\nTraceback:\n  File x\n\nValueError: y", "2026-11-20 04:00:02 INFO on\n\tmore"],
    "regex": ["2026-11-20 04:00:01 ERROR boom", "Traceback:\n  File x", "ValueError: y\n2026-11-20 04:00:02 INFO on\n\tmore"],
    "request": [TRACE.decode().strip("\n")],
}


@pytest.mark.parametrize("mode", MESSAGES)
def test_messages_of_several_lines(start: Callable[..., Any], mode: str) -> None:
    pipeline = source(start, multiline=mode, boundary=r"^(Trace|\w+Error)" if mode == "regex" else "")
    for body in (TRACE, TRACE.replace(b"\n", b"\r\n"), b"\n" + TRACE + b"\n\n"):
        post(pipeline, body, X_Sumo_Fields="k=v")
        rows = pipeline.take(EXACT)
        if mode == "regex":
            # The blank line between two beginnings belongs to the message before it.
            assert [str(r["body"]).strip("\n") for r in rows] == MESSAGES[mode]
        else:
            assert [r["body"] for r in rows] == MESSAGES[mode]
        assert all(r["attributes"] == {"k": ("s", "v")} for r in rows)
        assert rows[0]["nanoseconds"] == f"{T}000000000"


def test_times_without_a_zone_are_those_of_the_source(start: Callable[..., Any]) -> None:
    pipeline = source(start, time_zone="Europe/Berlin")
    cases = {
        "2026-11-20 04:00:01 winter": "2026-11-20T03:00:01+00:00",
        "2026-07-20T04:00:01.5 summer": "2026-07-20T02:00:01.500000+00:00",
        "2026-03-29 01:59:59 before": "2026-03-29T00:59:59+00:00",
        "2026-03-29 03:00:00 after": "2026-03-29T01:00:00+00:00",
        "2026-10-25 01:59:59 before": "2026-10-24T23:59:59+00:00",
        "2026-10-25 03:00:00 after": "2026-10-25T02:00:00+00:00",
        "1999-01-01 12:00:00 long ago": "1999-01-01T11:00:00+00:00",
        "20/Jul/2026:04:00:01 x": "2026-07-20T02:00:01+00:00",
        "2026-07-20T04:00:01Z named": "2026-07-20T04:00:01+00:00",
        "2026-07-20 04:00:01+0900 named": "2026-07-19T19:00:01+00:00",
        "[1795147201] epoch": "2026-11-20T04:00:01+00:00",
        '{"timestamp":1795147201}': "2026-11-20T04:00:01+00:00",
        '{"time":"2026-07-20 04:00:01"}': "2026-07-20T02:00:01+00:00",
    }
    post(pipeline, "\n".join(cases).encode())
    rows = pipeline.take(EXACT)
    assert {r["body"]: r["time"].isoformat() for r in rows} == cases


def test_sources_of_every_mode_in_one_segment(start: Callable[..., Any]) -> None:
    modes = {"line": "", "auto": "", "regex": "^b", "request": "", "json-array": ""}
    grants = {m: Grant(m, m, frozenset({"ingest"}), multiline=m, boundary=b, source=m) for m, b in modes.items()}
    pipeline = start(tokens=grants)
    for mode in (*modes, *modes):
        post(pipeline, b"a\n b\nb\n", f"/receiver/v1/http/{mode}")
    rows = pipeline.take("SELECT source, groupArray(body) AS bodies FROM (SELECT * FROM pilotage.logs ORDER BY observed) GROUP BY source")
    wanted = {
        "line": ["a", " b", "b"],
        "json-array": ["a", " b", "b"],
        "auto": ["a\n b", "b"],
        "regex": ["a\n b", "b"],
        "request": ["a\n b\nb"],
    }
    assert {r["source"]: r["bodies"] for r in rows} == {mode: bodies * 2 for mode, bodies in wanted.items()}


def test_json_arrays(start: Callable[..., Any]) -> None:
    body = b'[\n {"a": 1,\r\n "timestamp": 1795147201},\n "two" ,\n [3]\n]\n'
    pipeline = start()
    post(pipeline, body)
    (whole,) = pipeline.take(EXACT)
    assert json.loads(str(whole["body"])) == json.loads(body)
    post(pipeline, b"[1]\n[2] x\n")
    assert [r["body"] for r in pipeline.take(EXACT)] == ["[1]", "[2] x"]
    pipeline = source(start, multiline="json-array")
    post(pipeline, body)
    rows = pipeline.take(EXACT)
    assert [json.loads(str(r["body"])) for r in rows] == json.loads(body)
    assert rows[0]["attributes"]["a"] == ("i", "1")
    assert rows[0]["nanoseconds"] == f"{T}000000000"
    post(pipeline, b"a line\nanother")
    assert len(pipeline.take()) == 2
    assert pipeline.send(PLACE, b'[{"a":1}, {"b"', {}).status == 400
    assert pipeline.send(PLACE, b"[" + b"1," * MAX_LINES + b"1]", {}).status == 413


def model(body: bytes, mode: str) -> list[bytes]:
    """The messages of a body, the slow and plain way: times are those that begin a line here."""
    lines = body.replace(b"\r\n", b"\n").split(b"\n")
    if mode == "line":
        return [line for line in lines if line.strip(b" \t\r\n\f")]
    first = next((line for line in lines if line.strip(b" \t\r\n\f")), b"")
    groups: list[list[bytes]] = []
    for line in lines:
        begins = line[:1] not in (b"", b" ", b"\t", b"\r", b"\f") and (b"2026-" not in first or b"2026-" in line)
        if begins or not groups:
            groups.append([])
        groups[-1].append(line)
    joined = [b"\n".join(group).strip(b"\n") for group in groups]
    return [message for message in joined if message.strip(b" \t\r\n\f")]


PIECE = st.sampled_from(
    [b"2026-11-20 04:00:01 a", b"b", b" c", b"\td", b"", b" ", b"\r", b"at 2026-11-20 04:00:02 e", b'{"k":1}', "é".encode()]
)


BODY = st.builds(
    lambda pieces, end: b"".join(piece + ending for piece, ending in pieces) + end,
    st.lists(st.tuples(PIECE, st.sampled_from([b"\n", b"\r\n", b"\n\n"])), max_size=12),
    PIECE,
)


@QUICK
@given(bodies=st.lists(BODY, min_size=1, max_size=12))
@pytest.mark.parametrize("mode", ["line", "auto"])
def test_messages_are_the_models(start: Callable[..., Any], mode: str, bodies: list[bytes]) -> None:
    pipeline = source(start, multiline=mode)
    for number, body in enumerate(bodies):
        post(pipeline, body, X_Sumo_Name=str(number))
    found = [(int(str(r["source"])), str(r["body"]).encode()) for r in pipeline.take(IN_ORDER)]
    assert found == [(number, message) for number, body in enumerate(bodies) for message in model(body, mode)]
    pipeline.close()


@QUICK
@given(bodies=st.lists(st.binary(max_size=120), min_size=1, max_size=12))
@pytest.mark.parametrize("mode", ["line", "auto", "request"])
def test_every_byte_is_somewhere(start: Callable[..., Any], mode: str, bodies: list[bytes]) -> None:
    pipeline = source(start, multiline=mode)
    for number, body in enumerate(bodies):
        post(pipeline, body, X_Sumo_Name=str(number))
    rows = pipeline.take(IN_ORDER)
    pipeline.close()
    assert not any(r["index"] == "_dead_letter" for r in rows)
    for number, body in enumerate(bodies):
        mine = [r for r in rows if r["source"] == str(number)]
        kept = [original(r) for r in mine]
        plain = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
        if mode == "line" and not body.lstrip().startswith(b"["):
            assert kept == [line for line in plain.split(b"\n") if line.strip(b" \t\r\n\f")]
        else:
            # Only line ends between and around messages, and messages that are blank, are gone.
            assert b"".join(kept).translate(None, b" \t\r\n\f") == plain.translate(None, b" \t\r\n\f")


def original(row: Any) -> bytes:
    """The bytes of a message, mended or not."""
    raw = row["attributes"].get("raw_escaped")
    if raw is None:
        return str(row["body"]).encode()
    return re.sub(r"\\\\|\\x([0-9A-F]{2})", lambda m: chr(int(m[1], 16)) if m[1] else "\\", raw[1]).encode("latin-1")
