"""Splunk HTTP Event Collector: events, raw text, metrics events, health, and acknowledgement by channels."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from pilotage.ingest.encoding import declared
from pilotage.ingest.hec import BAD_DATA, MAX_EVENTS, NO_DATA, BadEventError, Indexes, batch, plain_time
from pilotage.ingest.members import LOG_COLUMNS, epoch, iso, letter_of, log_source, members, text_of
from pilotage.ingest.request import Accepted, Decode, Grant, Inquiry, Reply, Request, Route
from pilotage.model.names import LOGS_INDEX, METRICS_INDEX, WRITABLE_INDEX
from pilotage.model.problem import Problem, fail

ROOT = "/services/collector"
_CHANNEL = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

TEXTS = {
    0: (200, "Success"),
    1: (403, "Token disabled"),
    2: (401, "Token is required"),
    3: (401, "Invalid authorization"),
    4: (403, "Invalid token"),
    5: (400, "No data"),
    6: (400, "Invalid data format"),
    7: (400, "Incorrect index"),
    9: (503, "Server is busy"),
    10: (400, "Data channel is missing"),
    11: (400, "Invalid data channel"),
    12: (400, "Event field is required"),
    13: (400, "Event field cannot be blank"),
    14: (400, "ACK is disabled"),
    15: (400, "Error in handling indexed fields"),
    16: (400, "Query string authorization is not enabled"),
    17: (200, "HEC is healthy"),
    18: (503, "HEC is unhealthy, queues are full"),
    21: (400, "Invalid token"),
    22: (400, "Token disabled"),
    23: (503, "Server is shutting down"),
    27: (429, "ACK channel is at capacity"),
}
_CODES = {
    "token-required": 2,
    "token-malformed": 3,
    "token-invalid": 4,
    "token-disabled": 1,
    "scope-missing": 4,
    "token-in-query": 16,
    "channel-missing": 10,
    "channel-invalid": 11,
    "channels-full": 27,
    "ack-disabled": 14,
    "index-forbidden": 7,
    "spool-full": 9,
    "disk-full": 9,
    "disk-failed": 9,
    "stopping": 23,
}
_STATUS = {"not-found": 404, "method-not-allowed": 405, "request-timeout": 408, "request-too-large": 413, "content-encoding": 415}
_HEALTH = {4: 21, 1: 22, 9: 18}
_PLACES: dict[str, tuple[str, str]] = {
    place: (kind, "GET" if kind == "health" else "POST")
    for kind in ("event", "raw", "ack", "health")
    for place in (f"{ROOT}/{kind}", f"{ROOT}/{kind}/1.0", *([ROOT] if kind == "event" else []))
}

_KEPT = "received, index_, source_, sourcetype_, host_, extra"
_DEFAULTS = "received, `index` AS index_, source AS source_, sourcetype AS sourcetype_, host AS host_, extra"
_EXTRA_TIME = epoch("JSONExtractString(extra, 'time')")
_GIVEN = f"if(extra = '', 0, {_EXTRA_TIME})"
_LINES = f"(SELECT {_DEFAULTS}, splitByChar('\\t', arrayJoin(splitByChar('\\n', body))) AS r FROM {{segment}})"
_ORIGIN = {
    name: f"if(r[{piece}] IN ('', 'null', '\"\"'), {name}_, {text_of(f'r[{piece}]')})"
    for piece, name in enumerate(("host", "source", "sourcetype", "index"), 2)
}
_HOME = _ORIGIN.pop("index")
_OWN_TIME = epoch("replaceAll(r[1], '\"', '')")
_WRITTEN = f"if(r[1] IN ('', 'null', '\"\"'), NULL, {_OWN_TIME})"
_EMPTY = "CAST([] AS Array(Tuple(String, String)))"


def _time(*candidates: str) -> str:
    """`DateTime64(9)`: the first candidate (nanoseconds) that is there, else the time of receipt."""
    return f"fromUnixTimestamp64Nano(toInt64(coalesce({', '.join(candidates)}, toInt64(received))))"


def _events() -> Decode:
    """A row an event; the keys of an object event and `fields` are its attributes, and `fields` win."""
    own = members("if(startsWith(r[6], '{'), r[6], '')")
    pairs = f"SELECT {_KEPT}, r, {members('r[7]')} AS given, {own} AS own FROM {_LINES} WHERE r[6] != 'metric'"
    merged = "multiIf(empty(own), given, empty(given), own, arrayConcat(arrayFilter(m -> NOT has(given.1, m.1), own), given))"
    inner = f"(SELECT {_KEPT}, r, {_HOME} AS wanted, {merged} AS pairs, r[6] AS raw, {letter_of('r[6]')} AS kind FROM ({pairs}))"
    filled = "(NOT match(r[7], '^({\\\\s*})?$') OR startsWith(raw, '{') AND raw != '{}')"
    bad = f"if(empty(found) AND {filled}, 'the event holds a number or a depth that cannot be stored', '')"
    source = log_source(inner, f"{_KEPT}, r", bad=bad)
    extracted = f"if(extra = '', 0, if(JSONExtractBool(extra, 'extract'), {iso('body_text')}, 0))"
    time = _time(_WRITTEN, f"nullIf({_GIVEN}, 0)", f"nullIf({extracted}, 0)")
    return Decode("logs", {**LOG_COLUMNS, **_ORIGIN, "time": time}, source)


def _points() -> Decode:
    """A row a metric of a metrics event."""
    inner = f"SELECT {_KEPT}, r, r[7] AS dimensions, arrayJoin({members('r[8]')}) AS m FROM {_LINES} WHERE r[6] = 'metric'"
    origin = ", ".join(f"{sql} AS {name}" for name, sql in {**_ORIGIN, "home": _HOME}.items())
    source = f"(SELECT {_KEPT}, r, dimensions, m, {origin} FROM ({inner}))"
    integer = f"if({letter_of('m.2')} = 'i' AND abs(toFloat64OrZero(m.2)) > {1 << 53}, toInt64OrZero(m.2), 0)"
    columns = {
        "index": "home",
        "received": LOG_COLUMNS["received"],
        "time": _time(_WRITTEN, f"nullIf({_GIVEN}, 0)"),
        "host": "host",
        "source": "source",
        "sourcetype": "sourcetype",
        "metric": "m.1",
        "series": "cityHash64(home, m.1, dimensions, host, source, sourcetype, 'gauge')",
        "value": "toFloat64OrZero(m.2)",
        "number": letter_of("m.2"),
        "integer": integer,
        "type": "'gauge'",
        "attributes": "if(dimensions = '{}', '', dimensions)",
    }
    return Decode("points", columns, source)


def _raw() -> Decode:
    """A row a line that is not blank."""
    lines = f"SELECT {_DEFAULTS}, arrayJoin(splitByChar('\\n', toValidUTF8(body))) AS line FROM {{segment}}"
    text = "if(endsWith(line, '\\r'), substring(line, 1, length(line) - 1), line)"
    inner = f"(SELECT {_KEPT}, index_ AS wanted, {_EMPTY} AS pairs, {text} AS raw, 's' AS kind FROM ({lines}) WHERE match(line, '\\\\S'))"
    columns = {**LOG_COLUMNS, "host": "host_", "source": "source_", "sourcetype": "sourcetype_", "time": _time(f"nullIf({_GIVEN}, 0)")}
    return Decode("logs", columns, log_source(inner, _KEPT, said="raw"))


def reply(code: int, status: int = 0, headers: tuple[tuple[str, str], ...] = (), **more: int) -> Reply:
    """HEC's words for `code`; `status` when HTTP says more than HEC; `more` members such as `ackId`."""
    usual, text = TEXTS[code]
    document = {"text": text, "code": code, **{name.replace("_", "-"): number for name, number in more.items()}}
    place = f" for event {more['invalid_event_number']}, counted from 0," if "invalid_event_number" in more else ""
    refusal = f"answered `{text}`{place} with HEC code {code}" if usual >= 400 else ""
    return Reply(status or usual, json.dumps(document, separators=(",", ":")).encode(), headers=headers, refusal=refusal)


def _acknowledged(number: int) -> Reply:
    return Reply(200, b'{"text":"Success","code":0,"ackId":%d}' % number)


def _answered(known: Mapping[int, bool]) -> Reply:
    return Reply(200, json.dumps({"acks": {str(n): safe for n, safe in known.items()}}, separators=(",", ":")).encode())


@dataclass(frozen=True, slots=True)
class _Sender:
    """What a request and its token say of all its events."""

    request: Request
    grant: Grant

    def channel(self, *, needed: bool) -> str:
        """The acknowledgement channel, unique to the token; '' when there is none. Raises `channel-missing`, `channel-invalid`."""
        channel = self.request.headers.get("x-splunk-request-channel") or self.request.query.get("channel", "")
        if not channel:
            if needed:
                raise fail("channel-missing", "a token with acknowledgement needs a channel", hint="send X-Splunk-Request-Channel")
            return ""
        if not _CHANNEL.fullmatch(channel):
            raise fail("channel-invalid", "the data channel is not a GUID", hint="send one like 8-4-4-4-12 hexadecimal digits")
        return f"{self.grant.token_id}\0{channel.lower()}"

    def allows(self, index: str) -> bool:
        """Whether events may go to `index`."""
        return bool(WRITABLE_INDEX.fullmatch(index)) and self.grant.allows(index)

    def accepted(self, stream: str, body: bytes, items: int, default_index: str) -> Accepted:
        """The request with its defaults: query parameter, token, server."""
        query, grant = self.request.query, self.grant
        index = query.get("index") or grant.default_index or default_index
        if not self.allows(index):
            raise fail("index-forbidden", f"the token may not write to index `{index[:80]}`", hint="name an index the token allows")
        extra: dict[str, object] = {}
        if query.get("time"):
            try:
                extra["time"] = plain_time(query["time"]).decode()
            except BadEventError as error:
                raise fail("invalid-time", "the query parameter `time` is no time", hint="send decimal epoch seconds") from error
        if query.get("auto_extract_timestamp", "").lower() in ("true", "1"):
            extra["extract"] = True
        # An open server knows no tokens: whoever names a channel wants acknowledgement, others need none.
        channel = self.channel(needed=bool(grant.token_id)) if grant.acknowledge else ""
        return Accepted(
            stream,
            body,
            items,
            Reply(200, b'{"text":"Success","code":0}'),
            index=index,
            source=query.get("source") or grant.source or f"http:{grant.name if grant.token_id else 'default'}",
            sourcetype=query.get("sourcetype") or grant.sourcetype or "httpevent",
            host=query.get("host") or grant.host or self.request.peer,
            extra=json.dumps(extra) if extra else "",
            channel=channel,
            acknowledge=_acknowledged if channel else None,
        )


class Hec:
    """`/services/collector` and what is below it."""

    name = "hec"
    routes = (
        *(Route(method, place, "hec", open=kind == "health") for place, (kind, method) in _PLACES.items()),
        *(Route("*", place, "hec") for place in _PLACES),
        Route("*", ROOT + "/{rest*}", name),
    )
    streams = {  # noqa: RUF012 - a constant of the Protocol
        "hec": (_events(),),
        "hec-metrics": (_points(),),
        "hec-mixed": (_events(), _points()),
        "hec-raw": (_raw(),),
    }

    def token(self, request: Request) -> str | None:
        """The token of `Splunk` or `Basic`, or of the query. Raises `not-found`, `method-not-allowed`, `token-malformed`."""
        _, method = _place(request)
        if request.method != method:
            raise fail("method-not-allowed", f"`{request.path}` takes {method}", hint=f"send a {method} request")
        value = request.headers.get("authorization", "").strip()
        if not value:
            return request.query.get("token") or None
        scheme, _, token = value.partition(" ")
        token = token.strip()
        if scheme.lower() == "basic":
            token = _password(token)
        elif scheme.lower() != "splunk":
            token = ""
        if not token or not token.isprintable():
            raise fail("token-malformed", "the Authorization header is no HEC authorization", hint="send `Authorization: Splunk <token>`")
        return token

    def encoding(self, request: Request) -> str:
        """What the header declares."""
        return declared(request)

    def accept(self, request: Request, grant: Grant) -> Accepted | Inquiry | Reply:
        """Check events, text or a question about acknowledgements."""
        kind, _ = _place(request)
        if kind == "health":
            return reply(17)
        if not request.headers.get("authorization", "").strip() and "token" in request.query:
            raise fail("token-in-query", "tokens in the query are not enabled", hint="send `Authorization: Splunk <token>`")
        sender = _Sender(request, grant)
        if kind == "ack":
            return self._inquiry(sender)
        if grant.acknowledge:
            sender.channel(needed=bool(grant.token_id))
        return self._text(sender) if kind == "raw" else self._events(sender)

    def _events(self, sender: _Sender) -> Accepted | Reply:
        given = sender.request.query.get("index") or sender.grant.default_index
        try:
            found = batch(sender.request.body, Indexes(sender.allows, "" if given else METRICS_INDEX))
        except BadEventError as error:
            if error.number is None:
                return reply(error.code)
            return reply(error.code, 413 if error.number == MAX_EVENTS else 0, invalid_event_number=error.number)
        stream = "hec" if not found.metrics else "hec-mixed" if found.logs else "hec-metrics"
        return sender.accepted(stream, found.body, found.logs + found.metrics, LOGS_INDEX)

    def _text(self, sender: _Sender) -> Accepted | Reply:
        body = sender.request.body
        if not body.strip():
            return reply(NO_DATA)
        lines = body.count(b"\n") + 1
        if lines > MAX_EVENTS:
            return reply(BAD_DATA, 413)
        return sender.accepted("hec-raw", body, lines, LOGS_INDEX)

    def _inquiry(self, sender: _Sender) -> Inquiry | Reply:
        if not sender.grant.acknowledge:
            raise fail("ack-disabled", "the token has no acknowledgement", hint="set `ack = true` for the token")
        channel = sender.channel(needed=True)
        if not sender.request.body.strip():
            return reply(NO_DATA)
        try:
            ids = msgspec.json.decode(sender.request.body, type=_Acks).acks
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return reply(BAD_DATA)
        return Inquiry(channel, tuple(ids), _answered)

    def reject(self, request: Request, problem: Problem, retry_after: float | None = None) -> Reply:
        """HEC's code for the problem; what only HTTP has a word for is code 6 with HTTP's status."""
        headers = [("retry-after", str(max(1, round(retry_after))))] if retry_after is not None else []
        place = _PLACES.get(request.path.rstrip("/"))
        if problem.code == "method-not-allowed" and place:
            headers.append(("allow", place[1]))
        code = _CODES.get(problem.code, BAD_DATA)
        if place and place[0] == "health":
            code = _HEALTH.get(code, code)
        return reply(code, _STATUS.get(problem.code, 0), tuple(headers))


class _Acks(msgspec.Struct):
    acks: list[int]


def _place(request: Request) -> tuple[str, str]:
    place = _PLACES.get(request.path.rstrip("/"))
    if place is None:
        raise fail("not-found", f"nothing is served at `{request.path[:200]}`", hint=f"send events to {ROOT}/event")
    return place


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
