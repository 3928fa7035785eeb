"""Remote write: what is taken and refused, and the rows and catalogue entries of what is taken."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotage.ingest import prometheus
from pilotage.ingest.request import Grant

from ...fixtures import prometheus as p  # noqa: TID252 - test folders have no absolute name in importlib mode

HEADERS = {"content-type": "application/x-protobuf", "content-encoding": "snappy", "authorization": "Bearer t"}
POINTS = "SELECT * FROM pilotage.points ORDER BY time, metric, attributes"
NOW = 1_790_000_000_000


def send(pipeline: Any, body: bytes, **headers: str) -> Any:
    return pipeline.send("/api/v1/write", p.packed(body), HEADERS | {k.replace("_", "-"): v for k, v in headers.items()})


def stored(pipeline: Any, body: bytes) -> list[dict[str, Any]]:
    reply = send(pipeline, body)
    assert reply.status == 204, reply
    assert not reply.body
    rows: list[dict[str, Any]] = pipeline.take(POINTS)
    return rows


def test_one_sample(pipeline: Any) -> None:
    one = p.series(p.labels(name="vllm:latency", cluster="c", instance="h:1", job="j"), p.sample(1.5, NOW))
    (row,) = stored(pipeline, one)
    wanted = {"index": "metrics", "metric": "vllm:latency", "value": 1.5, "number": "d", "host": "h:1", "service": "j", "source": "j"}
    wanted |= {"sourcetype": "prometheus", "flags": 0, "distribution": "", "exemplars": "", "resource": "", "scope": ""}
    assert {k: row[k] for k in wanted} == wanted
    assert json.loads(row["attributes"]) == {"cluster": "c", "instance": "h:1", "job": "j"}
    assert row["time"].timestamp() == NOW / 1000


def test_zero_and_not_a_number_are_values(pipeline: Any) -> None:
    values = [0.0, math.nan, math.inf, -0.0, 5e-324]
    body = b"".join(p.series(p.labels(name=f"m{i}"), p.sample(v, NOW)) for i, v in enumerate(values))
    for _ in range(2):  # unknown labels, then known ones
        rows = stored(pipeline, body)
        assert [struct.pack("<d", r["value"]) for r in rows] == [struct.pack("<d", v) for v in values]
        assert {r["number"] for r in rows} == {"d"}
        body += p.series(p.labels(name="m9"), p.sample(0.0, NOW))
        values.append(0.0)


def test_a_staleness_marker_is_no_value(pipeline: Any) -> None:
    rows = stored(pipeline, p.series(p.labels(name="m"), p.sample(2.0, NOW), p.stale(NOW + 1)))
    assert [(r["number"], r["flags"]) for r in rows] == [("d", 0), ("", 1)]


def test_late_and_repeated_samples_are_taken(pipeline: Any) -> None:
    body = p.series(p.labels(name="m"), p.sample(2.0, NOW), p.sample(1.0, NOW - 60_000), p.sample(2.0, NOW))
    assert [r["value"] for r in stored(pipeline, body)] == [1.0, 2.0, 2.0]


def test_an_equal_request_is_stored_once(pipeline: Any) -> None:
    body = p.series(p.labels(name="again"), p.sample(2.0, NOW))
    assert send(pipeline, body).status == send(pipeline, body).status == 204
    assert len(pipeline.take(POINTS)) == 1
    pipeline.open()
    assert send(pipeline, body).status == 204
    assert pipeline.take(POINTS) == [], "also after a restart"


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        (p.labels(name="m", a="1") + p.labels(a="1"), "label-repeated"),
        (p.labels(name="m") + p.labels(name="n"), "label-repeated"),
        (p.labels(a="1"), "metric-name-missing"),
        (b"", "metric-name-missing"),
        (p.labels(name="m") + p.field(1, p.field(2, b"v")), "label-empty"),
        (p.labels(name="m") + p.field(1, b"\x0a\x01\xff"), "undecodable"),
    ],
)
def test_bad_labels_are_refused_for_good(pipeline: Any, labels: bytes, code: str) -> None:
    good = p.series(p.labels(name="m", a="1"), p.sample(1.0, NOW))
    for before in (b"", good):
        reply = send(pipeline, before + p.series(labels, p.sample(1.0, NOW + len(before))))
        assert reply.status == 400
        assert reply.media_type.startswith("text/plain")
    assert {c for _, c in pipeline.statistics.refusals()} == {code}
    assert pipeline.take(POINTS) == []


def test_more_series_than_a_request_may_have(pipeline: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus, "MAX_SERIES", 2)
    one = p.series(p.labels(name="m"), p.sample(1.0, NOW))
    assert send(pipeline, one * 2).status == 204
    assert send(pipeline, one * 3).status == 413


def test_a_sample_that_only_looks_usual_is_looked_at(pipeline: Any) -> None:
    labels = p.labels(name="m", a="1")
    assert send(pipeline, p.series(labels, p.sample(1.0, NOW))).status == 204
    whole = p.sample(1.0, NOW)
    hidden = p.labels(a="elevenchars")
    assert len(hidden) == len(p.sample(1.0, NOW)), "a second label `a` where the sample would be"
    assert send(pipeline, p.series(labels, hidden)).status == 400
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= 0x80
        assert send(pipeline, p.series(labels, bytes(broken))).status in (204, 400)
    rows = pipeline.take("SELECT * FROM pilotage.logs")
    assert rows == [], "whatever was acknowledged loads"


def test_unusual_encodings_of_labels_mean_the_same(pipeline: Any) -> None:
    name, value = p.field(1, b"__name__"), p.field(2, b"m")
    long = p.field(1, p.field(1, b"x" * 200) + p.field(2, b"y" * 20_000))
    padded = b"\x0a" + bytes([len(name + value) | 0x80, 0]) + name + value
    variants = [p.field(1, value + name), p.field(1, name + value + p.field(9, 7)), padded, p.field(1, name + p.field(2, b"old") + value)]
    body = b"".join(p.series(v + long, p.sample(float(n), NOW)) for n, v in enumerate(variants))
    rows = stored(pipeline, body)
    assert [r["metric"] for r in rows] == ["m"] * 4
    assert sorted(r["value"] for r in rows) == [0.0, 1.0, 2.0, 3.0]
    assert {r["attributes"] for r in rows} == {json.dumps({"x" * 200: "y" * 20_000}, separators=(",", ":"))}


def test_an_empty_label_is_an_absent_one(pipeline: Any) -> None:
    (row,) = stored(pipeline, p.series(p.labels(name="m", a=""), p.sample(1.0, NOW)))
    assert row["attributes"] == ""


def test_labels_in_another_order_are_the_same_series(pipeline: Any) -> None:
    parts = [p.labels(name="m"), p.labels(b="2"), p.labels(a="1")]
    body = b"".join(p.series(b"".join(x), p.sample(1.0, NOW)) for x in (parts, parts[::-1]))
    assert len({r["series"] for r in stored(pipeline, body)}) == 1


def test_metadata_make_the_catalogue_and_the_types_of_points(pipeline: Any) -> None:
    told = (
        p.metadata(3, "lat", "How long", "s")
        + p.metadata(1, "hits", "How many")
        + p.metadata(2, "temp")
        + p.metadata(0, "odd", "Of no type")
    )
    reply = send(pipeline, told)
    assert (reply.status, reply.body) == (204, b"")
    pipeline.load()
    known = pipeline.rows(
        "SELECT metric, type, unit, description FROM pilotage.metric_catalogue FINAL WHERE `index` = 'metrics' "
        "AND metric IN ('hits', 'lat', 'odd', 'temp') ORDER BY metric"
    )
    assert [tuple(r.values()) for r in known] == [
        ("hits", "counter", "", "How many"),
        ("lat", "histogram", "s", "How long"),
        ("odd", "", "", "Of no type"),
        ("temp", "gauge", "", ""),
    ]
    names = ("lat_bucket", "lat_sum", "hits", "hits_total", "temp", "temp_sum", "odd", "new")
    rows = stored(pipeline, b"".join(p.series(p.labels(name=n), p.sample(1.0, NOW)) for n in names))
    assert {r["metric"]: (r["type"], r["unit"], r["description"], r["temporality"], r["monotonic"]) for r in rows} == {
        "lat_bucket": ("histogram", "s", "How long", "cumulative", False),
        "lat_sum": ("histogram", "s", "How long", "cumulative", False),
        "hits": ("counter", "", "How many", "cumulative", True),
        "hits_total": ("counter", "", "How many", "cumulative", True),
        "temp": ("gauge", "", "", "", False),
        "temp_sum": ("", "", "", "", False),
        "odd": ("", "", "Of no type", "", False),
        "new": ("", "", "", "", False),
    }


def test_metadata_and_samples_in_one_request(pipeline: Any) -> None:
    body = p.metadata(2, "both", "of one request") + p.series(p.labels(name="both"), p.sample(1.0, NOW))
    (row,) = stored(pipeline, body)
    assert (row["type"], row["description"]) == ("gauge", "of one request")


def test_exemplars_are_kept(pipeline: Any) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    one = p.field(3, p.labels(trace_id=trace, user='q"1') + p.field(2, 0.25) + p.field(3, NOW))
    row, last = stored(pipeline, p.series(p.labels(name="lat_bucket", le="0.5"), p.sample(3.0, NOW + 1), one))
    assert (row["number"], row["flags"], last["value"], last["exemplars"]) == ("", 0, 3.0, "")
    assert json.loads(row["exemplars"]) == [{"time": NOW / 1000, "value": 0.25, "trace_id": trace, "attributes": {"user": 'q"1'}}]
    assert json.loads(row["attributes"]) == {"le": "0.5"}


def spans(number: int, *pairs: tuple[int, int]) -> bytes:
    return b"".join(p.field(number, p.field(1, 2 * o if o >= 0 else -2 * o - 1) + p.field(2, n)) for o, n in pairs)


def zigzag(number: int, *values: int) -> bytes:
    return p.field(number, b"".join(p.varint(2 * v if v >= 0 else -2 * v - 1) for v in values))


def test_native_histograms_are_kept(pipeline: Any) -> None:
    whole = p.field(1, 21) + p.field(3, 12.5) + p.field(4, 6) + p.field(5, 0.001) + p.field(6, 2)
    whole += spans(11, (-1, 2), (3, 1)) + zigzag(12, 4, 1, -2) + spans(8, (0, 1)) + zigzag(9, 7) + p.field(15, NOW)
    fractions = p.field(2, 1.5) + p.field(3, 2.5) + p.field(7, 0.5) + spans(11, (2, 2)) + p.field(13, struct.pack("<dd", 0.25, 0.75))
    body = p.series(p.labels(name="h"), p.field(4, whole), p.field(4, fractions + p.field(15, NOW + 1)))
    first, second = stored(pipeline, body)
    assert (first["type"], first["value"], first["number"]) == ("exponential_histogram", 12.5, "d")
    assert json.loads(first["distribution"]) == {
        "count": 21,
        "sum": 12.5,
        "scale": 3,
        "zero_count": 2,
        "zero_threshold": 0.001,
        "positive": {"offset": -2, "counts": [4, 5, 0, 0, 0, 3]},
        "negative": {"offset": -1, "counts": [7]},
    }
    told = json.loads(second["distribution"])
    assert (told["count"], told["zero_count"], told["positive"]) == (1.5, 0.5, {"offset": 1, "counts": [0.25, 0.75]})
    assert told["negative"] == {"offset": 0, "counts": []}


def test_a_stale_histogram_and_one_that_is_too_wide(pipeline: Any) -> None:
    ended = p.field(4, b"\x19" + struct.pack("<Q", p.STALE) + p.field(15, NOW))
    (row,) = stored(pipeline, p.series(p.labels(name="h"), ended))
    assert (row["number"], row["flags"], row["distribution"]) == ("", 1, "")
    wide = p.field(4, p.field(1, 2) + spans(11, (0, 1), (2_000_000_000, 1)) + zigzag(12, 1, 0) + p.field(15, NOW))
    assert send(pipeline, p.series(p.labels(name="h"), wide)).status == 400


def test_times_that_no_column_holds_become_the_time_of_receipt(pipeline: Any) -> None:
    times = (2**62, -(2**62), 9_223_372_036_855, 0, -1)
    rows = stored(pipeline, p.series(p.labels(name="m"), *(p.sample(float(n), t) for n, t in enumerate(times, 1))))
    found = {r["value"]: r["time"].timestamp() for r in rows}
    assert (found[4.0], found[5.0]) == (0.0, -0.001)
    assert all(found[n] > 1.7e9 for n in (1.0, 2.0, 3.0))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_type": "application/x-protobuf;proto=io.prometheus.write.v2.Request"}, 415),
        ({"content_type": "application/x-protobuf;proto=prometheus.WriteRequest"}, 204),
        ({"content_type": "application/json"}, 415),
        ({"content_encoding": ""}, 204),
        ({"content_encoding": "br"}, 415),
        ({"content_encoding": "identity"}, 400),
    ],
)
def test_types_and_encodings(pipeline: Any, headers: dict[str, str], status: int) -> None:
    assert send(pipeline, p.series(p.labels(name="m"), p.sample(1.0, NOW)), **headers).status == status


def test_an_empty_request_is_a_success(pipeline: Any) -> None:
    assert send(pipeline, b"").status == 204
    assert send(pipeline, p.series(p.labels(name="m"))).status == 204
    assert pipeline.spool.backlog == 0


def test_a_token_gives_index_and_origin(start: Any) -> None:
    pipeline = start(tokens={"t": Grant("1", "n", default_index="team", source="s", sourcetype="st", host="h")})
    assert send(pipeline, p.series(p.labels(name="m"), p.sample(1.0, NOW))).status == 204
    (row,) = pipeline.take(POINTS)
    assert (row["index"], row["source"], row["sourcetype"], row["host"], row["service"]) == ("team", "s", "st", "h", "")


text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
sets = st.dictionaries(text.filter(lambda k: k != "__name__"), text, max_size=4)
samples = st.lists(st.tuples(st.floats(), st.integers(0, 2**41)), max_size=3)


@given(st.lists(st.tuples(text, sets, samples), max_size=5), st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_comes_back_as_it_was(
    pipeline: Any, held: list[tuple[str, dict[str, str], list[tuple[float, int]]]], shuffle: bool
) -> None:
    parts = []
    for name, labels, values in held:
        pairs = [("__name__", name), *labels.items()]
        encoded = [p.field(1, p.field(1, k.encode()) + p.field(2, v.encode())) for k, v in (pairs[::-1] if shuffle else pairs)]
        parts.append(p.series(*encoded, *(p.sample(*v) for v in values)))
    wanted = sorted(repr((n, sorted(ls.items()), t, struct.pack("<d", v))) for n, ls, vs in held for v, t in vs)
    body = b"".join(parts) + p.field(99, pipeline.counter.to_bytes(8, "big"))  # equal requests are stored once
    pipeline.counter += 1
    rows = stored(pipeline, body)
    found = [
        repr(
            (
                r["metric"],
                sorted(json.loads(r["attributes"] or "{}").items()),
                round(r["time"].timestamp() * 1000),
                struct.pack("<d", r["value"]),
            )
        )
        for r in rows
    ]
    assert sorted(found) == wanted
    assert {r["number"] for r in rows} <= {"d"}


@pytest.fixture(autouse=True)
def _counter(pipeline: Any) -> None:
    pipeline.counter = 0


def test_rules_reach_labels_exemplars_and_metadata(pipeline: Any) -> None:
    from pilotage.engine.rules import compile_rules
    from pilotage.ingest.load import Loader, Parts
    from pilotage.ingest.rules import Rules
    from pilotage.model.rules import Redaction

    rules = Rules(compile_rules((Redaction("r", pattern="canary-[0-9]+"),), (), pipeline.store.backend.rows), pipeline.store.backend.rows)
    streams = rules.streams(pipeline.receiver.streams)
    parts = Parts(pipeline.store.backend, pipeline.spool, streams, pipeline.retries, pipeline.loader._parts.letters, pipeline.statistics)
    pipeline.loader = Loader(parts)
    assert send(pipeline, p.metadata(2, "leaky", "About canary-1", "canary-2")).status == 204
    pipeline.load()
    one = p.field(3, p.labels(user="canary-3") + p.field(3, NOW))
    for more in (b"", one):
        reply = send(pipeline, p.series(p.labels(name="leaky", id="canary-4", job="canary-5"), p.sample(1.0, NOW), more))
        assert reply.status == 204
    rows = pipeline.take(POINTS)
    assert len(rows) == 3
    known = pipeline.rows("SELECT * FROM pilotage.metric_catalogue WHERE metric = 'leaky'")
    assert {r["type"] for r in rows} == {r["type"] for r in known} == {"gauge"}
    assert "canary" not in repr((rows, known))
