"""OTLP logs: records with bodies of any kind, over HTTP (protobuf, JSON) and gRPC."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import msgspec

from pilotage.ingest.anyvalue import JSON_VALUE, json_value
from pilotage.ingest.origin import ENCODINGS, moment, origin_columns, record_columns, record_source, resource_source
from pilotage.ingest.otlp import RESOURCE_MESSAGES, OtlpProtocol, Signal, places
from pilotage.ingest.request import Decode
from pilotage.ingest.wire import wire
from pilotage.model.names import LOGS_INDEX

_WIRE = wire("otlp_logs", RESOURCE_MESSAGES + files(__package__).joinpath("otlp_logs.proto").read_text())


class _Scope(msgspec.Struct):
    logRecords: list[msgspec.Raw] = []  # noqa: N815 - msgspec copies defaults


class _Resource(msgspec.Struct):
    scopeLogs: list[_Scope] = []  # noqa: N815


class _Body(msgspec.Struct):
    resourceLogs: list[_Resource] = []  # noqa: N815


def _columns(encoding: str) -> dict[str, str]:
    values = ENCODINGS[encoding]
    letter, last = "right(types, 1)", "texts[-1]"
    trace, span = values.identifier("x.traceId"), values.identifier("x.spanId")
    observed = f"if(x.observedTimeUnixNano > {1 << 63}, 0, x.observedTimeUnixNano)"
    return {
        **origin_columns(),
        "time": moment("x.timeUnixNano", f"if({observed} = 0, received, {observed})"),
        "observed": f"fromUnixTimestamp64Nano(toInt64({observed}))",
        "severity": "x.severityText",
        "severity_number": "toUInt8(if(x.severityNumber BETWEEN 0 AND 24, x.severityNumber, 0))",
        "body": f"toValidUTF8(multiIf({letter} = 's', {last}, {letter} = 'x', base64Encode({last}), {json_value(last, letter)}))",
        "body_type": letter,
        "trace_id": f"if(match({trace}, '^[0-9a-f]{{32}}$') AND {trace} != repeat('0', 32), {trace}, '')",
        "span_id": f"if(match({span}, '^[0-9a-f]{{16}}$') AND {span} != repeat('0', 16), {span}, '')",
        "flags": "x.flags",
        "event_name": "x.eventName",
        **record_columns("arrayPopBack(texts)", "left(types, length(types) - 1)"),
    }


def _decode(encoding: str) -> Decode:
    members = ("resourceLogs", "scopeLogs", "logRecords")
    if encoding == "protobuf":
        source = record_source(encoding, resource_source(encoding, members, "body"), body="x.body")
        return Decode("logs", _columns(encoding), source, _WIRE.text(), _WIRE.structure(), _SIGNAL.mend)
    leaf = {"KeyValue.value": JSON_VALUE, "LogRecord.body": JSON_VALUE}
    body = f"JSONExtract(body, '{_WIRE.structure(leaf=leaf)}')"
    return Decode("logs", _columns(encoding), record_source(encoding, resource_source(encoding, members, body), body="x.body"))


def _count(body: Any) -> int:
    return sum(len(scope.logRecords) for resource in body.resourceLogs for scope in resource.scopeLogs)


_SIGNAL = Signal("otlp-logs", _WIRE, _WIRE.validator(), LOGS_INDEX, _count, _Body, _count)


class OtlpLogs(OtlpProtocol):
    """`/v1/logs` and the gRPC LogsService."""

    name = "otlp-logs"
    routes = places(name, "logs", "logs.v1.LogsService")
    streams = {f"otlp-logs-{encoding}": (_decode(encoding),) for encoding in ENCODINGS}  # noqa: RUF012
    signal = _SIGNAL
