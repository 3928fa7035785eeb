"""Sumo Logic HTTP source: text, JSON and metrics posted to an address that holds the token."""

from __future__ import annotations

import json

from pilotage.ingest.exposition import CARBON2, GRAPHITE, PROMETHEUS, Exposition, dimensions, moment
from pilotage.ingest.members import BODY_BYTES, LOG_COLUMNS, log_source, members
from pilotage.ingest.messages import said, split_sql
from pilotage.ingest.paths import address_token
from pilotage.ingest.request import Accepted, Decode, Grant, Reply, Request, Route, bearer
from pilotage.ingest.sumo import CLIENT, cut, encoding, extra, header, lines_of, metric_format, pairs
from pilotage.ingest.timestamps import exact_stamp, in_zone, json_stamp, nanoseconds, stamp
from pilotage.model.names import LOGS_INDEX, METRICS_INDEX, WRITABLE_INDEX
from pilotage.model.problem import Problem, fail

PATH = "/receiver/v1/http"
TOKEN_PATH = PATH + "/{token}"
FORMATS = {"graphite": GRAPHITE, "carbon2": CARBON2, "prometheus": PROMETHEUS}
_STATUS = {
    "token-required": 401,
    "token-invalid": 401,
    "token-disabled": 401,
    "scope-missing": 403,
    "index-forbidden": 403,
    "method-not-allowed": 405,
    "request-timeout": 408,
    "request-too-large": 413,
    "content-encoding": 415,
    # Some clients send again after 429 only.
    "spool-full": 429,
    "disk-full": 429,
    "disk-failed": 429,
    "stopping": 429,
}

_KEPT = "received, home_, source_, sourcetype_, host_"
_DEFAULTS = "received, `index` AS home_, source AS source_, sourcetype AS sourcetype_, host AS host_"
_PLAIN = "if(position(body, '\\r\\n') = 0, body, replaceAll(body, '\\r\\n', '\\n'))"
_EMPTY = "CAST([] AS Array(Tuple(String, String)))"
_FIELDS = members("JSONExtractRaw(extra, 'attributes')")
_GIVEN = f"if(extra = '', {_EMPTY}, {_FIELDS})"
_MEMBERS = members("if(match(raw, '^\\\\s*{'), raw, '')")
_ORIGIN = {"host": "host_", "source": "source_", "sourcetype": "sourcetype_"}


def _messages() -> str:
    """FROM clause: a row a message with its `number` in the request from 1; `given` is what the headers say of all."""
    zone = "JSONExtract(extra, 'zone', 'Array(Tuple(Int64, Int64))') AS zone"
    requests = f"SELECT {_DEFAULTS}, {_GIVEN} AS given, {zone}, extra, splitByChar('\\n', {_PLAIN}) AS lines FROM {{segment}}"
    framed = split_sql("lines", "JSONExtractString(extra, 'mode')", "JSONExtractString(extra, 'starts')")
    messages = f"SELECT {_KEPT}, given, zone, extra, if(extra = '', lines, {framed}) AS found FROM ({requests})"
    joined = (
        f"SELECT {_KEPT}, given, zone, if(extra = '', message, trim(BOTH '\\n' FROM message)) AS line, number FROM ({messages}) "
        "ARRAY JOIN found AS message, arrayEnumerate(found) AS number"
    )
    return f"(SELECT *, toInt64(received) + number - 1 AS arrived FROM ({joined}) WHERE {said('line')})"


def _logs() -> Decode:
    """A row a message; header fields and the members of a JSON message are its attributes, and the header wins.

    What is not UTF-8 is shown mended, flagged, and kept with hexadecimal escapes for its bytes beyond ASCII. `observed` is the receipt
    and the place in the request: it orders messages of the same time as they came.
    """
    valid = f"SELECT *, isValidUTF8(line) AS valid, if(valid, line, toValidUTF8(line)) AS raw FROM {_messages()}"
    own = f"SELECT *, {_MEMBERS} AS own FROM ({valid})"
    merged = "multiIf(empty(own), given, empty(given), own, arrayConcat(arrayFilter(m -> NOT has(given.1, m.1), own), given))"
    # Letter by letter, not base64: rules that hide secrets must be able to see them.
    byte = "multiIf(c = '\\\\', '\\\\\\\\', c >= '\\x80', concat('\\\\x', hex(c)), c)"
    escaped = (
        f"arrayStringConcat(arrayMap(c -> {byte}, arrayMap(i -> substring(line, i, 1), range(1, least(length(line), {BODY_BYTES}) + 1))))"
    )
    flags = f"[('invalid_utf8', 'true'), ('raw_escaped', toJSONString({escaped}))]"
    told = f"SELECT *, {json_stamp('own')} AS told, if(valid, {merged}, arrayConcat({merged}, {flags})) AS pairs FROM ({own})"
    inner = f"(SELECT *, home_ AS wanted, 's' AS kind, if(told = '', {stamp('raw')}, {exact_stamp('told', 'raw')}) AS stamp FROM ({told}))"
    read = f"SELECT *, {nanoseconds('stamp', 'received')} AS utc FROM {inner}"
    source = log_source(f"(SELECT *, {in_zone('utc', 'stamp', 'zone')} AS at FROM ({read}))", f"{_KEPT}, arrived, at", said="raw")
    time = "fromUnixTimestamp64Nano(if(at = 0, arrived, at))"
    return Decode("logs", {**LOG_COLUMNS, **_ORIGIN, "time": time, "observed": "fromUnixTimestamp64Nano(arrived)"}, source)


def _lines(kind: Exposition) -> str:
    """FROM clause: a row a line of metrics, `good` when it has the format."""
    given = "JSONExtractKeysAndValues(extra, 'attributes', 'String') AS given"
    joined = f"SELECT {_DEFAULTS}, {given}, arrayJoin(splitByChar('\\n', toValidUTF8({_PLAIN}))) AS line FROM {{segment}}"
    return f"(SELECT *, {kind.good} AS good FROM ({joined}) WHERE match(line, '{kind.told}'))"


def _points(kind: Exposition) -> Decode:
    """A row a good line; what the headers say of all metrics are dimensions too, and the line's own win."""
    read = (
        f"SELECT {_KEPT}, {kind.name} AS metric, {kind.labels} AS labels, {kind.own} AS own, {kind.value} AS said, {kind.time} AS written, "
        f"arrayFilter(m -> NOT has(labels.1, m.1), given) AS more FROM {_lines(kind)} WHERE good"
    )
    named = f"SELECT *, {dimensions('arrayConcat(labels, more)')} AS attributes, arraySlice(labels, 1, own) AS mine FROM ({read})"
    letter = "if(match(said, '^[+-]?[0-9]+$'), 'i', 'd')"
    columns = {
        **_ORIGIN,
        "index": "home_",
        "received": LOG_COLUMNS["received"],
        "time": f"fromUnixTimestamp64Nano({moment('written', 'received')})",
        "metric": "metric",
        "series": "cityHash64(home_, metric, mine, more, host_, source_, sourcetype_, 'gauge')",
        "value": "toFloat64OrZero(said)",
        "number": letter,
        "integer": f"if({letter} = 'i' AND abs(toFloat64OrZero(said)) >= {1 << 53}, toInt64OrZero(said), 0)",
        "type": "'gauge'",
        "attributes": "attributes",
    }
    return Decode("points", columns, f"({named})")


def _bad(kind: Exposition) -> Decode:
    """A dead letter a line that has not the format."""
    inner = f"(SELECT *, home_ AS wanted, {_EMPTY} AS pairs, line AS raw, 's' AS kind FROM {_lines(kind)} WHERE NOT good)"
    source = log_source(inner, _KEPT, bad=f"'not a line of {kind.title}'", said="raw")
    return Decode("logs", {**LOG_COLUMNS, **_ORIGIN, "time": "fromUnixTimestamp64Nano(toInt64(received))"}, source)


class Sumo:
    """`/receiver/v1/http/{token}`, or without the token and with the header `X-Sumo-Token`."""

    name = "sumo"
    routes = tuple(Route(method, path, "sumo") for path in (PATH, TOKEN_PATH) for method in ("POST", "GET", "HEAD"))
    streams = {  # noqa: RUF012 - a constant of the Protocol
        "sumo": (_logs(),),
        **{f"sumo-{name}": (_points(kind), _bad(kind)) for name, kind in FORMATS.items()},
    }

    def token(self, request: Request) -> str | None:
        """The last part of the path, the header, or a bearer token."""
        return address_token(request) or bearer(request)

    def encoding(self, request: Request) -> str:
        """The declared content encoding, unless the body shows that it was not applied."""
        return encoding(request)

    def accept(self, request: Request, grant: Grant) -> Accepted | Reply:
        """Take text or metrics by the content type; a probe and an empty body are successes. Raises `index-forbidden`."""
        done = Reply(200, b"", "text/plain")
        kind = metric_format(request)
        index = grant.default_index or (METRICS_INDEX if kind else LOGS_INDEX)
        if not WRITABLE_INDEX.fullmatch(index) or not grant.allows(index):
            raise fail("index-forbidden", f"the token may not write to index `{index}`", hint="name a default_index the token is allowed")
        if request.method != "POST" or not request.body.strip():
            return done
        if kind:
            told = pairs(request, "x-sumo-fields", "x-sumo-dimensions", "x-sumo-metadata")
            text = lines_of(request.body)
        else:
            told = pairs(request, "x-sumo-fields")
            client = header(request, "x-sumo-client")
            told |= {CLIENT: client} if client else {}
            text = cut(request.body, grant)
        return Accepted(
            f"sumo-{kind}" if kind else "sumo",
            text.body,
            text.items,
            done,
            index=index,
            source=header(request, "x-sumo-name") or grant.source or f"http:{grant.name if grant.token_id else 'default'}",
            sourcetype=header(request, "x-sumo-category") or grant.sourcetype or "sumo",
            host=header(request, "x-sumo-host") or grant.host or request.peer,
            extra=extra(told, text, "" if kind else grant.time_zone),
        )

    def reject(self, request: Request, problem: Problem, retry_after: float | None = None) -> Reply:  # noqa: ARG002 - the Protocol's
        """A short JSON document; clients look at the status only."""
        headers = (("retry-after", str(max(1, round(retry_after)))),) if retry_after is not None else ()
        status = _STATUS.get(problem.code, 400)
        document = {"status": status, "code": problem.code, "message": problem.sentence}
        return Reply(status, json.dumps(document).encode(), headers=headers)
