"""Telemetry of somebody who wants the page to run his text: every field that is shown holds markup, script, links or unreadable letters."""

from __future__ import annotations

import time
from typing import Any

from ..clients import live  # noqa: TID252 - as in conftest.py
from .steps import hec, post

IMAGE = "<img src=x onerror=ran()>"
SCRIPT = "<script>ran()</script>"
VECTOR = '"><svg onload=ran()>'
LINK = "javascript:ran()"
FRAME = "<iframe srcdoc='<script>parent.ran()</script>'>"
ODD = "\u202egpj.exe\u200b\u200d\u2066\ufeff{{7*7}}${ran()}"
PROBES = (IMAGE, SCRIPT, VECTOR, LINK, FRAME, ODD)
LONG = "<b onmouseover=ran()>" * 5_000  # 105 kB
PAGE = "https://example.com/page?a=1"
NOT_A_PAGE = 'https://example.com/" onmouseover="ran()'

TRACE = "5b8efff798038103d269b633813fc60c"
SPAN = "eee19b7ec3c1b174"


def attributes(values: dict[str, str]) -> list[dict[str, Any]]:
    """Attributes as OTLP/JSON writes them."""
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def sender(number: int) -> dict[str, Any]:
    """A resource all of whose texts are a probe."""
    probe = PROBES[number]
    return {"attributes": attributes({"service.name": probe, "host.name": probe, probe: probe, f"key.{probe}": probe})}


def logs(now: int) -> dict[str, Any]:
    """A record for every probe, and one that is long."""
    made = []
    for number, probe in enumerate(PROBES):
        record = {
            "timeUnixNano": str(now - number * 10**9),
            "severityText": probe,
            "severityNumber": 17,
            "body": {"stringValue": f"body {number} {probe}"},
            "eventName": probe,
            "traceId": TRACE,
            "spanId": SPAN,
            "attributes": attributes({probe: probe, "page": PAGE, "nopage": NOT_A_PAGE, "script.link": LINK}),
        }
        scope = {"name": probe, "version": probe, "attributes": attributes({probe: probe})}
        made.append({"resource": sender(number), "scopeLogs": [{"scope": scope, "logRecords": [record]}]})
    long = {"timeUnixNano": str(now - 20 * 10**9), "body": {"stringValue": f"long {LONG}"}, "attributes": attributes({"long": LONG})}
    made.append({"resource": sender(0), "scopeLogs": [{"logRecords": [long]}]})
    return {"resourceLogs": made}


def spans(now: int) -> dict[str, Any]:
    """One trace of a span for every probe, with events, links and a status."""
    made = []
    for number, probe in enumerate(PROBES):
        span = {
            "traceId": TRACE,
            "spanId": SPAN if number == 0 else f"{number:016x}",
            "parentSpanId": "" if number == 0 else SPAN,
            "name": probe,
            "kind": 2,
            "startTimeUnixNano": str(now - 10**9),
            "endTimeUnixNano": str(now),
            "attributes": attributes({probe: probe}),
            "events": [{"timeUnixNano": str(now), "name": probe, "attributes": attributes({probe: probe})}],
            "links": [{"traceId": TRACE, "spanId": SPAN, "attributes": attributes({probe: probe})}],
            "status": {"code": 2, "message": probe},
        }
        made.append({"resource": sender(number), "scopeSpans": [{"scope": {"name": probe}, "spans": [span]}]})
    return {"resourceSpans": made}


def metrics(now: int) -> dict[str, Any]:
    """A gauge for every probe: name, unit, description and labels."""
    made = []
    for number, probe in enumerate(PROBES):
        point = {"timeUnixNano": str(now), "asDouble": number + 0.5, "attributes": attributes({probe: probe})}
        metric = {"name": probe, "unit": probe, "description": probe, "gauge": {"dataPoints": [point]}}
        made.append({"resource": sender(number), "scopeMetrics": [{"scope": {"name": probe}, "metrics": [metric]}]})
    return {"resourceMetrics": made}


def event(number: int) -> dict[str, object]:
    """An event over HEC."""
    probe = PROBES[number]
    fields = {f"field {probe}": probe, "severity": probe}
    return {"event": {"text": probe, probe: [probe]}, "source": probe, "sourcetype": probe, "host": probe, "fields": fields}


def send(server: live.Server) -> None:
    """Send all of it over OTLP, HEC and Loki, and what is refused too; return when what was accepted can be searched."""
    now = time.time_ns()
    for path, body in (("logs", logs(now)), ("traces", spans(now)), ("metrics", metrics(now))):
        assert post(f"{server.url}/v1/{path}", body) == 200
    hec(server.url, *(event(number) for number in range(len(PROBES))))
    lines = [[str(now), f"loki {IMAGE}", {"meta": SCRIPT}], [str(now + 1), LINK]]
    streams = [{"stream": {"app": VECTOR, "service_name": IMAGE}, "values": lines}]
    assert post(f"{server.url}/loki/api/v1/push", {"streams": streams}) in (200, 204)
    # Refused with the sender's own words in the reason, as far as the server repeats them.
    for body in (f'{{"event": "x", "index": "{IMAGE}"}}', f'{{"event": {SCRIPT}', f'{{"nothing": "{SCRIPT}"}}'):
        assert post(f"{server.url}/services/collector/event", body.encode(), Authorization="Splunk any") >= 400
    assert post(f"{server.url}/v1/logs", {"resourceLogs": SCRIPT}) >= 400
    post(f"{server.url}/loki/api/v1/push", {"streams": [{"stream": SCRIPT, "values": IMAGE}]})
    server.wait_for("index=main", len(PROBES) * 2 + 3)
    server.wait_for("index=traces", len(PROBES))
    server.wait_for("index=metrics", len(PROBES))
