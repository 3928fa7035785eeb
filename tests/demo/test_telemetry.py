from __future__ import annotations

import time

from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from pilotage.demo.clock import SECOND_NS, Clock
from pilotage.demo.telemetry import Telemetry, record


def emit(telemetry) -> None:
    service = telemetry.service("somebody")
    histogram = service.meter.create_histogram("waited", unit="s")
    with service.tracer.start_as_current_span("outer", attributes={"n": 1}):
        with service.tracer.start_as_current_span("inner") as inner:
            inner.add_event("half")
        service.event("said", "hello", {"zero": 0})
        record(histogram, 0.25, 3, {"who": "me"})
    service.event("alone", "no trace")


def test_the_three_signals_arrive_with_the_service_and_the_token(recorder, telemetry):
    emit(telemetry)
    telemetry.close()
    assert {name for name, _, _ in recorder.spans()} == {"somebody"}
    assert {headers["authorization"] for headers in recorder.headers} == {"Bearer secret"}
    (_, said, attributes), (_, alone, _) = recorder.logs()
    outer = next(span for _, span, _ in recorder.spans() if span.name == "outer")
    assert (said.event_name, said.body.string_value, attributes) == ("said", "hello", {"zero": 0})
    assert (said.trace_id, said.span_id) == (outer.trace_id, outer.span_id)
    assert alone.trace_id == b""
    (_, metric) = recorder.metrics()[0]
    assert metric.histogram.aggregation_temporality == AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
    assert metric.histogram.data_points[0].count == 3


def test_on_a_fast_clock_everything_moves_and_durations_inside_a_trace_stay_real(recorder):
    begun = time.time_ns()
    clock = Clock(1000.0, origin_ns=begun - 3600 * SECOND_NS)
    telemetry = Telemetry(recorder.url, None, clock)
    emit(telemetry)
    telemetry.close()
    ended = time.time_ns()
    spans = {span.name: span for _, span, _ in recorder.spans()}
    outer, inner = spans["outer"], spans["inner"]
    assert clock.at(begun) <= outer.start_time_unix_nano <= clock.at(ended)
    assert outer.end_time_unix_nano - outer.start_time_unix_nano < ended - begun
    assert outer.start_time_unix_nano <= inner.start_time_unix_nano <= inner.events[0].time_unix_nano
    assert inner.events[0].time_unix_nano <= inner.end_time_unix_nano <= outer.end_time_unix_nano
    logs = {log.event_name: log for _, log, _ in recorder.logs()}
    assert inner.end_time_unix_nano <= logs["said"].time_unix_nano <= outer.end_time_unix_nano
    assert clock.at(begun) <= logs["alone"].time_unix_nano <= clock.at(ended)
    point = recorder.metrics()[0][1].histogram.data_points[0]
    assert clock.at(begun) <= point.start_time_unix_nano <= point.time_unix_nano <= clock.at(ended)


def test_a_server_that_is_away_for_a_moment_loses_nothing(recorder, telemetry):
    recorder.refusals += [503, 503]
    telemetry.service("somebody").event("once", "only")
    recorder.wait(recorder.logs)
    telemetry.close()
    assert [log.event_name for _, log, _ in recorder.logs()] == ["once"]
    assert recorder.refusals == []
