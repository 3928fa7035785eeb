"""The stock OpenTelemetry SDK for every service of the demo: one set of OTLP/HTTP exporters, three providers a service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry._logs import Logger, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import Histogram, Meter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import Counter, MeterProvider, UpDownCounter
from opentelemetry.sdk.metrics import Histogram as SdkHistogram
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Tracer

from pilotage.demo.clock import Clock
from pilotage.demo.times import DemoLogExporter, DemoMetricExporter, DemoSpanExporter, TraceTimes

SCOPE = "pilotage.demo"
TIMEOUT_S = 60  # the exporters retry 429, 502, 503, 504 and refused connections for this long: a server restart loses nothing
QUEUE = 32_768

Value = str | bool | int | float
Attributes = Mapping[str, Value]

DELTA: dict[type, AggregationTemporality] = {
    Counter: AggregationTemporality.DELTA,
    SdkHistogram: AggregationTemporality.DELTA,
    UpDownCounter: AggregationTemporality.CUMULATIVE,
}


@dataclass(frozen=True, slots=True)
class Service:
    """One instrumented service: its name and its three OpenTelemetry instruments."""

    name: str
    tracer: Tracer
    meter: Meter
    logger: Logger

    def event(
        self,
        name: str,
        body: str,
        attributes: Attributes | None = None,
        severity: SeverityNumber = SeverityNumber.INFO,
        *,
        wall_ns: int | None = None,
    ) -> None:
        """Emit one log event, of a wall time if that is not now; inside a span it carries the trace and span id."""
        self.logger.emit(
            timestamp=wall_ns,
            event_name=name,
            body=body,
            attributes=dict(attributes or {}),
            severity_number=severity,
            severity_text=severity.name,
        )


def resource_attributes(name: str, sourcetype: str | None = None) -> Attributes:
    """What identifies a service in all of its telemetry, past and live; a sourcetype of its own sets its logs apart."""
    attributes = {"service.name": name, "service.namespace": "demo", "deployment.environment.name": "demo"}
    return attributes | ({"com.splunk.sourcetype": sourcetype} if sourcetype else {})


def record(histogram: Histogram, value: float, weight: int, attributes: Attributes) -> None:
    """Record a value as often as the one real request stands for (more than once only on a fast clock)."""
    for _ in range(weight):
        histogram.record(value, dict(attributes))


class Telemetry:
    """Owns the exporters and the providers of all services; `close` flushes and ends their threads."""

    def __init__(self, url: str, token: str | None, clock: Clock) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._clock = clock
        self._times = TraceTimes(clock)
        spans = DemoSpanExporter(OTLPSpanExporter(f"{self._url}/v1/traces", headers=self._headers, timeout=TIMEOUT_S), self._times)
        logs = DemoLogExporter(OTLPLogExporter(f"{self._url}/v1/logs", headers=self._headers, timeout=TIMEOUT_S), self._times)
        self._spans = BatchSpanProcessor(spans, max_queue_size=QUEUE, schedule_delay_millis=1000)
        self._logs = BatchLogRecordProcessor(logs, max_queue_size=QUEUE, schedule_delay_millis=1000)
        self._meters: list[MeterProvider] = []

    def service(self, name: str, sourcetype: str | None = None) -> Service:
        """A new instrumented service under that `service.name`."""
        resource = Resource.create(dict(resource_attributes(name, sourcetype)))
        tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
        tracers.add_span_processor(self._times)
        tracers.add_span_processor(self._spans)
        logs = LoggerProvider(resource=resource, shutdown_on_exit=False)
        logs.add_log_record_processor(self._logs)
        exporter = OTLPMetricExporter(f"{self._url}/v1/metrics", headers=self._headers, timeout=TIMEOUT_S, preferred_temporality=DELTA)
        interval_s = max(1.0, min(10.0, self._clock.wall_seconds(60)))
        reader = PeriodicExportingMetricReader(DemoMetricExporter(exporter, self._clock), export_interval_millis=interval_s * 1000)
        meters = MeterProvider(metric_readers=[reader], resource=resource, shutdown_on_exit=False)
        self._meters.append(meters)
        return Service(name, tracers.get_tracer(SCOPE), meters.get_meter(SCOPE), logs.get_logger(SCOPE))

    def close(self) -> None:
        """Send what is queued and stop; each part waits at most a few seconds for a server that is gone."""
        for meters in self._meters:
            meters.shutdown(timeout_millis=3_000)
        self._spans.shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves it unannotated
        self._logs.shutdown()  # type: ignore[no-untyped-call]  # the SDK leaves it unannotated
