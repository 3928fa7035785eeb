"""A program as users write them: traces, metrics and logs of the stock OpenTelemetry SDK. Arguments: `http` or `grpc`, an address, a service."""

from __future__ import annotations

import logging
import sys

from opentelemetry import trace
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

protocol, address, service = sys.argv[1:]
if protocol == "http":
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    exporters = OTLPSpanExporter(f"{address}/v1/traces"), OTLPMetricExporter(f"{address}/v1/metrics"), OTLPLogExporter(f"{address}/v1/logs")
else:
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    exporters = tuple(kind(address, insecure=True) for kind in (OTLPSpanExporter, OTLPMetricExporter, OTLPLogExporter))

resource = Resource.create({"service.name": service, "host.name": "client-host"})
tracers = TracerProvider(resource=resource)
tracers.add_span_processor(BatchSpanProcessor(exporters[0]))
meters = MeterProvider(resource=resource, metric_readers=[PeriodicExportingMetricReader(exporters[1], export_interval_millis=3_600_000)])
loggers = LoggerProvider(resource=resource)
loggers.add_log_record_processor(BatchLogRecordProcessor(exporters[2]))
logger = logging.getLogger("trainer")
logger.setLevel(logging.INFO)
logger.addHandler(LoggingHandler(logger_provider=loggers))

meter = meters.get_meter("clients")
counter, latency = meter.create_counter("rows.read", "1"), meter.create_histogram("step.duration", "s")
tracer = tracers.get_tracer("clients")
with tracer.start_as_current_span("train", attributes={"epoch": 1, "lr": 0.5, "ok": True, "layers": [1, 2]}):
    for step in range(20):
        with tracer.start_as_current_span("step", kind=trace.SpanKind.CLIENT, attributes={"step": step}):
            counter.add(10, {"split": "train"})
            latency.record(step / 100, {"split": "train"})
            logger.info("step %d done", step, extra={"step": step})

tracers.shutdown()
meters.shutdown()
loggers.shutdown()
