"""Requests of every protocol that carry a secret wherever a sender may put one: (path, headers, body) each."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator

import pyarrow as pa
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

SECRET = "CANARY7f3a9c52"
"""What a pattern finds."""
WORD = "swordfish77"
"""What stands under the name `password` only."""
ESCAPED = "\\u0043ANARY7f3a9c52"
Sent = tuple[str, dict[str, str], bytes]
JSON = {"content-type": "application/json"}
PROTOBUF = {"content-type": "application/x-protobuf"}


def _pairs() -> list[KeyValue]:
    nested = KeyValueList(values=[KeyValue(key="password", value=AnyValue(string_value=WORD)), KeyValue(key=SECRET, value=_said("a/b"))])
    listed = ArrayValue(values=[_said(f'quo"ted {SECRET}\n'), AnyValue(int_value=1), AnyValue(bytes_value=SECRET.encode())])
    return [
        KeyValue(key="plain", value=_said(f"x {SECRET} y")),
        KeyValue(key="password", value=_said(WORD)),
        KeyValue(key=f"key.{SECRET}", value=_said("1")),
        KeyValue(key="nested", value=AnyValue(kvlist_value=nested)),
        KeyValue(key="listed", value=AnyValue(array_value=listed)),
        KeyValue(key="binary", value=AnyValue(bytes_value=f"b {SECRET}".encode())),
    ]


def _said(text: str) -> AnyValue:
    return AnyValue(string_value=text)


def _origin(request: Message, resource: str, scope: str) -> Message:
    """The first scope of a request whose resource and scope hold the secrets."""
    outer = getattr(request, resource).add()
    outer.resource.attributes.extend([KeyValue(key="service.name", value=_said(f"svc-{SECRET}")), *_pairs()])
    outer.schema_url = f"https://x/{SECRET}"
    inner = getattr(outer, scope).add()
    inner.scope.name, inner.scope.version = f"scope {SECRET}", SECRET
    inner.scope.attributes.extend(_pairs())
    return inner


def _both(path: str, request: Message) -> Iterator[Sent]:
    yield path, PROTOBUF, request.SerializeToString()
    document = json.dumps(MessageToDict(request))
    for name, size in (("traceId", 16), ("spanId", 8)):
        # OTLP/JSON writes ids in hex, protobuf's JSON in base64.
        document = document.replace(f'"{name}": "{base64.b64encode(bytes([7] * size)).decode()}"', f'"{name}": "{"07" * size}"')
    yield path, JSON, document.encode()


def otlp_logs() -> Iterator[Sent]:
    """Records of text, of a nested value and of bytes."""
    request = ExportLogsServiceRequest()
    scope = _origin(request, "resource_logs", "scope_logs")
    for body in (_said(f"text {SECRET}"), _pairs()[3].value, _pairs()[4].value, _pairs()[5].value):
        record = scope.log_records.add(time_unix_nano=time.time_ns(), severity_text=f"INFO {SECRET}", event_name=f"e.{SECRET}")
        record.body.CopyFrom(body)
        record.attributes.extend(_pairs())
    yield from _both("/v1/logs", request)


def otlp_traces() -> Iterator[Sent]:
    """A good span, and one whose id is too short, which becomes a dead letter."""
    request = ExportTraceServiceRequest()
    scope = _origin(request, "resource_spans", "scope_spans")
    for size in (8, 3):
        span = scope.spans.add(trace_id=bytes([7] * 16), span_id=bytes([7] * size), name=f"GET {SECRET}", trace_state=f"a={SECRET}")
        span.start_time_unix_nano = time.time_ns()
        span.status.message = f"failed: {SECRET}"
        span.attributes.extend(_pairs())
        span.events.add(name=f"event {SECRET}").attributes.extend(_pairs())
        span.links.add(trace_id=bytes([7] * 16), span_id=bytes([7] * 8), trace_state=f"b={SECRET}").attributes.extend(_pairs())
    yield from _both("/v1/traces", request)


def otlp_metrics() -> Iterator[Sent]:
    """A gauge with dimensions and an exemplar."""
    request = ExportMetricsServiceRequest()
    scope = _origin(request, "resource_metrics", "scope_metrics")
    metric = scope.metrics.add(name=f"m.{SECRET}", description=f"of {SECRET}", unit=SECRET)
    point = metric.gauge.data_points.add(as_double=1.5, time_unix_nano=time.time_ns())
    point.attributes.extend(_pairs())
    point.exemplars.add(as_double=2.0, time_unix_nano=time.time_ns()).filtered_attributes.extend(_pairs())
    yield from _both("/v1/metrics", request)


def hec() -> Iterator[Sent]:
    """Events of text and objects, metrics, raw lines."""
    head = {"authorization": "Splunk open", **JSON}
    origin = {"host": f"h-{SECRET}", "source": f"s-{SECRET}", "sourcetype": f"t-{SECRET}"}
    flat = {"note": SECRET, "password": WORD, SECRET: "key"}
    nested = {"o": {"password": WORD, "deep": {"password": {"x": [WORD]}}}, "list": [f"a/b {SECRET}"], "password": [WORD, {"y": WORD}]}
    events: list[dict[str, object]] = [
        {"event": f"text {SECRET}", "fields": flat, **origin},
        {"event": {**flat, **nested}, **origin},
        {"event": [SECRET, {"password": WORD}]},
        {"event": "metric", "fields": {f"metric_name:m.{SECRET}": 1, **flat}, **origin},
    ]
    body = "\n".join(map(json.dumps, events)) + f'\n{{"event":{{"a":"{ESCAPED}","p\\u0061ssword":"{WORD}"}}}}'
    yield "/services/collector/event", head, body.encode()
    yield "/services/collector/raw", head, f"raw {SECRET}\nsecond {SECRET}".encode()
    yield "/services/collector/event", head, f'{{"event": {SECRET}'.encode()


def files() -> Iterator[Sent]:
    """Good lines and bad ones, which become dead letters."""
    good = json.dumps({"_raw": f"line {SECRET}", "password": WORD, "note": f"a/b {SECRET}"})
    lines = f'{good}\n{{"a": "{ESCAPED}", "password": "{WORD}"}}\n{{"bad": "{SECRET}", "password": "{WORD}"\n'.encode()
    yield f"/api/v1/ingest/main?format=jsonl&source=f-{SECRET}", {}, lines
    yield "/api/v1/ingest/main?format=csv", {}, f"a,password\n{SECRET},{WORD}\n{SECRET},{WORD},too many\n".encode()
    yield "/api/v1/ingest/main?format=text", {}, f"text {SECRET}\n".encode() + f"bad \xff {SECRET}\n".encode("latin-1")


def sumo() -> Iterator[Sent]:
    """Lines with everything the headers may say, and metrics."""
    named = dict.fromkeys(("x-sumo-name", "x-sumo-host", "x-sumo-category", "x-sumo-client"), f"v-{SECRET}")
    fields = {"x-sumo-fields": f"a={SECRET},password={WORD}"}
    path = "/receiver/v1/http/open"
    yield path, {**named, **fields, "content-type": "text/plain"}, f"text {SECRET}\n".encode() + b"bad \xff " + SECRET.encode()
    yield path, {**named, **JSON}, json.dumps({"message": SECRET, "password": WORD}).encode()
    dimensions = {"x-sumo-dimensions": f"d={SECRET},password={WORD}", "x-sumo-metadata": f"e={SECRET},password={WORD}"}
    lines = {
        "graphite": f"prod.{SECRET}.cpu 87.2 1501753030\n",
        "carbon2": f"metric=cpu node={SECRET} password={WORD}  team={SECRET} 87.2 1501753030\n",
        "prometheus": f'up{{node="{SECRET}",password="{WORD}"}} 1 1501753030000\nbad {SECRET} line {{\n',
    }
    for kind, text in lines.items():
        yield path, {**named, **dimensions, "content-type": f"application/vnd.sumologic.{kind}"}, text.encode()


def loki() -> Iterator[Sent]:
    """Labels, lines and structured metadata."""
    values = [[str(time.time_ns()), f"line {SECRET}", {"trace": SECRET, "password": WORD}]]
    stream = {"stream": {"app": f"a-{SECRET}", "password": WORD}, "values": values}
    yield "/loki/api/v1/push", JSON, json.dumps({"streams": [stream]}).encode()


def elasticsearch() -> Iterator[Sent]:
    """Documents with nested members."""
    document = {"message": f"m {SECRET}", "password": WORD, "user": {"password": WORD, "name": f"a/b {SECRET}"}, "host": {"name": SECRET}}
    lines = f'{{"index":{{"_index":"main","_id":"{SECRET}"}}}}\n{json.dumps(document)}\n{{"create":{{}}}}\n{{"a":"{ESCAPED}"}}\n'
    yield "/_bulk", {"content-type": "application/x-ndjson"}, lines.encode()
    yield "/main/_doc", JSON, json.dumps(document).encode()


def remote_write() -> Iterator[Sent]:
    """A series with labels, an exemplar, and metadata."""
    labels = {"__name__": f"m_{SECRET}", "instance": SECRET, "job": f"j-{SECRET}", "password": WORD}
    series = b"".join(_field(1, _field(1, name.encode()) + _field(2, value.encode())) for name, value in sorted(labels.items()))
    now = time.time_ns() // 1_000_000
    sample = b"\x09" + b"\0\0\0\0\0\0\xf0\x3f" + b"\x10" + _varint(now)
    exemplar = _field(1, _field(1, b"trace") + _field(2, SECRET.encode())) + sample.replace(b"\x09", b"\x11", 1).replace(
        b"\x10", b"\x18", 1
    )
    metadata = b"\x08\x02" + _field(2, f"m_{SECRET}".encode()) + _field(4, f"help {SECRET}".encode())
    body = _field(1, series + _field(2, sample) + _field(3, exemplar)) + _field(3, metadata)
    packed: bytes = pa.Codec("snappy").compress(body, asbytes=True)
    head = {"content-encoding": "snappy", "x-prometheus-remote-write-version": "0.1.0", **PROTOBUF}
    yield "/api/v1/write", head, packed


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


SENDERS: dict[str, Callable[[], Iterator[Sent]]] = {
    "otlp-logs": otlp_logs,
    "otlp-traces": otlp_traces,
    "otlp-metrics": otlp_metrics,
    "hec": hec,
    "files": files,
    "sumo": sumo,
    "loki": loki,
    "elasticsearch": elasticsearch,
    "remote-write": remote_write,
}
