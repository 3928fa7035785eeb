"""A part of the history as OTLP messages: metrics with delta temporality, summary and deploy events, training traces."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

import numpy as np
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ScopeLogs, SeverityNumber
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from pilotage.demo import clock, incidents, summary, trainer
from pilotage.demo.clock import SECOND_NS
from pilotage.demo.history import History, TrainingRun
from pilotage.demo.series import Form, Series, ServiceHistory
from pilotage.demo.telemetry import SCOPE, Value, resource_attributes
from pilotage.demo.traffic import SLICE_NS, SLICE_S

DELTA = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
MARKER = "demo.history"


def key_values(attributes: Mapping[str, Value]) -> list[KeyValue]:
    """Attributes as protobuf, each with its own type."""
    found = []
    for key, value in attributes.items():
        if isinstance(value, bool):
            any_value = AnyValue(bool_value=value)
        elif isinstance(value, int):
            any_value = AnyValue(int_value=value)
        elif isinstance(value, float):
            any_value = AnyValue(double_value=value)
        else:
            any_value = AnyValue(string_value=value)
        found.append(KeyValue(key=key, value=any_value))
    return found


def metrics(history: History, part: slice) -> bytes:
    """The metric points of these slices; a point's time is the end of its slice."""
    request = ExportMetricsServiceRequest()
    starts, versions = history.slices[part].tolist(), history.versions(part)
    for service in history.services:
        group = request.resource_metrics.add(resource=_resource(service.service))
        scope = group.scope_metrics.add(scope=InstrumentationScope(name=SCOPE))
        for series in service.series:
            _metric(scope.metrics.add(name=series.name, unit=series.unit), series, part, (starts, versions))
    serialized: bytes = request.SerializeToString()
    return serialized


def _metric(metric: Metric, series: Series, part: slice, when: tuple[list[int], list[str]]) -> None:
    values, fixed = series.values[part], key_values(series.attributes)
    starts, versions = when
    present = np.flatnonzero(np.isfinite(values)).tolist()
    numbers = values.tolist()
    if series.form is Form.HISTOGRAM and series.buckets is not None:
        metric.histogram.aggregation_temporality = DELTA
        counts = series.buckets[part]
        totals, rows = counts.sum(axis=1).tolist(), counts.tolist()
        for i in present:
            metric.histogram.data_points.add(
                start_time_unix_nano=starts[i],
                time_unix_nano=starts[i] + SLICE_NS,
                count=totals[i],
                sum=numbers[i],
                bucket_counts=rows[i],
                explicit_bounds=series.bounds,
                attributes=fixed,
            )
        return
    if series.form is Form.SUM:
        metric.sum.aggregation_temporality, metric.sum.is_monotonic = DELTA, True
    points = metric.sum.data_points if series.form is Form.SUM else metric.gauge.data_points
    for i in present:
        point = points.add(start_time_unix_nano=starts[i], time_unix_nano=starts[i] + SLICE_NS, attributes=fixed)
        if series.unit == "{prediction}":
            point.as_int = int(numbers[i])
        else:
            point.as_double = numbers[i]
        if series.versioned:
            point.attributes.add(key="ml.model.version").value.string_value = versions[i]


def logs(history: History, part: slice, marker: Mapping[str, Value]) -> bytes:
    """The events of these slices: summaries, deploys, incident starts and ends, and last the marker that this part is there."""
    request = ExportLogsServiceRequest()
    for service in history.services:
        _summaries(_scope(request, service.service), service, history, part)
    first, last = _range(history, part)
    scope = _scope(request, trainer.SERVICE)
    for run in _runs(history, part):
        scores: dict[str, Value] = {f"ml.evaluation.{metric}": round(value, 6) for metric, value in run.scores.items()}
        time_ns = run.start_ns + round(sum(run.steps_s) * SECOND_NS)
        trace_id, span_ids = _ids(history.seed, run)
        attributes = _identity(run) | scores | {"ml.run.id": trace_id.hex()[:12]}
        record = _event(scope, time_ns, trainer.DEPLOY, trainer.body(run.model, run.version, scores), attributes)
        record.trace_id, record.span_id = trace_id, span_ids[0]
    scope = _scope(request, incidents.REPORTER, incidents.EVENT)
    for incident in history.incidents:
        for phase, time_ns in (("start", incident.start_ns), ("end", incident.end_ns)):
            if first <= time_ns < last:
                _event(scope, time_ns, incidents.EVENT, *incidents.announcement(incident, phase))
    scope = _scope(request, incidents.REPORTER, MARKER)
    _event(scope, last, MARKER, f"history up to {clock.text(last)} sent", marker)
    serialized: bytes = request.SerializeToString()
    return serialized


def traces(history: History, part: slice) -> bytes:
    """The training traces of these slices."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add(resource=_resource(trainer.SERVICE)).scope_spans.add(scope=InstrumentationScope(name=SCOPE))
    for run in _runs(history, part):
        trace_id, span_ids = _ids(history.seed, run)
        end = run.start_ns + round(sum(run.steps_s) * SECOND_NS)
        attributes = key_values(_identity(run) | {"ml.run.id": trace_id.hex()[:12]})
        root = scope.spans.add(trace_id=trace_id, span_id=span_ids[0], name=f"train {run.model}", attributes=attributes)
        root.kind, root.start_time_unix_nano, root.end_time_unix_nano = Span.SPAN_KIND_INTERNAL, run.start_ns, end
        begin = run.start_ns
        for name, seconds, span_id in zip(("fit", "evaluate", "deploy"), run.steps_s, span_ids[1:], strict=True):
            step = scope.spans.add(trace_id=trace_id, span_id=span_id, parent_span_id=span_ids[0], name=name)
            step.kind, step.start_time_unix_nano = Span.SPAN_KIND_INTERNAL, begin
            begin += round(seconds * SECOND_NS)
            step.end_time_unix_nano = min(begin, end)
            if name == "evaluate":
                step.attributes.extend(key_values({f"ml.evaluation.{k}": round(v, 6) for k, v in run.scores.items()}))
    serialized: bytes = request.SerializeToString()
    return serialized


def _summaries(scope: ScopeLogs, service: ServiceHistory, history: History, part: slice) -> None:
    ends = (history.slices[part] + SLICE_NS - summary.LAST_NS).tolist()
    columns = {name: values[part].tolist() for name, values in service.summary.items()}
    for i, end in enumerate(ends):
        if not columns["requests"][i]:
            continue
        values: dict[str, Value] = {"window_s": SLICE_S}
        for name, column in columns.items():
            if math.isfinite(column[i]):
                values[name] = int(column[i]) if name in {"requests", "errors"} else round(column[i], 6)
        _event(scope, end, summary.EVENT, summary.body(service.service, values), values)


def _event(scope: ScopeLogs, time_ns: int, name: str, body: str, attributes: Mapping[str, Value]) -> LogRecord:
    record: LogRecord = scope.log_records.add(
        time_unix_nano=time_ns,
        observed_time_unix_nano=time_ns,
        severity_number=SeverityNumber.SEVERITY_NUMBER_INFO,
        severity_text="INFO",
        event_name=name,
        body=AnyValue(string_value=body),
        attributes=key_values(attributes),
    )
    return record


def _scope(request: ExportLogsServiceRequest, service: str, sourcetype: str | None = None) -> ScopeLogs:
    scope: ScopeLogs = request.resource_logs.add(resource=_resource(service, sourcetype)).scope_logs.add(
        scope=InstrumentationScope(name=SCOPE)
    )
    return scope


def _resource(service: str, sourcetype: str | None = None) -> Resource:
    return Resource(attributes=key_values(resource_attributes(service, sourcetype)))


def _range(history: History, part: slice) -> tuple[int, int]:
    slices = history.slices[part]
    return int(slices[0]), int(slices[-1]) + SLICE_NS


def _runs(history: History, part: slice) -> list[TrainingRun]:
    first, last = _range(history, part)
    return [run for run in history.runs if first <= run.start_ns < last]


def _identity(run: TrainingRun) -> dict[str, Value]:
    return {"ml.model.name": run.model, "ml.model.version": run.version, "ml.dataset.name": run.dataset}


def _ids(seed: int, run: TrainingRun) -> tuple[bytes, tuple[bytes, bytes, bytes, bytes]]:
    """A trace id and four span ids that depend on nothing but the run: sending it again makes the same request."""
    digest = hashlib.blake2b(f"{seed}/{run.model}/{run.start_ns}".encode(), digest_size=48).digest()
    return digest[:16], (digest[16:24], digest[24:32], digest[32:40], digest[40:48])
