"""What unmodified clients sent, byte for byte: each capture is answered as its client expects, and a search returns what was in it."""

from __future__ import annotations

import gzip
import http.client
import json
from decimal import Decimal
from urllib.parse import urlsplit

import grpc
import pytest

from ..fixtures import decode  # noqa: TID252 - test folders have no absolute name in importlib mode
from . import live

pytestmark = [pytest.mark.clients, pytest.mark.timeout(300)]


FOLDERS = ("otlp_python", "otlp_js", "otlp_json_python", "auto_instr", "genai", "logfire", "hec_loki", "syslogng_hec")
CAPTURES = decode.captures(*FOLDERS)
INDEXES = {"traces": "traces", "metrics": "metrics", "logs": "main", "hec": "main"}
ANSWERS = {
    "traces": "ExportTraceServiceResponse",
    "metrics": "ExportMetricsServiceResponse",
    "logs": "ExportLogsServiceResponse",
}


def replay_http(server: live.Server, capture: decode.Capture) -> tuple[int, dict[str, str], bytes]:
    """Send a body with its own headers; a chunked one again in chunks without a length."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    headers = {k: v for k, v in capture.headers.items() if k not in ("host", "content-length", "connection", "transfer-encoding")}
    chunked = capture.headers.get("transfer-encoding") == "chunked"
    half = len(capture.body) // 2
    pieces = [p for p in (capture.body[:half], capture.body[half:]) if p]
    try:
        connection.request("POST", capture.target, iter(pieces) if chunked else capture.body, headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def replay_grpc(server: live.Server, capture: decode.Capture) -> bytes:
    """Send a serialised request message; the serialised answer."""
    with grpc.insecure_channel(server.grpc) as channel:
        call = channel.unary_unary(capture.path, request_serializer=bytes, response_deserializer=bytes)
        answer: bytes = call(capture.body, timeout=30)
        return answer


@pytest.fixture(scope="module")
def answers(server: live.Server) -> dict[str, object]:
    """Every capture sent once, in order; what came back, by name."""
    return {c.name: replay_grpc(server, c) if c.grpc else replay_http(server, c) for c in CAPTURES}


@pytest.fixture(scope="module")
def found(server: live.Server, answers: dict[str, object]) -> dict[str, list[dict[str, object]]]:
    """All rows of the three indexes once everything sent is visible."""
    assert answers
    wanted = dict.fromkeys(INDEXES.values(), 0)
    for capture in CAPTURES:
        wanted[INDEXES[capture.signal]] += len(decode.rows(capture))
    for index, count in wanted.items():
        server.wait_for(f"index={index}", count)
    rows = {index: server.search(f"index={index}") for index in wanted}
    assert {index: len(r) for index, r in rows.items()} == wanted
    return rows


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda c: c.name)
def test_answer_is_what_the_client_expects(capture: decode.Capture, answers: dict[str, object]) -> None:
    answer = answers[capture.name]
    if capture.grpc:
        assert answer == b"", "an export response without partial_success is empty"
        return
    status, headers, body = answer
    assert status == 200, body
    if capture.signal == "hec":
        assert json.loads(body) == {"text": "Success", "code": 0}
        return
    sent_type = capture.headers["content-type"].partition(";")[0]
    assert headers["content-type"].partition(";")[0] == sent_type
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    assert body == b"" if "protobuf" in sent_type else json.loads(body) in ({}, {"partialSuccess": {}})


def plain(value: object) -> object:
    """Numbers as themselves whatever their Python type, moments exact, JSON text of structured values parsed."""
    if isinstance(value, bool):
        return ("boolean", value)  # else True would equal 1
    if isinstance(value, int | float | Decimal):
        return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value


def key(row: dict[str, object], signal: str) -> tuple[object, ...]:
    """What identifies a row among all captures."""
    if signal == "traces":
        return (row["trace_id"], row["span_id"])
    moment = plain(row["_time"])
    if signal == "metrics":
        return (moment, row["metric_name"], row.get("temporality"), plain(row.get("start_time")))
    return (moment, row.get("body_type") if signal == "logs" else None)


def differences(sent: dict[str, object], got: dict[str, object], signal: str) -> list[str]:
    """Fields that differ, one line each; for HEC only what the client set is compared, the rest is the server's choice."""
    names = sent.keys() if signal == "hec" else sent.keys() | got.keys()
    lines = []
    for name in sorted(names):
        want, have = plain(sent.get(name)), plain(got.get(name))
        if (
            name in ("_raw", "events", "links", "distribution", "exemplars", "metadata")
            and not isinstance(want, str)
            and isinstance(have, str)
        ):
            have = plain(json.loads(have, parse_float=Decimal)) if have else have
        if name == "duration" and isinstance(have, Decimal) and isinstance(want, Decimal):
            same = abs(have - want) < Decimal("1e-9")
        else:
            same = want == have
        if not same:
            lines.append(f"{name}: sent {sent.get(name, '<absent>')!r}, got {got.get(name, '<absent>')!r}")
    return lines


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda c: c.name)
def test_search_returns_what_was_sent(capture: decode.Capture, found: dict[str, list[dict[str, object]]]) -> None:
    candidates = found[INDEXES[capture.signal]]
    problems = []
    for sent in decode.rows(capture):
        same_key = [row for row in candidates if key(row, capture.signal) == key(sent, capture.signal)]
        compared = sorted((differences(sent, row, capture.signal) for row in same_key), key=len)
        if not compared:
            problems.append(f"no row for {key(sent, capture.signal)}")
        elif compared[0]:
            problems.append(f"{key(sent, capture.signal)}:\n    " + "\n    ".join(compared[0]))
    assert not problems, "\n".join(problems)
