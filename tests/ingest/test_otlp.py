"""OTLP in equals rows out, for values of every kind, in both encodings; and what clients may get wrong."""

from __future__ import annotations

import base64
import json
import math
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from pilotage.ingest.load import statement
from pilotage.ingest.otlp import has_nested
from pilotage.ingest.receive import discover
from pilotage.ingest.request import Accepted, Grant, Reply, Request, envelope
from pilotage.model.problem import PilotageError
from pilotage.store.open import Store, open_store

PROTOCOLS = discover()
JSON_TYPE, PROTOBUF_TYPE = "application/json", "application/x-protobuf"
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f"), max_size=300)
KEY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f"), min_size=1, max_size=12)
SCALAR = st.one_of(
    st.none(),
    TEXT,
    st.booleans(),
    st.integers(min_value=-(2**63), max_value=2**63 - 1),
    st.floats(width=64),
    st.binary(max_size=200),
)
VALUE = st.recursive(SCALAR, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=3)), max_leaves=6)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_store(tmp_path_factory.mktemp("otlp") / "store")
    yield opened
    opened.close()


def any_value(value: Any) -> AnyValue:
    if value is None:
        return AnyValue()
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[any_value(v) for v in value]))
    return AnyValue(kvlist_value=KeyValueList(values=[KeyValue(key=k, value=any_value(v)) for k, v in value.items()]))


def plain(value: Any) -> Any:
    """The JSON a nested value becomes."""
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if isinstance(value, list):
        return [plain(v) for v in value]
    return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def matches(value: Any, text: str, letter: str) -> bool:
    """Whether a stored (text, letter) is `value`."""
    if value is None:
        return (text, letter) == ("", "n")
    if isinstance(value, bool):
        return (text, letter) == (str(value).lower(), "b")
    if isinstance(value, int):
        return (text, letter) == (str(value), "i")
    if isinstance(value, float):
        same = struct.pack("<d", float(text)) == struct.pack("<d", value) or (math.isnan(value) and math.isnan(float(text)))
        return letter == "d" and same
    if isinstance(value, str):
        return (text, letter) == (value, "s")
    if isinstance(value, bytes):
        return (text, letter) == (base64.b64encode(value).decode(), "x")
    return letter == ("a" if isinstance(value, list) else "k") and json.loads(text) == plain(value)


def otlp_json(message: Any) -> bytes:
    """OTLP/JSON as the specification has it: hex ids, integer enums, and an absent value as an empty object."""

    def fix(node: Any) -> Any:
        if isinstance(node, list):
            return [fix(v) for v in node]
        if not isinstance(node, dict):
            return node
        return {k: base64.b64decode(v).hex().upper() if k in ("traceId", "spanId", "parentSpanId") else fix(v) for k, v in node.items()}

    return json.dumps(fix(MessageToDict(message, use_integers_for_enums=True))).encode()


def accept(signal: str, body: bytes, kind: str) -> Accepted | Reply:
    return PROTOCOLS[f"otlp-{signal}"].accept(Request("POST", f"/v1/{signal}", {"content-type": kind}, {}, body), Grant())


_COUNT = iter(range(10**9))


def load(store: Store, folder: Path, signal: str, *bodies: tuple[bytes, str]) -> None:
    """Through the same statement the loader uses; one segment an encoding."""
    for body, kind in bodies:
        accepted = accept(signal, body, kind)
        assert isinstance(accepted, Accepted)
        path = folder / f"{next(_COUNT)}.seg"
        path.write_bytes(b"".join(envelope(accepted, time.time_ns(), b"")))
        for decode in PROTOCOLS[f"otlp-{signal}"].streams[accepted.stream]:
            store.backend.load(statement(decode, path, path.stem))


@pytest.mark.parametrize("kind", [PROTOBUF_TYPE, JSON_TYPE])
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(records=st.lists(st.tuples(VALUE, st.dictionaries(KEY, VALUE, max_size=6)), min_size=1, max_size=12))
def test_every_value_survives(store: Store, tmp_path: Path, kind: str, records: list[tuple[Any, dict[str, Any]]]) -> None:
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for number, (body, attributes) in enumerate(records):
        record = scope.log_records.add(time_unix_nano=1_700_000_000_000_000_000 + number, attributes=[])
        record.body.CopyFrom(any_value(body))
        record.attributes.extend(KeyValue(key=k, value=any_value(v)) for k, v in attributes.items())
    store.backend.execute("TRUNCATE TABLE pilotage.logs")
    load(store, tmp_path, "logs", (request.SerializeToString() if kind == PROTOBUF_TYPE else otlp_json(request), kind))
    rows = store.backend.rows(
        "SELECT body, body_type, attributes, attribute_keys, attribute_types, toUnixTimestamp64Nano(time) FROM pilotage.logs ORDER BY time"
    )
    assert len(rows) == len(records)
    for (body, attributes), (text, letter, values, keys, types, moment) in zip(records, rows, strict=True):
        names = keys[1:-1].split("\x1f") if keys else []
        assert names == list(attributes)
        for name, value_text, value_letter in zip(names, values, types, strict=True):
            assert matches(attributes[name], value_text, value_letter), (name, attributes[name], value_text, value_letter)
        assert letter == {type(None): "n", bytes: "x"}.get(type(body), letter)
        assert moment // 1_000_000_000 == 1_700_000_000
        if isinstance(body, str):
            assert (text, letter) == (body, "s")
        elif isinstance(body, list | dict):
            assert json.loads(text) == plain(body)


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUE, max_size=5))
def test_nested_values_are_never_overlooked(values: list[Any]) -> None:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.attributes.extend(KeyValue(key="k", value=any_value(v)) for v in values)
    if any(isinstance(v, list | dict) for v in values):
        assert has_nested(request.SerializeToString())


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([PROTOBUF_TYPE, JSON_TYPE, "application/json; charset=utf-8", "text/plain", ""]))
def test_any_bytes_get_an_answer(body: bytes, kind: str) -> None:
    for signal in ("traces", "logs", "metrics"):
        protocol = PROTOCOLS[f"otlp-{signal}"]
        request = Request("POST", f"/v1/{signal}", {"content-type": kind}, {}, body)
        status = 200
        try:
            protocol.accept(request, Grant())
        except PilotageError as error:
            status = protocol.reject(request, error.problem).status
        assert status in (200, 400, 415)


@pytest.mark.parametrize("kind", [PROTOBUF_TYPE, JSON_TYPE])
def test_a_span_with_a_bad_id_goes_to_the_dead_letters_alone(store: Store, tmp_path: Path, kind: str) -> None:
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    good, bad = bytes(range(1, 17)), [b"", b"\0" * 16, b"short"]
    for trace in (good, *bad):
        spans.add(trace_id=trace, span_id=b"12345678", name="op", start_time_unix_nano=5, end_time_unix_nano=9)
    spans.add(trace_id=good, span_id=b"12345678", name="late", start_time_unix_nano=2**64 - 1)
    store.backend.execute("TRUNCATE TABLE pilotage.spans")
    load(store, tmp_path, "traces", (request.SerializeToString() if kind == PROTOBUF_TYPE else otlp_json(request), kind))
    counts = dict(store.backend.rows("SELECT `index`, count() FROM pilotage.spans GROUP BY `index`"))
    assert counts == {"traces": 1, "_dead_letter": 4}
    reason = store.catalogue.field("spans", "dead_letter.reason").value.sql("clickhouse")
    reasons = store.backend.rows(f"SELECT {reason} AS r, count() FROM pilotage.spans GROUP BY r ORDER BY r")
    assert reasons == [("malformed trace id, span id or time", 4), (None, 1)]


def test_log_ids_of_a_wrong_length_are_dropped_and_times_fall_back(store: Store, tmp_path: Path) -> None:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    records.add(trace_id=b"short", span_id=b"x", observed_time_unix_nano=7_000_000_000, body=any_value("kept"))
    records.add(time_unix_nano=2**64 - 1, body=any_value("no time"))
    store.backend.execute("TRUNCATE TABLE pilotage.logs")
    before = time.time()
    load(store, tmp_path, "logs", (request.SerializeToString(), PROTOBUF_TYPE))
    found = store.backend.rows("SELECT body, trace_id, span_id, toUnixTimestamp64Nano(time) FROM pilotage.logs")
    rows = {body: (trace, span, moment / 1e9) for body, trace, span, moment in found}
    assert rows["kept"] == ("", "", 7.0)
    assert rows["no time"][2] >= before


def test_invalid_utf8_is_replaced_not_refused(store: Store, tmp_path: Path) -> None:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(body=any_value("XXXX"))
    record.attributes.append(KeyValue(key="k", value=any_value("YYYY")))
    body = request.SerializeToString().replace(b"XXXX", b"a\xff\xfeb").replace(b"YYYY", b"\xffyy\xff")
    store.backend.execute("TRUNCATE TABLE pilotage.logs")
    load(store, tmp_path, "logs", (body, PROTOBUF_TYPE))
    assert store.backend.rows("SELECT body, attributes FROM pilotage.logs") == [("a�b", ["�yy�"])]


def test_unknown_json_fields_are_ignored_and_empty_requests_succeed() -> None:
    for body in (b"{}", b'{"resourceLogs":[]}', b'{"future":{"x":[1]},"resourceLogs":[{"more":1,"scopeLogs":[{"logRecords":[]}]}]}'):
        reply = accept("logs", body, JSON_TYPE)
        assert isinstance(reply, Reply)
        assert (reply.status, reply.body) == (200, b"{}")
    assert accept("logs", b"", PROTOBUF_TYPE) == Reply(200, b"", PROTOBUF_TYPE, grpc_status=0)


def test_a_span_may_span_four_hundred_days(store: Store, tmp_path: Path) -> None:
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for day in range(400):
        start = (1_700_000_000 + day * 86_400) * 10**9
        spans.add(trace_id=bytes(range(1, 17)), span_id=b"12345678", name="op", start_time_unix_nano=start, end_time_unix_nano=start + 1)
    store.backend.execute("TRUNCATE TABLE pilotage.spans")
    load(store, tmp_path, "traces", (request.SerializeToString(), PROTOBUF_TYPE))
    assert store.backend.rows("SELECT count(), uniq(toDate(time)) FROM pilotage.spans") == [(400, 400)]
