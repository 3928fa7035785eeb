"""Prometheus remote write 1.0: one row a sample, exemplar or native histogram; metadata become entries of the metric catalogue.

Samples of a segment are grouped by the bytes of their labels first, so that labels are decoded once a series, and rows arrive sorted.
"""

from __future__ import annotations

from pilotage.ingest.encoding import declared
from pilotage.ingest.origin import epoch
from pilotage.ingest.prometheus import SCHEMA, Examiner, rewritten
from pilotage.ingest.request import Accepted, Decode, Grant, Reply, Request, Route, bearer
from pilotage.ingest.wire import wire
from pilotage.model.names import METRICS_INDEX
from pilotage.model.problem import Problem, fail

MEDIA = "application/x-protobuf"
STALE = "0x7ff0000000000002"
"""The bits of the NaN that says a series has ended."""
_WIRE = wire("remote_write_rows", SCHEMA)
_PLAIN = wire(
    "remote_write_samples",
    "message Body { repeated Series timeseries = 1; } message Series { repeated bytes labels = 1; repeated Sample samples = 2; } "
    "message Sample { double value = 1; int64 timestamp = 2; }",
)
_TYPES = ("", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset")
_STATUS = {
    "token-required": 401,
    "token-invalid": 401,
    "token-disabled": 401,
    "scope-missing": 403,
    "index-forbidden": 403,
    "request-too-large": 413,
    "media-type": 415,
    "content-encoding": 415,
    "method-not-allowed": 405,
    "spool-full": 503,
    "disk-full": 503,
    "disk-failed": 503,
    "stopping": 503,
}

# An encoded Label as Python writes it: tag, length, name, tag, length, value; an empty value is left out.
_LONG = "reinterpretAsUInt8(substring(x, 2, 1)) >= 128"
_NAME_SIZE = f"reinterpretAsUInt8(substring(x, 2, 1)) % 128 + if({_LONG}, 128 * reinterpretAsUInt8(substring(x, 3, 1)), 0)"
_NAME_AT = f"if({_LONG}, 4, 3)"
_VALUE = "substring(r, 3 + bitTest(reinterpretAsUInt8(substring(r, 2, 1)), 7) * (1 + bitTest(reinterpretAsUInt8(substring(r, 3, 1)), 7)"
_VALUE += " * (1 + bitTest(reinterpretAsUInt8(substring(r, 4, 1)), 7))))"
_CUT = f"arrayMap((x, a, n) -> (substring(x, a, n), substring(x, a + n)), l, arrayMap(x -> {_NAME_AT}, l), arrayMap(x -> {_NAME_SIZE}, l))"
_PAIRS = f"arraySort(arrayFilter(p -> p.2 != '', arrayMap(c -> (c.1, arrayMap(r -> {_VALUE}, [c.2])[1]), {_CUT})))"


def _object(pairs: str) -> str:
    return f"concat('{{', arrayStringConcat(arrayMap(p -> concat(toJSONString(p.1), ':', toJSONString(p.2)), {pairs}), ','), '}}')"


_OTHERS = "arrayFilter(p -> p.1 != '__name__', pairs)"
_DIMENSIONS = f"if(length(pairs) < 2, '', {_object(_OTHERS)})"


def _label(name: str) -> str:
    return f"arrayFirst(p -> p.1 = '{name}', pairs).2"


def _letter(value: str) -> str:
    return f"if(reinterpretAsUInt64({value}) = {STALE}, '', 'd')"


# What the catalogue says of a metric, by the names of the series that a family of its type has.
_ENDINGS = (
    "multiIf(type IN ('histogram', 'gaugehistogram'), ['', '_bucket', '_count', '_sum', '_created'], type = 'summary', "
    "['', '_count', '_sum', '_created'], type = 'counter', ['', '_total', '_created'], type = 'info', ['', '_info'], [''])"
)
_FAMILIES = (
    "SELECT `index` AS home, concat(metric, ending) AS metric, argMax((type, unit, description), (ending = '', last)) AS family "
    f"FROM (SELECT *, arrayJoin({_ENDINGS}) AS ending FROM pilotage.metric_catalogue WHERE (type, unit, description) != ('', '', '')) "
    "GROUP BY home, metric"
)
_CUMULATIVE = "family.1 IN ('counter', 'histogram') OR family.1 = 'summary' AND match(metric, '_(count|sum)$')"


def _series(arrays: tuple[str, ...]) -> str:
    """SQL for a row a series of the segment: origin, name, dimensions, `family` and its `arrays` of things with a time."""
    joined = ", ".join(f"groupArrayArray(t.{name}) AS {name}" for name in arrays)
    listed = ", ".join(arrays)
    flat = "SELECT received, `index` AS home, host AS h, source AS s, sourcetype AS st, arrayJoin(body.timeseries) AS t FROM {segment}"
    grouped = f"SELECT home, h, s, st, max(received) AS received, t.labels AS l, {joined} FROM ({flat}) GROUP BY home, h, s, st, l"
    decoded = f"SELECT home, h, s, st, received, {listed}, {_PAIRS} AS pairs FROM ({grouped})"
    job, instance, low = _label("job"), _label("instance"), "toLowCardinality"
    named = (
        f"SELECT {low}(home) AS home, {low}(if({instance} = '', h, {instance})) AS host, {low}({job}) AS service, "
        f"{low}(if(s = '', {job}, s)) AS source, {low}(if(st = '', 'prometheus', st)) AS sourcetype, received, {listed}, "
        f"{low}({_label('__name__')}) AS metric, {low}({_DIMENSIONS}) AS dimensions FROM ({decoded})"
    )
    return f"SELECT * FROM ({named}) AS n LEFT ANY JOIN ({_FAMILIES}) AS f USING (home, metric)"


def _counts(side: str) -> str:
    """`Array`: the counts of one side's buckets; integers come as differences."""
    counts = f"if(empty(h.{side}Counts), arrayMap(c -> toFloat64(c), arrayCumSum(h.{side}Deltas)), h.{side}Counts)"
    # Spans lie one after the other, each `offset` buckets after the end of the one before; what is between them is empty.
    ends = f"arrayCumSum(h.{side}Spans.length)"
    piece = f"arraySlice({counts}, e - length + 1, length)"
    return (
        f"arrayFlatten(arrayMap((offset, length, e, i) -> arrayConcat(arrayResize(CAST([] AS Array(Float64)), if(i = 1, 0, offset), 0), "
        f"{piece}), h.{side}Spans.offset, h.{side}Spans.length, {ends}, arrayEnumerate(h.{side}Spans)))"
    )


def _side(side: str) -> str:
    # A bucket of Prometheus is named by its upper end, one of OTLP by its lower end.
    offset = f"if(empty(h.{side}Spans), 0, h.{side}Spans.offset[1] - 1)"
    return f"concat(',\"{side}\":{{\"offset\":', toString({offset}), ',\"counts\":', toJSONString({_counts(side)}), '}}')"


def _either(integer: str, floating: str) -> str:
    return f"if({floating} != 0, toString({floating}), toString({integer}))"


_DISTRIBUTION = (
    f"if({_letter('h.sum')} = '', '', concat('{{\"count\":', {_either('h.countInt', 'h.countFloat')}, ',\"sum\":', "
    "toJSONString(h.sum), ',\"scale\":', toString(h.schema), ',\"zero_count\":', "
    f"{_either('h.zeroCountInt', 'h.zeroCountFloat')}, ',\"zero_threshold\":', toString(h.zeroThreshold), {_side('positive')}, "
    f"{_side('negative')}, '}}'))"
)


def _exemplar() -> str:
    """JSON array of the one exemplar `e`, written as those of OTLP: the trace and span by name, other labels as attributes."""
    pairs = "arrayMap(x -> (x.name, x.value), e.labels)"
    ids = "(p.1 = 'trace_id' OR p.1 = 'span_id')"
    known = f"arrayStringConcat(arrayMap(p -> concat(',', toJSONString(p.1), ':', toJSONString(p.2)), arrayFilter(p -> {ids}, {pairs})))"
    others = f"arrayFilter(p -> NOT {ids}, {pairs})"
    attributes = f"if(empty({others}), '', concat(',\"attributes\":', {_object(others)}))"
    time = epoch("toUInt64(greatest(e.timestamp, 0)) * 1000000")
    return f"concat('[{{\"time\":', {time}, ',\"value\":', toJSONString(e.value), {known}, {attributes}, '}}]')"


def _rows() -> str:
    """SQL for an array of all kinds of a series' things as the same tuple: time, value, letter, exemplars, distribution, flags."""
    samples = f"arrayMap(p -> (p.timestamp, p.value, {_letter('p.value')}, '', '', toUInt32({_letter('p.value')} = '')), samples)"
    exemplars = f"arrayMap(e -> (e.timestamp, toFloat64(0), '', {_exemplar()}, '', toUInt32(0)), exemplars)"
    flags = f"toUInt32({_letter('h.sum')} = '')"
    histograms = f"arrayMap(h -> (h.timestamp, h.sum, {_letter('h.sum')}, '', {_DISTRIBUTION}, {flags}), histograms)"
    return f"arrayConcat({samples}, {exemplars}, {histograms})"


_COLUMNS = {
    "index": "home",
    "received": "fromUnixTimestamp64Milli(toInt64(intDiv(received, 1000000)))",
    "time": "fromUnixTimestamp64Nano(if(at BETWEEN -2208988800000 AND 9223372036854, at * 1000000, toInt64(received)))",
    "service": "service",
    "host": "host",
    "source": "source",
    "sourcetype": "sourcetype",
    "metric": "metric",
    "series": "cityHash64(home, metric, dimensions)",
    "unit": "family.2",
    "description": "family.3",
    "temporality": f"if({_CUMULATIVE}, 'cumulative', '')",
    "monotonic": "family.1 = 'counter'",
    "attributes": "dimensions",
}


def _samples() -> Decode:
    """Rows of requests that hold nothing but samples."""
    series = _series(("samples",))
    source = f"(SELECT *, sample, sample.timestamp AS at, {_letter('sample.value')} AS letter FROM ({series}) ARRAY JOIN samples AS sample)"
    columns = {**_COLUMNS, "type": "family.1", "value": "sample.value", "number": "letter", "flags": "letter = ''"}
    return Decode("points", columns, source, _PLAIN.text(), _PLAIN.structure(), rewritten)


def _everything() -> Decode:
    """Rows of requests that hold exemplars or native histograms too."""
    series = _series(("samples", "exemplars", "histograms"))
    source = f"(SELECT *, row, row.1 AS at FROM ({series}) ARRAY JOIN {_rows()} AS row)"
    columns = {
        **_COLUMNS,
        "type": "if(row.5 = '', family.1, 'exponential_histogram')",
        "value": "row.2",
        "number": "row.3",
        "exemplars": "row.4",
        "distribution": "row.5",
        "flags": "row.6",
    }
    return Decode("points", columns, source, _WIRE.text(), _WIRE.structure(), rewritten)


def _metadata() -> Decode:
    """Entries of the metric catalogue."""
    words = ", ".join(f"'{word}'" for word in _TYPES)
    source = (
        f"(SELECT received, `index` AS home, [{words}][m.type + 1] AS kind, m FROM (SELECT received, `index`, "
        "arrayJoin(body.metadata) AS m FROM {segment}) WHERE m.name != '')"
    )
    columns = {
        "index": "home",
        "metric": "m.name",
        "type": "kind",
        "unit": "m.unit",
        "description": "m.help",
        "temporality": "if(kind IN ('counter', 'histogram'), 'cumulative', '')",
        "monotonic": "kind = 'counter'",
        "last": _COLUMNS["received"],
    }
    return Decode("metric_catalogue", columns, source, _WIRE.text(), _WIRE.structure(), rewritten)


class RemoteWrite:
    """`/api/v1/write`."""

    name = "remote-write"
    routes = (Route("POST", "/api/v1/write", name),)
    streams = {  # noqa: RUF012 - a constant of the Protocol
        "remote-write": (_samples(),),
        "remote-write-rich": (_everything(),),
        "remote-write-metadata": (_metadata(),),
        "remote-write-mixed": (_metadata(), _everything()),
    }

    def __init__(self) -> None:
        self._examiner = Examiner()

    def token(self, request: Request) -> str | None:
        """The bearer token."""
        return bearer(request)

    def encoding(self, request: Request) -> str:
        """Snappy unless the header says otherwise: there are clients that send it without a word."""
        return declared(request) or "snappy"

    def accept(self, request: Request, grant: Grant) -> Accepted | Reply:
        """Check labels and samples. Raises `media-type`, `index-forbidden` and what `Examiner.examine` raises."""
        kind, _, parameters = request.headers.get("content-type", "").partition(";")
        if kind.strip().lower() != MEDIA or "io.prometheus.write.v2" in parameters:
            raise fail("media-type", f"content type `{(kind + parameters)[:80]}` is not remote write 1.0", hint=f"send {MEDIA}")
        index = grant.default_index or METRICS_INDEX
        if not grant.allows(index):
            raise fail("index-forbidden", f"the token may not write to index `{index}`", hint="name a default_index the token is allowed")
        content = self._examiner.examine(request.body)
        reply = Reply(204, media_type="text/plain")
        if content.points == 0 and content.metadata == 0:
            return reply
        return Accepted(
            _stream(content.points, content.metadata, plain=content.plain),
            content.body,
            content.points or content.metadata,
            reply,
            index=index,
            source=grant.source or "",
            sourcetype=grant.sourcetype or "",
            host=grant.host or "",
            unique=True,
        )

    def reject(self, request: Request, problem: Problem, retry_after: float | None = None) -> Reply:  # noqa: ARG002 - the Protocol's
        """One line of text, as Prometheus logs it; load is 503 with a time, which it sends again."""
        text = problem.sentence + (f"; {problem.hint}" if problem.hint else "")
        headers = (("retry-after", str(max(1, round(retry_after)))),) if retry_after is not None else ()
        return Reply(_STATUS.get(problem.code, 400), f"{text}\n".encode(), "text/plain; charset=utf-8", headers)


def _stream(points: int, metadata: int, *, plain: bool) -> str:
    if metadata:
        return "remote-write-mixed" if points else "remote-write-metadata"
    return "remote-write" if plain else "remote-write-rich"
