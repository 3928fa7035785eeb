"""The server's own telemetry, made with the stock OpenTelemetry SDK and handed to ingest as OTLP bytes: it is searched like any other.

Own requests are neither counted nor logged by what receives them, or the server would feed itself for ever.
"""

from __future__ import annotations

import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import psutil
from opentelemetry import metrics
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from pilotage.api.journal import event_fields
from pilotage.api.sources.report import Source, largest, rest_of

if TYPE_CHECKING:
    from pilotage.api.services import Services
    from pilotage.ingest.rules import Rules

Deliver = Callable[[str, bytes], bool]
"""Hands an OTLP request for `/v1/logs` or `/v1/metrics` to ingest, index `_internal`; False when it was refused. Blocking."""

METRICS_MS = 15_000
LOGS_MS = 1_000
_SEVERITIES = {
    logging.DEBUG: SeverityNumber.DEBUG,
    logging.INFO: SeverityNumber.INFO,
    logging.WARNING: SeverityNumber.WARN,
    logging.ERROR: SeverityNumber.ERROR,
    logging.CRITICAL: SeverityNumber.FATAL,
}


class _Metrics(MetricExporter):
    def __init__(self, deliver: Deliver) -> None:
        super().__init__()
        self._deliver = deliver

    def export(self, metrics_data: MetricsData, timeout_millis: float = 10_000, **_: Any) -> MetricExportResult:  # noqa: ARG002 - the SDK's signature
        done = self._deliver("/v1/metrics", encode_metrics(metrics_data).SerializeToString())
        return MetricExportResult.SUCCESS if done else MetricExportResult.FAILURE

    def force_flush(self, timeout_millis: float = 10_000) -> bool:  # noqa: ARG002 - the SDK's signature
        return True

    def shutdown(self, timeout_millis: float = 30_000, **_: Any) -> None:  # noqa: ARG002 - the SDK's signature
        return


class _Logs(LogRecordExporter):
    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        done = self._deliver("/v1/logs", encode_logs(batch).SerializeToString())
        return LogRecordExportResult.SUCCESS if done else LogRecordExportResult.FAILURE

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - the SDK's signature
        return True

    def shutdown(self) -> None:
        return


class _Bridge(logging.Handler):
    """Log records of the process → OpenTelemetry log records: the event's name, severity and fields."""

    def __init__(self, provider: LoggerProvider) -> None:
        super().__init__(logging.INFO)
        self._provider = provider

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith("opentelemetry"):
            return
        text = record.getMessage()
        fields = {name: value for name, value in event_fields(record).items() if value is not None}
        severity = _SEVERITIES.get(record.levelno, SeverityNumber.INFO)
        self._provider.get_logger(record.name).emit(
            timestamp=int(record.created * 1e9),
            severity_number=severity,
            severity_text=record.levelname,
            body=text,
            attributes=fields,
            event_name=text,
        )


class Telemetry:
    """Runs from construction to `close`; two threads of the SDK, which only encode and hand over."""

    def __init__(self, services: Services, deliver: Deliver) -> None:
        resource = Resource({"service.name": "pilotage", "service.version": version("pilotage"), "host.name": socket.gethostname()})
        self._logs = LoggerProvider(resource, shutdown_on_exit=False)
        self._logs.add_log_record_processor(BatchLogRecordProcessor(_Logs(deliver), schedule_delay_millis=LOGS_MS))
        reader = PeriodicExportingMetricReader(_Metrics(deliver), export_interval_millis=METRICS_MS)
        self._metrics = MeterProvider([reader], resource, shutdown_on_exit=False)
        metrics.set_meter_provider(self._metrics)
        _observe(self._metrics.get_meter("pilotage"), services)
        self._bridge = _Bridge(self._logs)
        logging.getLogger().addHandler(self._bridge)

    def close(self) -> None:
        """Hand over what is left and stop."""
        logging.getLogger().removeHandler(self._bridge)
        self._metrics.shutdown()
        self._logs.shutdown()


def _observe(meter: metrics.Meter, services: Services) -> None:
    """Instruments that read the live counts when they are collected."""
    pipelines = services.pipelines

    def of_pipelines(name: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
        return lambda _: [Observation(float(getattr(each, name)), {"stream": each.stream}) for each in pipelines.report()]

    for name, unit, text in (
        ("requests", "{request}", "Requests acknowledged"),
        ("received_bytes", "By", "Bytes of acknowledged requests"),
        ("acknowledged", "{item}", "Items acknowledged"),
        ("repeated", "{item}", "Items of requests sent again, stored once"),
        ("loaded", "{item}", "Items loaded into the store"),
        ("buried", "{item}", "Items kept as dead letters"),
    ):
        meter.create_observable_counter(f"pilotage.ingest.{name}", [of_pipelines(name)], unit, text)
    for name, unit, text in (
        ("lag_seconds", "s", "Age of the oldest item acknowledged and not loaded, or duration of the last load"),
        ("backlog_bytes", "By", "Bytes acknowledged and not loaded"),
        ("stalled", "1", "1 while a stream does not load"),
    ):
        meter.create_observable_gauge(f"pilotage.ingest.{name}", [of_pipelines(name)], unit, text)
    meter.create_observable_counter(
        "pilotage.ingest.rejected",
        [lambda _: [Observation(each.requests, {"protocol": each.protocol, "code": each.code}) for each in pipelines.refusals()]],
        "{request}",
        "Requests refused",
    )
    _observe_sources(meter, services)
    rules = services.intake.rules
    if rules is not None:
        for field, text in (("rows_seen", "Rows a rule looked at"), ("rows_matched", "Rows a rule applied to")):
            meter.create_observable_counter(f"pilotage.rules.{field}", [_of_rules(rules, field)], "{row}", f"{text}, from samples")
    process = psutil.Process()
    meter.create_observable_counter("process.cpu.time", [lambda _: _cpu(process)], "s", "CPU time of the server")
    meter.create_observable_gauge("process.memory.usage", [lambda _: [Observation(process.memory_info().rss)]], "By", "Resident memory")
    meter.create_observable_gauge(
        "pilotage.search.running", [lambda _: [Observation(services.searches.running())]], "{search}", "Searches running"
    )


def _observe_sources(meter: metrics.Meter, services: Services) -> None:
    """The largest sources one by one, the rest as a sum; the server's own are left out, they would grow by being told of."""
    watch = services.intake.sources

    def of_each(value: Callable[[Source], float | None]) -> Callable[[CallbackOptions], Iterable[Observation]]:
        return lambda _: [Observation(v, _names_of(each)) for each in largest(watch.sources()) if (v := value(each)) is not None]

    def rest(_: CallbackOptions) -> list[Observation]:
        return [Observation(rate, {"source.signal": signal, "source.rest": True}) for signal, rate in rest_of(watch.sources()).items()]

    def states(_: CallbackOptions) -> list[Observation]:
        found = Counter([("stored", s.state) for s in watch.sources()] + [("sender", s.state) for s in watch.senders()])
        return [Observation(count, {"source.kind": kind, "source.state": state}) for (kind, state), count in found.items()]

    rate = "Rows received over the last minute, by source; of those too many to tell apart as a sum"
    meter.create_observable_gauge("pilotage.source.rate", [of_each(lambda s: s.rate_1m), rest], "{item}/s", rate)
    meter.create_observable_gauge("pilotage.source.lag", [of_each(lambda s: s.lag_p50)], "s", "From event to receipt, the median")
    quiet = "Since the last row"
    meter.create_observable_gauge("pilotage.source.quiet", [of_each(lambda s: (watch.looked or s.last_seen) - s.last_seen)], "s", quiet)
    meter.create_observable_gauge("pilotage.source.states", [states], "{source}", "Sources and senders by state")


def _names_of(source: Source) -> dict[str, str]:
    names = ("id", "signal", "index", "source", "sourcetype", "host", "service", "state")
    return {f"source.{name}": getattr(source, name) for name in names}


def _of_rules(rules: Rules, field: str) -> Callable[[CallbackOptions], Iterable[Observation]]:
    return lambda _: [Observation(getattr(each, field), {"rule": each.name, "kind": each.kind}) for each in rules.counts()]


def _cpu(process: psutil.Process) -> list[Observation]:
    times = process.cpu_times()
    return [Observation(times.user, {"cpu.mode": "user"}), Observation(times.system, {"cpu.mode": "system"})]
