"""The loader outlives what goes wrong: a disk that fails, a damaged schema cache, requests the engine stumbles over."""

from __future__ import annotations

import errno
import gzip
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from pilotage.ingest.dead_letters import DeadLetters
from pilotage.ingest.encoding import GZIP_MEMBERS, decompress
from pilotage.ingest.load import Loader, Parts
from pilotage.ingest.receive import discover
from pilotage.ingest.request import Accepted, Grant, Request, envelope
from pilotage.ingest.retries import Retries
from pilotage.ingest.spool import Spool
from pilotage.ingest.statistics import Statistics
from pilotage.model.problem import PilotageError, Problem
from pilotage.store.backends.chdb import problem_of
from pilotage.store.open import open_store

LOGS = discover()["otlp-logs"]
STREAM = "otlp-logs-protobuf"


@pytest.fixture
def work(tmp_path: Path) -> Iterator[SimpleNamespace]:
    store = open_store(tmp_path / "store")
    spool = Spool(tmp_path / "spool")
    parts = Parts(store.backend, spool, LOGS.streams, Retries(tmp_path / "recent", []), DeadLetters(store.backend), Statistics())
    yield SimpleNamespace(store=store, spool=spool, parts=parts, loader=Loader(parts))
    spool.close()
    store.close()


def record(body: bytes) -> bytes:
    """A request of one log record whose body is `body`, written by hand."""
    value = b"\x0a" + bytes([len(body)]) + body
    item = b"\x09" + (10**18).to_bytes(8, "little") + b"\x2a" + bytes([len(value)]) + value
    return wrap(item)


def wrap(item: bytes) -> bytes:
    for tag in (b"\x12", b"\x12", b"\x0a"):
        item = tag + bytes([len(item)]) + item
    return item


def put(work: SimpleNamespace, body: bytes) -> None:
    accepted = LOGS.accept(Request("POST", "/v1/logs", {"content-type": "application/x-protobuf"}, {}, body), Grant())
    assert isinstance(accepted, Accepted)
    head, rest = envelope(accepted, time.time_ns(), b"")
    work.spool.append(STREAM, head, rest, accepted.items).result(timeout=10)


def bodies(work: SimpleNamespace, index: str = "main") -> list[str]:
    found = work.store.backend.rows("SELECT body FROM pilotage.logs WHERE `index` = {i:String} ORDER BY body", {"i": index})
    return [str(body) for (body,) in found]


def test_a_request_of_another_wire_type_is_mended_and_its_neighbours_load(work: SimpleNamespace) -> None:
    """`time_unix_nano` as a varint is an unknown field to protobuf, and an error to the engine."""
    for number in range(20):
        put(work, record(b"good %02d" % number))
    put(work, wrap(b"\x08\x05\x2a\x08\x0a\x06mended"))
    work.spool.flush()
    (segment,) = work.spool.segments()
    work.loader.load(segment)
    assert bodies(work) == [f"good {n:02}" for n in range(20)] + ["mended"]
    assert bodies(work, "_dead_letter") == []


def test_an_unknown_group_is_mended(work: SimpleNamespace) -> None:
    put(work, record(b"plain") + b"\x9b\x06\x08\x01\x9c\x06")
    work.spool.flush()
    (segment,) = work.spool.segments()
    work.loader.load(segment)
    assert bodies(work) == ["plain"]


def test_the_loading_thread_outlives_errors_of_the_disk(work: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = iter([OSError(errno.ENOSPC, "No space left on device"), RuntimeError("a fault of ours"), None])
    real = work.store.backend.load

    def load(sql: str) -> None:
        error = next(calls)
        if error is not None:
            raise error
        real(sql)

    monkeypatch.setattr("pilotage.ingest.load.RETRY_SECONDS", 0.01)
    monkeypatch.setattr(work.store.backend, "load", load)
    put(work, record(b"kept"))
    work.loader.start()
    deadline = time.monotonic() + 30
    while work.spool.segments() and time.monotonic() < deadline:
        time.sleep(0.02)
    work.loader.stop()
    assert bodies(work) == ["kept"]
    assert not work.loader.failing


def test_a_damaged_schema_cache_is_made_anew(work: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert problem_of(RuntimeError("Could not find a message named 'Envelope' in the schema file")).code == "schema-cache"
    cache = tmp_path / "__cache__"
    monkeypatch.setattr("pilotage.store.backends.chdb.SCHEMA_CACHE", cache)
    put(work, record(b"once"))
    work.spool.flush()
    (segment,) = work.spool.segments()
    cache.mkdir()

    def damaged(_: str) -> None:
        raise PilotageError(Problem("schema-cache", "damaged"))

    real = work.store.backend.load
    monkeypatch.setattr(work.store.backend, "load", damaged)
    with pytest.raises(PilotageError, match="schema-cache"):
        work.loader.load(segment)
    monkeypatch.setattr(work.store.backend, "load", real)
    work.loader.load(segment)
    assert bodies(work) == ["once"]
    assert bodies(work, "_dead_letter") == []


def test_a_torn_end_that_could_not_be_taken_back_is_cut_before_loading(work: SimpleNamespace) -> None:
    put(work, record(b"whole"))
    work.spool.flush()
    (segment,) = work.spool.segments()
    with segment.path.open("ab") as file:
        file.write(b"\xff\x7ftorn")
    work.loader.load(segment)
    assert bodies(work) == ["whole"]


def test_gzip_of_several_members_is_read_and_of_very_many_refused() -> None:
    assert decompress(gzip.compress(b"a") + gzip.compress(b"b") + b"\0\0", "gzip", 100) == b"ab"
    with pytest.raises(PilotageError, match="members"):
        decompress(gzip.compress(b"") * (GZIP_MEMBERS + 1), "gzip", 100)


@pytest.mark.parametrize(
    "nested",
    [
        '{"arrayValue":{"values":[{"intValue":"abc"}]}}',
        '{"arrayValue":{"values":[{"intValue":null}]}}',
        '{"arrayValue":{"values":5}}',
        '{"arrayValue":[1]}',
        '{"kvlistValue":{"values":[{"key":{}}]}}',
        '{"kvlistValue":{"values":[3]}}',
    ],
)
def test_a_malformed_nested_value_is_refused_or_taken_never_retried(nested: str) -> None:
    body = '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":' + nested + "}]}]}]}"
    request = Request("POST", "/v1/logs", {"content-type": "application/json"}, {}, body.encode())
    try:
        LOGS.accept(request, Grant())
    except PilotageError as error:
        reply = LOGS.reject(request, error.problem)
    else:
        return
    assert reply.status == 400


def test_values_nested_deeper_than_the_decoder_goes_are_kept(work: SimpleNamespace) -> None:
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    request = ExportLogsServiceRequest()
    value = request.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=5).body
    for _ in range(45):
        value = value.array_value.values.add()
    value.string_value = "deep"
    put(work, request.SerializeToString())
    work.spool.flush()
    (segment,) = work.spool.segments()
    work.loader.load(segment)
    (body,) = bodies(work)
    assert "$opaque" in body
