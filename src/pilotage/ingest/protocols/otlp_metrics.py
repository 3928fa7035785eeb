"""OTLP metrics: gauges, sums, histograms, exponential histograms and summaries as one row a point, over HTTP and gRPC."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec

from pilotage.ingest.anyvalue import JSON_VALUE, Values, json_object
from pilotage.ingest.origin import ENCODINGS, epoch, moment, origin_columns, resource_source
from pilotage.ingest.otlp import RESOURCE_MESSAGES, OtlpProtocol, Signal, places
from pilotage.ingest.request import Decode
from pilotage.ingest.wire import wire
from pilotage.model.names import METRICS_INDEX

_WIRE = wire("otlp_metrics", RESOURCE_MESSAGES + files(__package__).joinpath("otlp_metrics.proto").read_text())
_KINDS = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
_EXACT = 1 << 53


class _Points(msgspec.Struct):
    dataPoints: list[msgspec.Raw] = []  # noqa: N815 - msgspec copies defaults


class _Metric(msgspec.Struct):
    gauge: _Points | None = None
    sum: _Points | None = None
    histogram: _Points | None = None
    exponentialHistogram: _Points | None = None  # noqa: N815
    summary: _Points | None = None


class _Scope(msgspec.Struct):
    metrics: list[_Metric] = []


class _Resource(msgspec.Struct):
    scopeMetrics: list[_Scope] = []  # noqa: N815


class _Body(msgspec.Struct):
    resourceMetrics: list[_Resource] = []  # noqa: N815


def _number(value: str) -> str:
    return f"if(isFinite({value}), toString({value}), concat('\"', toString({value}), '\"'))"


def _optional(name: str, value: str) -> str:
    return f"if(isNull({value}), '', concat(',\"{name}\":', {_number(f'assumeNotNull({value})')}))"


def _exemplars(values: Values) -> str:
    """JSON array of `exemplars`; `objects` hold their attributes from the third on."""
    member = (
        f"concat('{{\"time\":', {epoch('e.timeUnixNano')}, ',\"value\":', "
        f"if(isNull(e.asInt), {_number('ifNull(e.asDouble, 0)')}, toString(e.asInt)), "
        f"if(empty(e.traceId), '', concat(',\"trace_id\":\"', {values.identifier('e.traceId')}, '\"')), "
        f"if(empty(e.spanId), '', concat(',\"span_id\":\"', {values.identifier('e.spanId')}, '\"')), "
        "if(empty(a), '', concat(',\"attributes\":', a)), '}')"
    )
    pairs = "exemplars, arraySlice(objects, 3)"
    return f"if(empty(exemplars), '', concat('[', arrayStringConcat(arrayMap((e, a) -> {member}, {pairs}), ','), ']'))"


def _buckets(sign: str) -> str:
    counts = f"p.{sign}.bucketCounts"
    return f"concat(',\"{sign}\":{{\"offset\":', toString(p.{sign}.offset), ',\"counts\":', toJSONString({counts}), '}}')"


_HISTOGRAM = (
    f"concat('{{\"count\":', toString(p.count), {_optional('sum', 'p.sum')}, {_optional('min', 'p.min')}, {_optional('max', 'p.max')}, "
    "',\"bounds\":', toJSONString(p.explicitBounds), ',\"counts\":', toJSONString(p.bucketCounts), '}')"
)
_EXPONENTIAL = (
    f"concat('{{\"count\":', toString(p.count), {_optional('sum', 'p.sum')}, {_optional('min', 'p.min')}, {_optional('max', 'p.max')}, "
    "',\"scale\":', toString(p.scale), ',\"zero_count\":', toString(p.zeroCount), ',\"zero_threshold\":', toString(p.zeroThreshold), "
    f"{_buckets('positive')}, {_buckets('negative')}, '}}')"
)
_QUANTILE = f"concat('{{\"quantile\":', {_number('q.quantile')}, ',\"value\":', {_number('q.value')}, '}}')"
_SUMMARY = (
    f"concat('{{\"count\":', toString(p.count), ',\"sum\":', {_number('p.sum')}, ',\"quantiles\":[', "
    f"arrayStringConcat(arrayMap(q -> {_QUANTILE}, p.quantileValues), ','), ']}}')"
)


def _point(value: str, letter: str, integer: str, exemplars: str, distribution: str) -> str:
    """One point of any kind as the same tuple: attributes, start, time, value, letter, integer, flags, exemplars, distribution."""
    return (
        f"(p.attributes, p.startTimeUnixNano, p.timeUnixNano, toFloat64({value}), {letter}, toInt64({integer}), p.flags, {exemplars}, "
        f"{distribution})"
    )


def _points() -> str:
    big = f"if(abs(ifNull(p.asInt, 0)) > {_EXACT}, ifNull(p.asInt, 0), 0)"
    letter = "multiIf(bitAnd(p.flags, 1) = 1, '', isNotNull(p.asInt), 'i', isNotNull(p.asDouble), 'd', '')"
    number = _point("coalesce(p.asDouble, toFloat64(p.asInt), 0)", letter, big, "p.exemplars", "''")
    summed = "if(bitAnd(p.flags, 1) = 1 OR isNull(p.sum), '', 'd')"
    histogram = _point("ifNull(p.sum, 0)", summed, "0", "p.exemplars", _HISTOGRAM)
    exponential = _point("ifNull(p.sum, 0)", summed, "0", "p.exemplars", _EXPONENTIAL)
    none = "arraySlice(m.gauge.dataPoints[1].exemplars, 1, 0)"
    summary = _point("p.sum", "if(bitAnd(p.flags, 1) = 1, '', 'd')", "0", none, _SUMMARY)
    return (
        f"arrayConcat(arrayMap(p -> {number}, arrayConcat(m.gauge.dataPoints, m.sum.dataPoints)), "
        f"arrayMap(p -> {histogram}, m.histogram.dataPoints), arrayMap(p -> {exponential}, m.exponentialHistogram.dataPoints), "
        f"arrayMap(p -> {summary}, m.summary.dataPoints))"
    )


_ORIGIN = "received, home, service, host, source, sourcetype, resource, schema_url, scope"
_METRIC = "metric, unit, description, type, temporality, monotonic"
_TYPE = (
    "multiIf(notEmpty(m.gauge.dataPoints), 'gauge', notEmpty(m.sum.dataPoints), 'sum', notEmpty(m.histogram.dataPoints), 'histogram', "
    "notEmpty(m.exponentialHistogram.dataPoints), 'exponential_histogram', 'summary')"
)
_TEMPORALITY = (
    "transform(greatest(m.sum.aggregationTemporality, m.histogram.aggregationTemporality, "
    "m.exponentialHistogram.aggregationTemporality), [1, 2], ['delta', 'cumulative'], '')"
)


def _source(encoding: str, body: str) -> str:
    values = ENCODINGS[encoding]
    metrics = resource_source(encoding, ("resourceMetrics", "scopeMetrics", "metrics"), body)
    points = (
        f"SELECT {_ORIGIN}, m.name AS metric, m.unit AS unit, m.description AS description, {_TYPE} AS type, "
        f"{_TEMPORALITY} AS temporality, m.sum.isMonotonic AS monotonic, m.metadata AS pairs, arrayJoin({_points()}) AS point "
        f"FROM (SELECT {_ORIGIN}, x AS m FROM {metrics})"
    )
    objects = f"arrayMap(p -> {json_object(values, 'p')}, arrayConcat([point.1, pairs], exemplars.filteredAttributes))"
    decoded = f"SELECT {_ORIGIN}, {_METRIC}, point, point.8 AS exemplars, {objects} AS objects FROM ({points})"
    return (
        f"(SELECT {_ORIGIN}, {_METRIC}, point, toLowCardinality(objects[1]) AS dimensions, objects[2] AS metadata, "
        f"{_exemplars(values)} AS examples FROM ({decoded}))"
    )


_COLUMNS = {
    **origin_columns(),
    "time": moment("point.3", "received"),
    "start": f"fromUnixTimestamp64Nano(toInt64(if(point.2 > {1 << 63}, 0, point.2)))",
    "metric": "metric",
    "series": "cityHash64(home, metric, dimensions, resource, scope, temporality, type)",
    "value": "point.4",
    "number": "point.5",
    "integer": "point.6",
    "type": "type",
    "unit": "unit",
    "description": "description",
    "temporality": "temporality",
    "monotonic": "monotonic",
    "flags": "point.7",
    "distribution": "point.9",
    "exemplars": "examples",
    "metadata": "metadata",
    "attributes": "dimensions",
}


def _decode(encoding: str) -> Decode:
    if encoding == "protobuf":
        return Decode("points", _COLUMNS, _source(encoding, "body"), _WIRE.text(), _WIRE.structure(), _SIGNAL.mend)
    body = f"JSONExtract(body, '{_WIRE.structure(leaf={'KeyValue.value': JSON_VALUE})}')"
    return Decode("points", _COLUMNS, _source(encoding, body))


def _count(body: Any) -> int:
    metrics = (m for resource in body.resourceMetrics for scope in resource.scopeMetrics for m in scope.metrics)
    return sum(len(kind.dataPoints) for m in metrics for name in _KINDS if (kind := getattr(m, name)) is not None)


_SIGNAL = Signal("otlp-metrics", _WIRE, _WIRE.validator(), METRICS_INDEX, _count, _Body, _count)


class OtlpMetrics(OtlpProtocol):
    """`/v1/metrics` and the gRPC MetricsService."""

    name = "otlp-metrics"
    routes = places(name, "metrics", "metrics.v1.MetricsService")
    streams = {f"otlp-metrics-{encoding}": (_decode(encoding),) for encoding in ENCODINGS}  # noqa: RUF012
    signal = _SIGNAL
