"""OTLP traces: spans with their events and links, over HTTP (protobuf, JSON) and gRPC."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec

from pilotage.ingest.anyvalue import JSON_VALUE, json_object
from pilotage.ingest.origin import ENCODINGS, epoch, moment, origin_columns, record_columns, record_source, resource_source
from pilotage.ingest.otlp import RESOURCE_MESSAGES, OtlpProtocol, Signal, places
from pilotage.ingest.request import Decode
from pilotage.ingest.wire import wire
from pilotage.model.names import TRACES_INDEX

_WIRE = wire("otlp_traces", RESOURCE_MESSAGES + files(__package__).joinpath("otlp_traces.proto").read_text())


class _Scope(msgspec.Struct):
    spans: list[msgspec.Raw] = []


class _Resource(msgspec.Struct):
    scopeSpans: list[_Scope] = []  # noqa: N815


class _Body(msgspec.Struct):
    resourceSpans: list[_Resource] = []  # noqa: N815


def _bad(encoding: str) -> str:
    """Whether a span cannot be stored as one: ids of a wrong length or all zero, a start beyond the year 2262."""
    late = "x.startTimeUnixNano > 9223372036854775807"
    if encoding == "protobuf":
        return "length(x.traceId) != 16 OR length(x.spanId) != 8 OR x.traceId = repeat('\\0', 16) OR x.spanId = repeat('\\0', 8) OR " + late
    ids = "NOT match(x.traceId, '^[0-9A-Fa-f]{32}$') OR NOT match(x.spanId, '^[0-9A-Fa-f]{16}$')"
    return f"{ids} OR x.traceId = repeat('0', 32) OR x.spanId = repeat('0', 16) OR {late}"


_DROPPED = "if(e.droppedAttributesCount = 0, '', concat(',\"dropped_attributes_count\":', toString(e.droppedAttributesCount)))"
_MEMBERS = "if(empty(a), '', concat(',\"attributes\":', a))"
_EVENT = f"concat('{{\"time\":', {epoch('e.timeUnixNano')}, ',\"name\":', toJSONString(e.name), {_MEMBERS}, {_DROPPED}, '}}')"


def _link(encoding: str) -> str:
    values = ENCODINGS[encoding]
    return (
        f'concat(\'{{"trace_id":"\', {values.identifier("e.traceId")}, \'","span_id":"\', {values.identifier("e.spanId")}, \'"\', '
        f"if(e.traceState = '', '', concat(',\"trace_state\":', toJSONString(e.traceState))), {_MEMBERS}, {_DROPPED}, "
        "if(e.flags = 0, '', concat(',\"flags\":', toString(e.flags))), '}')"
    )


def _list(item: str, items: str, members: str) -> str:
    """JSON array of events or links, '' for none; `members` are their attributes as JSON objects."""
    return f"if(empty({items}), '', concat('[', arrayStringConcat(arrayMap((e, a) -> {item}, {items}, {members}), ','), ']'))"


def _columns(encoding: str) -> dict[str, str]:
    values = ENCODINGS[encoding]
    return {
        **origin_columns("if(bad, '_dead_letter', home)"),
        "time": moment("x.startTimeUnixNano", "received"),
        "trace_id": values.identifier("x.traceId"),
        "span_id": values.identifier("x.spanId"),
        "parent_span_id": values.identifier("x.parentSpanId"),
        "trace_state": "x.traceState",
        "flags": "x.flags",
        "name": "x.name",
        "kind": "transform(x.kind, [1, 2, 3, 4, 5], ['INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'], 'UNSPECIFIED')",
        "status": "transform(x.status.code, [1, 2], ['OK', 'ERROR'], 'UNSET')",
        "status_message": "x.status.message",
        "duration": "if(x.endTimeUnixNano = 0, 0, toInt64(x.endTimeUnixNano) - toInt64(x.startTimeUnixNano))",
        "events": _list(_EVENT, "x.events", "arraySlice(objects, 1, length(x.events))"),
        "links": _list(_link(encoding), "x.links", "arraySlice(objects, length(x.events) + 1)"),
        "dropped_events_count": "x.droppedEventsCount",
        "dropped_links_count": "x.droppedLinksCount",
        **record_columns(),
    }


def _decode(encoding: str) -> Decode:
    objects = f"arrayMap(p -> {json_object(ENCODINGS[encoding], 'p')}, arrayConcat(x.events.attributes, x.links.attributes))"
    more = f", {objects} AS objects, {_bad(encoding)} AS bad"
    members = ("resourceSpans", "scopeSpans", "spans")
    if encoding == "protobuf":
        source = record_source(encoding, resource_source(encoding, members, "body"), more=more)
        return Decode("spans", _columns(encoding), source, _WIRE.text(), _WIRE.structure(), _SIGNAL.mend)
    body = f"JSONExtract(body, '{_WIRE.structure(leaf={'KeyValue.value': JSON_VALUE})}')"
    return Decode("spans", _columns(encoding), record_source(encoding, resource_source(encoding, members, body), more=more))


def _count(body: Any) -> int:
    return sum(len(scope.spans) for resource in body.resourceSpans for scope in resource.scopeSpans)


_SIGNAL = Signal("otlp-traces", _WIRE, _WIRE.validator(), TRACES_INDEX, _count, _Body, _count)


class OtlpTraces(OtlpProtocol):
    """`/v1/traces` and the gRPC TraceService."""

    name = "otlp-traces"
    routes = places(name, "traces", "trace.v1.TraceService")
    streams = {f"otlp-traces-{encoding}": (_decode(encoding),) for encoding in ENCODINGS}  # noqa: RUF012
    signal = _SIGNAL
