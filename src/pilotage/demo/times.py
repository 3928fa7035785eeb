"""Exporters that move telemetry from wall time onto the demo clock, then hand it to the stock OTLP exporters.

A trace begins at the demo time of its first span and keeps its real durations inside; logs of a trace move with it;
everything else is mapped by the clock.
"""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace

from opentelemetry.context import Context
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData, ResourceMetrics
from opentelemetry.sdk.trace import Event, ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from pilotage.demo.clock import Clock

TRACES_KEPT = 50_000


class TraceTimes(SpanProcessor):
    """Remembers when each trace began, and moves wall times onto the demo clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began: OrderedDict[int, int] = OrderedDict()
        self._lock = threading.Lock()

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002
        """Note when the trace began."""
        context = span.get_span_context()
        if context is None or span.start_time is None:
            return
        with self._lock:
            self._began.setdefault(context.trace_id, span.start_time)
            while len(self._began) > TRACES_KEPT:
                self._began.popitem(last=False)

    def move(self, wall_ns: int, trace_id: int = 0) -> int:
        """Demo time of a wall time; within a trace the real distance from its beginning is kept."""
        with self._lock:
            began = self._began.get(trace_id, wall_ns)
        return self._clock.at(began) + wall_ns - began


class DemoSpanExporter(SpanExporter):
    """Moves spans and their events, then hands them to the stock exporter."""

    def __init__(self, inner: SpanExporter, times: TraceTimes) -> None:
        self._inner = inner
        self._times = times

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Move, then export."""
        return self._inner.export([self._moved(span) for span in spans])

    def shutdown(self) -> None:
        """Shut the stock exporter down."""
        self._inner.shutdown()

    def _moved(self, span: ReadableSpan) -> ReadableSpan:
        context = span.get_span_context()
        trace_id = context.trace_id if context else 0
        return ReadableSpan(
            name=span.name,
            context=context,
            parent=span.parent,
            resource=span.resource,
            attributes=span.attributes,
            events=[Event(e.name, e.attributes, self._times.move(e.timestamp, trace_id)) for e in span.events],
            links=span.links,
            kind=span.kind,
            status=span.status,
            start_time=self._times.move(span.start_time or 0, trace_id),
            end_time=self._times.move(span.end_time or 0, trace_id),
            instrumentation_scope=span.instrumentation_scope,
        )


class DemoLogExporter(LogRecordExporter):
    """Moves log records, then hands them to the stock exporter."""

    def __init__(self, inner: LogRecordExporter, times: TraceTimes) -> None:
        self._inner = inner
        self._times = times

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Move, then export."""
        return self._inner.export([self._moved(record) for record in batch])

    def shutdown(self) -> None:
        """Shut the stock exporter down."""
        self._inner.shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves it unannotated

    def force_flush(self, timeout_millis: int = 10_000) -> bool:
        """Flush the stock exporter."""
        return self._inner.force_flush(timeout_millis)

    def _moved(self, item: ReadableLogRecord) -> ReadableLogRecord:
        moved = copy.copy(item.log_record)
        wall = moved.timestamp or moved.observed_timestamp or 0
        moved.timestamp = moved.observed_timestamp = self._times.move(wall, moved.trace_id or 0)
        return replace(item, log_record=moved)


class DemoMetricExporter(MetricExporter):
    """Moves the points of a collection, then hands them to the stock exporter."""

    def __init__(self, inner: MetricExporter, clock: Clock) -> None:
        super().__init__(preferred_temporality=inner._preferred_temporality, preferred_aggregation=inner._preferred_aggregation)  # noqa: SLF001 - a wrapper must prefer what it wraps prefers
        self._inner = inner
        self._clock = clock

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: object) -> MetricExportResult:
        """Move, then export."""
        return self._inner.export(MetricsData([self._moved(group) for group in metrics_data.resource_metrics]), timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """Flush the stock exporter."""
        return self._inner.force_flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: object) -> None:
        """Shut the stock exporter down."""
        self._inner.shutdown(timeout_millis, **kwargs)

    def _moved(self, group: ResourceMetrics) -> ResourceMetrics:
        scopes = []
        for scope in group.scope_metrics:
            metrics = []
            for metric in scope.metrics:
                points = [
                    replace(
                        point,
                        time_unix_nano=self._clock.at(point.time_unix_nano),
                        start_time_unix_nano=None if point.start_time_unix_nano is None else self._clock.at(point.start_time_unix_nano),
                        exemplars=[replace(e, time_unix_nano=self._clock.at(e.time_unix_nano)) for e in point.exemplars],
                    )
                    for point in metric.data.data_points
                ]
                data = replace(metric.data, data_points=points)  # type: ignore[arg-type]  # the points keep their own kind
                metrics.append(replace(metric, data=data))
            scopes.append(replace(scope, metrics=metrics))
        return replace(group, scope_metrics=scopes)
