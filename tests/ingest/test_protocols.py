"""What every protocol must keep to, whichever it is: a new file in `protocols` is checked here unasked."""

from __future__ import annotations

import ast
import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from pilotage.ingest import protocols
from pilotage.ingest.receive import Limits, discover
from pilotage.ingest.request import Grant, Route
from pilotage.ingest.varint import varint
from pilotage.store.schema import EVENT_TABLES

from ..fixtures import prometheus  # noqa: TID252 - test folders have no absolute name in importlib mode

FOLDER = Path(protocols.__path__[0])
PROTOCOLS = discover()
DAY = 86_400_000_000_000
START = 1_600_000_000_000_000_000
DONE = (200, 204)
PERSISTED = {
    "elasticsearch": {"elasticsearch"},
    "files": {"files-csv", "files-jsonl", "files-messages", "files-text"},
    "hec": {"hec", "hec-metrics", "hec-mixed", "hec-raw"},
    "loki": {"loki-json", "loki-protobuf"},
    "otlp-logs": {"otlp-logs-json", "otlp-logs-protobuf"},
    "otlp-metrics": {"otlp-metrics-json", "otlp-metrics-protobuf"},
    "otlp-traces": {"otlp-traces-json", "otlp-traces-protobuf"},
    "sumo": {"sumo", "sumo-carbon2", "sumo-graphite", "sumo-prometheus"},
    "remote-write": {"remote-write", "remote-write-metadata", "remote-write-mixed", "remote-write-rich"},
}
"""Names in segments on people's disks: a protocol that renames one loses what was not loaded yet. Add, never change."""


@dataclass(frozen=True)
class Sample:
    """A request of a protocol for one item at `nanoseconds`, which becomes a row of `table`."""

    path: str
    table: str
    body: Callable[[int], bytes]
    headers: tuple[tuple[str, str], ...] = ()


def _logs(at: int) -> bytes:
    record = {"timeUnixNano": str(at), "body": {"stringValue": "x"}, "attributes": [{"key": "k", "value": {"intValue": "1"}}]}
    return _protobuf(ExportLogsServiceRequest(), {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})


def _spans(at: int) -> bytes:
    ids = {"traceId": "AAAAAAAAAAAAAAAAAAAAAQ==", "spanId": "AAAAAAAAAAE="}
    span = {**ids, "name": "n", "startTimeUnixNano": str(at), "endTimeUnixNano": str(at + 1)}
    return _protobuf(ExportTraceServiceRequest(), {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})


def _points(at: int) -> bytes:
    metric = {"name": "m", "gauge": {"dataPoints": [{"timeUnixNano": str(at), "asDouble": 1.5}]}}
    return _protobuf(ExportMetricsServiceRequest(), {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]})


def _protobuf(message: Any, document: dict[str, Any]) -> bytes:
    return bytes(ParseDict(document, message).SerializeToString())


def _seconds(at: int) -> str:
    return f"{at // 10**9}.{at % 10**9:09d}"


def _json(at: int) -> bytes:
    return json.dumps({"event": "x", "time": _seconds(at), "fields": {"k": 1}}).encode()


def _push(at: int) -> bytes:
    return json.dumps({"streams": [{"stream": {"k": "v"}, "values": [[str(at), "x", {"m": "n"}]]}]}).encode()


def _write(at: int) -> bytes:
    return prometheus.series(prometheus.labels(name="m", k="v"), prometheus.sample(float(at % 1000), at // 1_000_000))


def _bulk(at: int) -> bytes:
    return b'{"index":{}}\n' + json.dumps({"@timestamp": _seconds(at), "message": "x", "k": 1}).encode() + b"\n"


OTLP = (("content-type", "application/x-protobuf"), ("authorization", "Bearer t"))
JSON = (("content-type", "application/json"), ("authorization", "Bearer t"))
SPLUNK = (("authorization", "Splunk t"),)
SAMPLES: dict[str, Sample] = {
    "otlp-logs": Sample("/v1/logs", "logs", _logs, OTLP),
    "otlp-traces": Sample("/v1/traces", "spans", _spans, OTLP),
    "otlp-metrics": Sample("/v1/metrics", "points", _points, OTLP),
    "remote-write": Sample("/api/v1/write", "points", _write, (*OTLP, ("content-encoding", "identity"))),
    "sumo": Sample("/receiver/v1/http", "logs", lambda at: b'{"timestamp":%d,"k":1}' % at, OTLP[1:]),
    "hec": Sample("/services/collector", "logs", _json, SPLUNK),
    "loki": Sample("/loki/api/v1/push", "logs", _push, JSON),
    "elasticsearch": Sample("/main/_bulk", "logs", _bulk, JSON),
    "files": Sample("/api/v1/ingest/main", "logs", lambda at: b'{"_time":%s,"k":1}\n' % _seconds(at).encode(), OTLP[1:]),
}


@pytest.fixture(params=sorted(PROTOCOLS))
def sample(request: pytest.FixtureRequest) -> Sample:
    assert request.param in SAMPLES, f"give {request.param} a sample request here"
    return SAMPLES[request.param]


def send(pipeline: Any, sample: Sample, body: bytes, **headers: str) -> Any:
    return pipeline.send(sample.path, body, {**dict(sample.headers), **{k.replace("_", "-"): v for k, v in headers.items()}})


def count(pipeline: Any, table: str) -> int:
    return int(pipeline.store.backend.rows(f"SELECT count() FROM pilotage.{table}")[0][0])


def test_one_class_a_file_and_names_that_last() -> None:
    modules = [p for p in FOLDER.glob("*.py") if p.stem != "__init__"]
    assert len(PROTOCOLS) == len(modules)
    for path in modules:
        classes = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.ClassDef) and not n.name.startswith("_")]
        assert len(classes) == 1, f"{path.name} has {[c.name for c in classes]}"
        assert path.stem.replace("_", "-") in PROTOCOLS
    assert {name: set(p.streams) for name, p in PROTOCOLS.items()} == PERSISTED


def test_streams_and_places_are_one_protocols_own() -> None:
    streams = [name for p in PROTOCOLS.values() for name in p.streams]
    assert len(streams) == len(set(streams))
    routes: list[Route] = [r for p in PROTOCOLS.values() for r in p.routes]
    places = [(r.method, r.path) for r in routes]
    assert len(places) == len(set(places))
    assert all(r.protocol == name for name, p in PROTOCOLS.items() for r in p.routes)
    assert {d.table for p in PROTOCOLS.values() for decodes in p.streams.values() for d in decodes} <= {*EVENT_TABLES, "metric_catalogue"}


def test_a_request_cut_anywhere_is_answered_in_the_protocols_words(pipeline: Any, sample: Sample) -> None:
    body = sample.body(START)
    stored = 0
    for end in range(len(body)):
        reply = send(pipeline, sample, body[:end])
        assert reply.status in (*DONE, 400), (end, reply)
        stored += reply.status in DONE
    assert all(code != "internal" for _, code in pipeline.statistics.refusals())
    pipeline.load()
    buried = pipeline.rows("SELECT count() AS n FROM pilotage.logs WHERE has(splitByChar('\x1f', attribute_keys), 'dead_letter.place')")
    assert buried[0]["n"] == 0, "what was acknowledged can be loaded"
    assert count(pipeline, sample.table) <= max(stored, 0)


def test_flipped_bits_disturb_nobody(pipeline: Any, sample: Sample) -> None:
    chance = random.Random(5)
    body = sample.body(START)
    for _ in range(60):
        broken = bytearray(body)
        broken[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        assert send(pipeline, sample, bytes(broken)).status in (*DONE, 400, 403)
    assert send(pipeline, sample, body).status in DONE
    assert all(code != "internal" for _, code in pipeline.statistics.refusals())
    pipeline.load()
    assert count(pipeline, sample.table) >= 1
    assert pipeline.spool.backlog == 0


def test_bombs_and_giants_are_too_large(start: Callable[..., Any], sample: Sample) -> None:
    pipeline = start(limits=Limits(request_bytes=100_000))
    assert send(pipeline, sample, gzip.compress(b" " * 10_000_000), content_encoding="gzip").status == 413
    assert send(pipeline, sample, b" " * 100_001).status == 413
    reply = send(pipeline, sample, gzip.compress(sample.body(START))[:-9], content_encoding="gzip")
    assert reply.status == 400
    assert send(pipeline, sample, sample.body(START), content_encoding="br").status == 415
    assert send(pipeline, sample, gzip.compress(sample.body(START)), content_encoding="gzip").status in DONE


def test_wrong_types_are_the_clients_fault(pipeline: Any, sample: Sample) -> None:
    for kind in ("text/html", "", "application/json; charset=utf-8", "\u00e9"):
        for body in (b"<html>", b"\0" * 50, b"[" * 5000, b'{"a":' * 5000):
            assert 200 <= send(pipeline, sample, body, content_type=kind).status < 500
    assert all(code != "internal" for _, code in pipeline.statistics.refusals())
    pipeline.load()


def test_tokens_decide(start: Callable[..., Any], sample: Sample) -> None:
    pipeline = start(tokens={"t": Grant("1", "r", frozenset({"read"}))})
    assert send(pipeline, sample, sample.body(START)).status == 403
    assert send(pipeline, sample, sample.body(START), authorization="").status == 401
    pipeline.tokens["t"] = Grant("1", "i", frozenset({"ingest"}), frozenset({"elsewhere"}))
    reply = send(pipeline, sample, sample.body(START))
    assert reply.status in (400, 403), "no index the token may write to"


def test_load_is_refused_with_a_time_to_retry(start: Callable[..., Any], sample: Sample) -> None:
    pipeline = start(limits=Limits(backlog_bytes=-1))
    reply = send(pipeline, sample, sample.body(START))
    assert reply.status in (429, 503)
    assert dict(reply.headers)["retry-after"] == "1"


def test_a_segment_loaded_again_changes_nothing(pipeline: Any, sample: Sample) -> None:
    for n in range(3):
        assert send(pipeline, sample, sample.body(START + n)).status in DONE
    pipeline.spool.flush()
    (segment,) = pipeline.spool.segments()
    kept = segment.path.read_bytes()
    pipeline.loader.load(segment)
    assert count(pipeline, sample.table) == 3
    # A crash between the insert and the deletion: the next start finds the same file.
    segment.path.write_bytes(kept)
    pipeline.open()
    pipeline.load()
    assert count(pipeline, sample.table) == 3
    assert not list(pipeline.spool.folder.glob("*/*.seg"))


def test_a_segment_of_four_hundred_days_loads(pipeline: Any, sample: Sample) -> None:
    for day in range(400):
        assert send(pipeline, sample, sample.body(START + day * DAY)).status in DONE
    pipeline.load()
    (row,) = pipeline.rows(f"SELECT count() AS n, uniqExact(toDate(time)) AS days FROM pilotage.{sample.table}")
    assert row == {"n": 400, "days": 400}
    assert not pipeline.loader.failing


def test_a_poisoned_request_is_buried_alone(pipeline: Any, sample: Sample) -> None:
    for n in range(2):
        assert send(pipeline, sample, sample.body(START + n)).status in DONE
    pipeline.spool.flush()
    (segment,) = pipeline.spool.segments()
    first, second = [message for _, message in segment.messages()]
    # An index that is longer than its envelope: the engine refuses the whole file for it.
    poison = b"\x1a\x7fabc"
    segment.path.write_bytes(b"".join(varint(len(m)) + m for m in (first, poison, second)))
    segment.size = segment.path.stat().st_size
    pipeline.loader.load(segment)
    (row,) = pipeline.rows(f"SELECT countIf(`index` != '_dead_letter') AS n FROM pilotage.{sample.table}")
    assert row["n"] == 2, "its neighbours load"
    (dead,) = pipeline.rows("SELECT * FROM pilotage.logs WHERE `index` = '_dead_letter'")
    assert dead["attributes"]["dead_letter.reason"][1]
    assert dead["attributes"]["dead_letter.place"][1].endswith("/1")
    assert not list(pipeline.spool.folder.glob("*/*.seg"))
