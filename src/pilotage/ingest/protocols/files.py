"""Lines of files, sent by `pilotage ingest`: JSON objects, CSV records or text, each bad one reported with its number and kept."""

from __future__ import annotations

import json

from pilotage.ingest.encoding import declared
from pilotage.ingest.lines import MARK, Lines, csv_lines, json_lines, message_lines, text_lines
from pilotage.ingest.members import LOG_COLUMNS, instant, log_source, members, text_of, unquoted, value
from pilotage.ingest.paths import match
from pilotage.ingest.request import Accepted, Decode, Grant, Reply, Request, Route, bearer
from pilotage.ingest.timestamps import nanoseconds
from pilotage.ingest.timestamps import stamp as found_time
from pilotage.model.names import INDEX_HINT, WRITABLE_INDEX
from pilotage.model.problem import Problem, fail

PATH = "/api/v1/ingest/{index}"
FORMATS = {"jsonl": json_lines, "csv": csv_lines, "text": text_lines, "messages": message_lines}
_STATUS = {
    "token-required": 401,
    "token-invalid": 401,
    "token-disabled": 401,
    "scope-missing": 403,
    "index-forbidden": 403,
    "request-timeout": 408,
    "request-too-large": 413,
    "content-encoding": 415,
    "spool-full": 503,
    "disk-full": 503,
    "disk-failed": 503,
    "stopping": 503,
}
_KEPT = "received, index_, source_, sourcetype_, host_, extra, line"
_DEFAULTS = "received, `index` AS index_, source AS source_, sourcetype AS sourcetype_, host AS host_, extra"
_MARK = f"'{MARK.decode()}'".replace("\0", "\\0").replace("\x1f", "\\x1f")
_LINES = (
    f"(SELECT *, startsWith(line, {_MARK}) AS marked, splitByChar('\\x1f', substring(line, 1, 1000)) AS mark FROM ("
    "SELECT * EXCEPT whole, if(endsWith(whole, '\\r'), substring(whole, 1, length(whole) - 1), whole) AS line FROM ("
    f"SELECT * EXCEPT body, arrayJoin(splitByChar('\\n', body)) AS whole FROM (SELECT {_DEFAULTS}, body, "
    "JSONExtract(extra, 'header', 'Array(String)') AS header, JSONExtractBool(extra, 'quoted') AS quoted FROM {segment})) "
    "WHERE match(whole, '\\\\S')))"
)
_EMPTY = "CAST([] AS Array(Tuple(String, String)))"
_ORIGINAL = "substring(line, length(arrayStringConcat(arraySlice(mark, 1, 3))) + 4)"
_TIMES = ("time", "timestamp", "@timestamp")
_HIDDEN = "('_raw', '_time')"


def _decode(pairs: str, raw: str, stamp: str, at: str) -> Decode:
    """A row a line: `every` pair and `raw`, its text, are SQL over `line`; `stamp` the text of its time, which `at` (Int64) reads."""
    inner = f"(SELECT {_KEPT}, marked, mark, index_ AS wanted, if(marked, {_EMPTY}, {pairs}) AS every FROM {_LINES})"
    read = f"(SELECT *, 's' AS kind, if(marked, {_ORIGINAL}, {raw}) AS raw FROM {inner})"
    shown = f"if(has(every.1, '_raw') OR has(every.1, '_time'), arrayFilter(m -> m.1 NOT IN {_HIDDEN}, every), every) AS pairs"
    stamped = f"(SELECT *, {shown}, if(marked, '', {stamp}) AS stamp FROM {read})"
    source = log_source(
        f"(SELECT *, {at} AS at FROM {stamped})",
        f"{_KEPT}, mark, marked, at",
        bad="if(marked, mark[2], '')",
        said="raw",
        notes=", ('dead_letter.line', mark[3])",
    )
    columns = {
        **LOG_COLUMNS,
        "host": f"if({value('host')} = '', host_, {value('host')})",
        "source": "source_",
        "sourcetype": "sourcetype_",
        "time": "fromUnixTimestamp64Nano(if(at = 0, toInt64(received), at))",
    }
    return Decode("logs", columns, source)


def _member(name: str) -> str:
    return text_of(f"arrayFirst(m -> m.1 = '{name}', every).2")


_RAW_OR_LINE = f"if(has(every.1, '_raw'), {_member('_raw')}, {{0}})"
_FIRST = f"arrayFirst(m -> m.1 IN {_TIMES} AND match(m.2, '^\"?[0-9]'), every).2"
_STAMP = f"if(has(every.1, '_time'), {_member('_time')}, {text_of(_FIRST)})"


def _json() -> Decode:
    """Times with more decimals than a double holds are read from the line itself, if that is the same time."""
    written = 'extract(line, \'"(?:_time|time|timestamp|@timestamp)"\\s*:\\s*"?([0-9]{1,10}[.][0-9]{7,9})\')'
    same = f"abs(toFloat64OrZero({written}) - toFloat64OrZero({_STAMP})) < 0.001 AND {written} != ''"
    return _decode(members("line"), _RAW_OR_LINE.format("line"), f"if({same}, {written}, {_STAMP})", instant("stamp"))


def _csv() -> Decode:
    """Values that are JSON numbers are numbers; empty ones are absent."""
    number = "match(v, '^-?(0|[1-9][0-9]{0,17})([.][0-9]+)?([eE][+-]?[0-9]{1,2})?$')"
    values = "if(quoted, arraySlice(JSONExtract(line, 'Array(String)'), 2), splitByChar(',', line))"
    # Marked lines are worked out with the others before they are set aside, so their values must be as many too.
    resized = f"arrayResize({values}, length(header), '')"
    pairs = f"arrayFilter(m -> m.2 != '\"\"', arrayMap((k, v) -> (k, if({number}, v, toJSONString(v))), header, {resized}))"
    text = "if(JSONExtractBool(extra, 'quoted'), JSONExtractString(line, 1), line)"
    return _decode(pairs, _RAW_OR_LINE.format(text), _STAMP, instant("stamp"))


def _text(raw: str) -> Decode:
    """The time is the one furthest left, as `timestamps` knows them."""
    return _decode(_EMPTY, raw, found_time("raw"), nanoseconds("stamp", "received"))


class Files:
    """`POST /api/v1/ingest/{index}`: the lines as the body; their `format` and what they have in common as query parameters."""

    name = "files"
    routes = (Route("POST", PATH, name),)
    streams = {  # noqa: RUF012 - a constant of the Protocol
        "files-jsonl": (_json(),),
        "files-csv": (_csv(),),
        "files-text": (_text("line"),),
        "files-messages": (_text(unquoted("line")),),
    }

    def token(self, request: Request) -> str | None:
        """The bearer token."""
        return bearer(request)

    def encoding(self, request: Request) -> str:
        """What the header declares."""
        return declared(request)

    def accept(self, request: Request, grant: Grant) -> Accepted | Reply:
        """Check every line. A request that names its `batch` is stored once, however often the same one comes.

        Raises `index-forbidden`, `unknown-format`, `bad-request`, `csv-header`, `request-too-large`.
        """
        query = request.query
        index = (match(PATH, request.path) or {}).get("index", "")
        if not WRITABLE_INDEX.fullmatch(index):
            raise fail("index-forbidden", f"`{index[:80]}` is not the name of an index that can be written to", hint=INDEX_HINT)
        if not grant.allows(index):
            raise fail("index-forbidden", f"the token may not write to index `{index[:80]}`", hint="name an index the token allows")
        kind = query.get("format", "jsonl")
        if kind not in FORMATS:
            raise fail("unknown-format", f"lines of format `{kind[:80]}` cannot be read", hint=f"known: {', '.join(FORMATS)}")
        first = query.get("first_line", "1")
        if not first.isascii() or not first.isdigit() or len(first) > 15:
            raise fail("bad-request", "`first_line` is no line number", hint="send the number of the first line, from 1")
        batch = query.get("batch", "")
        lines = FORMATS[kind](request.body, int(first))
        reply = Reply(200, _outcome(lines))
        if lines.accepted + lines.rejected == 0:
            return reply
        return Accepted(
            f"files-{kind}",
            lines.body,
            lines.accepted,
            reply,
            index=index,
            source=query.get("source") or grant.source or "file",
            sourcetype=query.get("sourcetype") or grant.sourcetype or kind,
            host=query.get("host") or grant.host or request.peer,
            extra=json.dumps({"header": lines.header, "quoted": lines.quoted}) if kind == "csv" else "",
            unique=bool(batch),
            key=f"{grant.token_id}/{batch}" if batch else "",
        )

    def reject(self, request: Request, problem: Problem, retry_after: float | None = None) -> Reply:  # noqa: ARG002 - the Protocol's
        """The API's own error document."""
        headers = (("retry-after", str(max(1, round(retry_after)))),) if retry_after is not None else ()
        body = json.dumps({"error": problem.document()}).encode()
        return Reply(_STATUS.get(problem.code, 400), body, headers=headers)


def _outcome(lines: Lines) -> bytes:
    bad = [{"line": number, "reason": reason} for number, reason in lines.reported]
    return json.dumps({"accepted": lines.accepted, "rejected": lines.rejected, "bad_lines": bad}).encode()
