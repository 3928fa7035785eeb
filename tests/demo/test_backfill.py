from __future__ import annotations

import math
import threading

import pytest

from pilotage.demo import messages
from pilotage.demo.backfill import PART_NS, Sent, backfill
from pilotage.demo.history import build
from pilotage.demo.sender import RefusedError, Sender
from pilotage.demo.traffic import DAY_NS, SLICE_NS

NOW = 20_055 * DAY_NS + DAY_NS // 2
TWO_DAYS = 2 * 86_400


@pytest.fixture
def sender(recorder):
    kept = Sender(recorder.url, "secret", threading.Event())
    yield kept
    kept.close()


def markers(recorder) -> list[dict]:
    return [values for _, log, values in recorder.logs() if log.event_name == messages.MARKER]


def test_two_days_arrive_slice_by_slice(recorder, sender):
    sent = backfill(sender, 7, NOW + 5, TWO_DAYS)
    assert (sent.slices, sent.found, sent.complete) == (576, 0, True)
    past = build(7, NOW - TWO_DAYS * 10**9, NOW)
    points: dict = {}
    for service, metric in recorder.metrics():
        if metric.name == "ml.inference.count":
            assert metric.sum.aggregation_temporality == 1
            for point in metric.sum.data_points:
                assert point.time_unix_nano - point.start_time_unix_nano == SLICE_NS
                points[service, point.start_time_unix_nano] = point.as_int
    for service in past.services:
        for series in service.series:
            if series.name == "ml.inference.count":
                expected = dict(zip(past.slices.tolist(), series.values.tolist(), strict=True))
                assert {t: v for (name, t), v in points.items() if name == service.service} == {
                    t: v for t, v in expected.items() if math.isfinite(v)
                }
    summaries = [(service, values) for service, log, values in recorder.logs() if log.event_name == "traffic.summary"]
    assert len(summaries) == sum(int((service.summary["requests"] > 0).sum()) for service in past.services)
    total = sum(values["requests"] for service, values in summaries if service == "wine-classifier")
    assert total == past.services[0].summary["requests"].sum()


def test_incidents_are_labelled_at_their_times(recorder, sender):
    backfill(sender, 7, NOW, 16 * 86_400)
    past = build(7, NOW - 16 * DAY_NS, NOW)
    found = [
        (values["demo.incident.name"], values["demo.incident.phase"], log.time_unix_nano)
        for _, log, values in recorder.logs()
        if log.event_name == "demo.incident"
    ]
    assert len(past.incidents) == 2
    assert found == [
        (str(incident.kind), phase, time)
        for incident in past.incidents
        for phase, time in (("start", incident.start_ns), ("end", incident.end_ns))
    ]


def test_incidents_and_markers_have_sourcetypes_of_their_own(recorder, sender):
    backfill(sender, 7, NOW, TWO_DAYS)
    found = set()
    for message in recorder.messages("/v1/logs"):
        for group in message.resource_logs:
            names = {record.event_name for scope in group.scope_logs for record in scope.log_records}
            kinds = {item.value.string_value for item in group.resource.attributes if item.key == "com.splunk.sourcetype"}
            found |= {(name, *kinds) for name in names}
    assert {("traffic.summary",), ("deploy",), ("demo.history", "demo.history")} <= found
    assert found - {("demo.incident", "demo.incident")} == {("traffic.summary",), ("deploy",), ("demo.history", "demo.history")}


def test_training_traces_and_deploy_events_belong_together(recorder, sender):
    backfill(sender, 7, NOW, 6 * 3600)
    deploys = [(log, values) for _, log, values in recorder.logs() if log.event_name == "deploy"]
    roots = {span.trace_id: span for service, span, _ in recorder.spans() if service == "trainer" and not span.parent_span_id}
    assert len(deploys) == len(roots) == 12
    for log, values in deploys:
        root = roots[log.trace_id]
        assert log.span_id == root.span_id
        assert log.time_unix_nano == root.end_time_unix_nano
        assert root.name == f"train {values['ml.model.name']}"
    for _, span, _ in recorder.spans():
        root = roots[span.trace_id]
        assert root.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano <= root.end_time_unix_nano


def test_a_server_that_has_the_history_is_sent_nothing(recorder, sender):
    recorder.rows = [{"demo.history.part": "2024-11-28", "demo.history.complete": True}]
    sent = backfill(sender, 7, NOW, TWO_DAYS)
    assert (sent.slices, sent.found, sent.complete) == (0, 1, True)
    assert recorder.requests == []
    assert "demo.history" in recorder.searches[0]


def test_an_interrupted_backfill_goes_on_with_the_missing_parts(recorder, sender):
    backfill(sender, 7, NOW, 6 * 86_400)
    names = [values["demo.history.part"] for values in markers(recorder)]
    assert names == ["2024-11-18", "2024-11-23", "2024-11-28"]
    assert [values["demo.history.complete"] for values in markers(recorder)] == [False, False, True]
    recorder.requests.clear()
    recorder.rows = [{"demo.history.part": names[0], "demo.history.complete": False}]
    sent = backfill(sender, 7, NOW + 9 * SLICE_NS, 6 * 86_400)
    assert [values["demo.history.part"] for values in markers(recorder)] == names[1:]
    assert sent.slices == (PART_NS + DAY_NS // 2) // SLICE_NS + 9


def test_the_same_history_makes_the_same_bytes():
    first, again = (build(7, NOW - DAY_NS, NOW) for _ in range(2))
    marker = {"demo.history.part": "2024-11-28", "demo.history.complete": True}
    for make in (messages.metrics, messages.traces, lambda past, part: messages.logs(past, part, marker)):
        assert make(first, slice(0, 100)) == make(again, slice(0, 100))


def test_overload_is_waited_out(recorder, sender):
    recorder.refusals += [503, 503]
    assert backfill(sender, 7, NOW, 3600).complete
    assert recorder.refusals == []
    assert len(markers(recorder)) == 1


def test_a_refusal_ends_it_with_the_server_s_words(recorder, sender):
    recorder.refusals += [403]
    with pytest.raises(RefusedError, match=r"/v1/metrics answered 403: no"):
        backfill(sender, 7, NOW, TWO_DAYS)


def test_none_asked_none_sent(recorder, sender):
    assert backfill(sender, 7, NOW, 0).slices == 0
    assert recorder.searches == recorder.requests == []


def test_stopping_ends_a_wait_for_a_server_that_is_away():
    stop = threading.Event()
    sender = Sender("http://127.0.0.1:9", None, stop)
    stop.set()
    assert not sender.post("/v1/logs", b"")
    assert not sender.ready()
    assert backfill(sender, 7, NOW, TWO_DAYS) == Sent(0, 0, complete=False)


@pytest.mark.parametrize("url", ["127.0.0.1:4318", "ftp://somewhere", "http://"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match="address"):
        Sender(url, None, threading.Event())
