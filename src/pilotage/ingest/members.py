"""Members of JSON objects as attributes, in SQL: from `Array(Tuple(key, raw JSON text))` to the columns of `logs`."""

from __future__ import annotations

from pilotage.model.names import DEAD_LETTER_INDEX

ATTRIBUTES = 256
BODY_BYTES = 1 << 20
KEY = "\\x1f"
_SEVERITIES = {
    1: ("trace", "finest"),
    5: ("debug", "verbose", "fine", "finer"),
    9: ("info", "information", "informational"),
    10: ("notice",),
    13: ("warn", "warning"),
    17: ("error", "err", "severe"),
    18: ("critical", "crit"),
    19: ("alert",),
    21: ("fatal", "emergency", "emerg", "panic"),
}


def literal(text: str) -> str:
    """A constant of ours, such as a regular expression, as a string literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def members(text: str) -> str:
    """`Array(Tuple(String, String))`: the members of a JSON object's text, values raw; empty for anything else."""
    return f"JSONExtractKeysAndValuesRaw({text})"


def unquoted(raw: str) -> str:
    """`String`: what a JSON string says, given with its quotes."""
    return f"if(position({raw}, '\\\\') = 0, substring({raw}, 2, greatest(toInt64(length({raw})) - 2, 0)), JSONExtractString({raw}))"


def text_of(raw: str) -> str:
    """`String`: a JSON scalar as text; '' for null and for nothing."""
    return f"multiIf(startsWith({raw}, '\"'), {unquoted(raw)}, {raw} = 'null', '', {raw})"


def letter_of(raw: str) -> str:
    """`String`: the type letter of a raw JSON value; a number with a point or exponent is a double."""
    first = f"substring({raw}, 1, 1)"
    number = f"if(match({raw}, '[.eE]'), 'd', 'i')"
    return f"if({first} BETWEEN '-' AND '9', {number}, translate({first}, '\"{{[tfn', 'skabbn'))"


def texts(pairs: str) -> str:
    """`Array(String)`: the values' texts; null is ''."""
    return f"arrayMap(v -> {text_of('v')}, {pairs}.2)"


def letters(pairs: str) -> str:
    """`String`: a type letter each."""
    return f"arrayStringConcat(arrayMap(v -> {letter_of('v')}, {pairs}.2))"


def keys(pairs: str) -> str:
    """`LowCardinality(String)`: the keys joined by and wrapped in the unit separator."""
    joined = f"arrayStringConcat({pairs}.1, '{KEY}')"
    clean = f"arrayStringConcat(arrayMap(k -> replaceAll(k, '{KEY}', '_'), {pairs}.1), '{KEY}')"
    safe = f"if(countSubstrings({joined}, '{KEY}') < length({pairs}), {joined}, {clean})"
    return f"toLowCardinality(if(empty({pairs}), '', concat('{KEY}', {safe}, '{KEY}')))"


def value(name: str, names: str = "names", values: str = "attribute_texts") -> str:
    """`String`: the text of the attribute `name`, '' without it; `names` is worked out once a distinct key set."""
    place = f"position({names}, '{KEY}{name}{KEY}')"
    return f"if({place} = 0, '', {values}[countSubstrings(left({names}, {place}), '{KEY}')])"


def severity_number(text: str) -> str:
    """`UInt8`: OpenTelemetry's number for a severity's usual names, 0 for others."""
    pairs = [(word, number) for number, words in _SEVERITIES.items() for word in words]
    words = ", ".join(f"'{w}'" for w, _ in pairs)
    numbers = ", ".join(str(n) for _, n in pairs)
    return f"toUInt8(transform(lower({text}), [{words}], [{numbers}], 0))"


def identifier(name: str, digits: int) -> str:
    """`String`: the attribute `name` as a trace or span id of so many digits in lower-case hex; '' when it is none."""
    found = f"lower({value(name)})"
    good = f"if(match({found}, '^[0-9a-f]{{{digits}}}$') AND {found} != repeat('0', {digits}), {found}, '')"
    return f"if(position(names, '{KEY}{name}{KEY}') = 0, '', {good})"


def first(*names: str) -> str:
    """`String`: the text of the first of the attributes that is there and not empty; ''."""
    return f"coalesce({', '.join(f'''nullIf({value(n)}, '')''' for n in names)}, '')"


def _resource() -> str:
    """Members that are always looked for in the resource (`contract.md` §3) are there too."""
    mine = "arrayFilter(m -> startsWith(m.1, 'service.') OR startsWith(m.1, 'telemetry.sdk.'), pairs)"
    text = f"concat('{{', arrayStringConcat(arrayMap(m -> concat(toJSONString(m.1), ':', m.2), {mine}), ','), '}}')"
    return f"if(position(names, '{KEY}service.') = 0 AND position(names, '{KEY}telemetry.sdk.') = 0, '', {text})"


SAID = f"if(kind = 's', {unquoted('raw')}, raw)"


def log_source(inner: str, kept: str, *, bad: str = "''", said: str = SAID, notes: str = "") -> str:
    """FROM clause over `inner`, which yields `kept`, `wanted` (the index), `pairs`, `raw` (the event's JSON or text) and its letter `kind`.

    Adds what `LOG_COLUMNS` reads. `said` is the body's text; rows where `bad` is not '' become dead letters with that reason, and with
    `notes`, further pairs.
    """
    judged = f"SELECT {kept}, wanted, pairs AS found, raw, kind, {bad} AS reason, length(pairs) AS total FROM {inner}"
    bounded = (
        f"SELECT {kept}, raw, kind, reason, total, if(reason = '', wanted, '{DEAD_LETTER_INDEX}') AS home, "
        f"multiIf(reason != '', [('dead_letter.reason', toJSONString(reason)), ('dead_letter.index', toJSONString(wanted)){notes}], "
        f"total > {ATTRIBUTES}, arraySlice(found, 1, {ATTRIBUTES}), found) AS pairs FROM ({judged})"
    )
    named = f"SELECT *, {said} AS body_text, {keys('pairs')} AS names FROM ({bounded})"
    return f"(SELECT *, {texts('pairs')} AS attribute_texts FROM ({named}))"


_LONG = f"length(body_text) > {BODY_BYTES}"
LOG_COLUMNS: dict[str, str] = {
    "index": "home",
    "received": "fromUnixTimestamp64Milli(toInt64(intDiv(received, 1000000)))",
    "severity": f"substring({first('severity', 'level')}, 1, 64)",
    "severity_number": severity_number(f"toLowCardinality(substring({first('severity', 'level')}, 1, 64))"),
    "body": f"if({_LONG}, toValidUTF8(substring(body_text, 1, {BODY_BYTES})), body_text)",
    "body_type": "kind",
    "trace_id": identifier("trace_id", 32),
    "span_id": identifier("span_id", 16),
    "service": first("service.name", "service"),
    "event_name": value("event_name"),
    "resource": _resource(),
    "attributes": f"if({_LONG}, arrayPushBack(attribute_texts, 'true'), attribute_texts)",
    "attribute_keys": f"if({_LONG}, concat(if(names = '', '{KEY}', names), '_cut{KEY}'), names)",
    "attribute_types": f"concat({letters('pairs')}, if({_LONG}, 'b', ''))",
    "dropped_attributes_count": f"if(reason = '' AND total > {ATTRIBUTES}, total - {ATTRIBUTES}, 0)",
}
"""The columns of `logs` that depend on the event alone; `time`, `host`, `source` and `sourcetype` are the protocol's."""


def epoch(text: str) -> str:
    """`Int64` nanoseconds of decimal epoch seconds given as text, exactly; more than ten digits before the point are milliseconds."""
    whole, fraction = f"splitByChar('.', {text})[1]", f"splitByChar('.', {text})[2]"
    seconds = f"toInt64OrZero({whole}) * 1000000000 + toInt64OrZero(rightPad(substring({fraction}, 1, 9), 9, '0'))"
    milliseconds = f"toInt64OrZero({whole}) * 1000000 + toInt64OrZero(rightPad(substring({fraction}, 1, 6), 6, '0'))"
    return f"if(length({whole}) > 10, {milliseconds}, {seconds})"


def instant(text: str) -> str:
    """`Int64` nanoseconds of a written time: decimal epoch seconds, milli-, micro- or nanoseconds by magnitude, or ISO 8601; else 0."""
    whole, fraction = f"toInt64OrZero(splitByChar('.', {text})[1])", f"splitByChar('.', {text})[2]"
    units = []
    for digits in (9, 6, 3, 0):
        below = f"toInt64OrZero(rightPad(substring({fraction}, 1, {digits}), {digits}, '0'))" if digits else "0"
        units.append(f"{whole} < {92 * 10 ** (17 - digits)}, {whole} * {10**digits} + {below}")
    return f"if(match({text}, '^[0-9]{{1,19}}([.][0-9]*)?$'), multiIf({', '.join(units)}, 0), {iso(text)})"


LEADING_TIME = r"^\s*\[?(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:\s?(?:Z|[+-]\d\d:?\d\d))?)"


def iso(text: str) -> str:
    """`Int64` nanoseconds of the ISO 8601 time `text` begins with (UTC without an offset); 0 when it begins otherwise."""
    pattern = LEADING_TIME.replace("\\", "\\\\")
    found = f"replaceOne(extract({text}, '{pattern}'), ',', '.')"
    return f"toUnixTimestamp64Nano(parseDateTime64BestEffortOrZero({found}, 9, 'UTC'))"
