"""OTLP traces: spans with their events and links, over HTTP (protobuf, JSON) and gRPC."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec

from pilotage.ingest.anyvalue import JSON_VALUE, json_object, keys
from pilotage.ingest.origin import ENCODINGS, epoch, moment, origin_columns, resource_source
from pilotage.ingest.otlp import RESOURCE_MESSAGES, Signal
from pilotage.ingest.request import Accepted, Decode, Grant, Reply, Request, Route
from pilotage.ingest.wire import wire
from pilotage.model.names import TRACES_INDEX
from pilotage.model.problem import Problem

_WIRE = wire("otlp_traces", RESOURCE_MESSAGES + files(__package__).joinpath("otlp_traces.proto").read_text())
_REASON = "malformed trace id, span id or time"


class _Scope(msgspec.Struct):
    spans: list[msgspec.Raw] = []


class _Resource(msgspec.Struct):
    scopeSpans: list[_Scope] = []  # noqa: N815


class _Body(msgspec.Struct):
    resourceSpans: list[_Resource] = []  # noqa: N815


def _columns(encoding: str) -> dict[str, str]:
    values = ENCODINGS[encoding]
    trace, span = values.identifier("x.traceId"), values.identifier("x.spanId")
    bad = (
        f"NOT match({trace}, '^[0-9a-f]{{32}}$') OR NOT match({span}, '^[0-9a-f]{{16}}$') OR {trace} = repeat('0', 32) "
        f"OR {span} = repeat('0', 16) OR x.startTimeUnixNano > 9223372036854775807"
    )
    if encoding == "protobuf":
        bad = (
            "length(x.traceId) != 16 OR length(x.spanId) != 8 OR x.traceId = repeat('\\0', 16) OR x.spanId = repeat('\\0', 8) "
            "OR x.startTimeUnixNano > 9223372036854775807"
        )
    event = _members(
        f"concat('{{\"time\":', {epoch('e.timeUnixNano')})",
        "concat(',\"name\":', toJSONString(e.name))",
        _nested(json_object(values, "e.attributes")),
        _counted("dropped_attributes_count", "e.droppedAttributesCount"),
    )
    link = _members(
        f"concat('{{\"trace_id\":\"', {values.identifier('e.traceId')}, '\"')",
        f"concat(',\"span_id\":\"', {values.identifier('e.spanId')}, '\"')",
        "if(e.traceState = '', '', concat(',\"trace_state\":', toJSONString(e.traceState)))",
        _nested(json_object(values, "e.attributes")),
        _counted("dropped_attributes_count", "e.droppedAttributesCount"),
        _counted("flags", "e.flags"),
    )
    return {
        **origin_columns(bad, _REASON),
        "time": moment("x.startTimeUnixNano", "received"),
        "trace_id": trace,
        "span_id": span,
        "parent_span_id": values.identifier("x.parentSpanId"),
        "trace_state": "x.traceState",
        "flags": "x.flags",
        "name": "x.name",
        "kind": "transform(x.kind, [1, 2, 3, 4, 5], ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'], 'UNSPECIFIED')",
        "status": "transform(x.status.code, [1, 2], ['OK', 'ERROR'], 'UNSET')",
        "status_message": "x.status.message",
        "duration": "if(x.endTimeUnixNano = 0, 0, toInt64(x.endTimeUnixNano) - toInt64(x.startTimeUnixNano))",
        "events": f"if(empty(x.events), '', concat('[', arrayStringConcat(arrayMap(e -> {event}, x.events), ','), ']'))",
        "links": f"if(empty(x.links), '', concat('[', arrayStringConcat(arrayMap(e -> {link}, x.links), ','), ']'))",
        "dropped_events_count": "x.droppedEventsCount",
        "dropped_links_count": "x.droppedLinksCount",
        "attributes": values.texts("x.attributes"),
        "attribute_keys": keys("x.attributes"),
        "attribute_types": values.types("x.attributes"),
        "dropped_attributes_count": "x.droppedAttributesCount",
    }


def _members(*parts: str) -> str:
    return f"concat({', '.join(parts)}, '}}')"


def _nested(text: str) -> str:
    return f"if(empty(e.attributes), '', concat(',\"attributes\":', {text}))"


def _counted(name: str, value: str) -> str:
    return f"if({value} = 0, '', concat(',\"{name}\":', toString({value})))"


def _decode(encoding: str) -> Decode:
    members = ("resourceSpans", "scopeSpans", "spans")
    if encoding == "protobuf":
        return Decode("spans", _columns(encoding), resource_source(encoding, members, "body"), _WIRE.text(), _WIRE.structure())
    body = f"JSONExtract(body, '{_WIRE.structure(leaf={'KeyValue.value': JSON_VALUE})}')"
    return Decode("spans", _columns(encoding), resource_source(encoding, members, body))


def _count(body: Any) -> int:
    return sum(len(scope.spans) for resource in body.resourceSpans for scope in resource.scopeSpans)


_SIGNAL = Signal("otlp-traces", _WIRE, _WIRE.validator(), TRACES_INDEX, _count, _Body, _count)


class OtlpTraces:
    """`/v1/traces` and the gRPC TraceService."""

    name = "otlp-traces"
    routes = (
        Route("POST", "/v1/traces", name),
        Route("GRPC", "/opentelemetry.proto.collector.trace.v1.TraceService/Export", name),
    )
    streams = {f"otlp-traces-{encoding}": (_decode(encoding),) for encoding in ENCODINGS}  # noqa: RUF012

    def token(self, request: Request) -> str | None:
        """The bearer token."""
        return _SIGNAL.token(request)

    def accept(self, request: Request, grant: Grant) -> Accepted | Reply:
        """Check the request; an empty one is a success."""
        return _SIGNAL.accept(request, grant)

    def reject(self, request: Request, problem: Problem, retry_after: float | None = None) -> Reply:
        """A `google.rpc.Status`."""
        return _SIGNAL.reject(request, problem, retry_after)
