r"""Times found in text: the one furthest left, by one regular expression that the engine and Python read alike.

Known are ISO 8601 (blank or `T`, `-` or `/`, any fraction, with or without a zone), `20/Nov/2026:04:00:01 +0100` and its relatives,
`Nov 20 04:00:01` (the year follows from the receipt), `11/20/2026 04:00:01 PM`, epoch numbers at the start and after `"timestamp":`.
"""

from __future__ import annotations

from pilotage.ingest.members import literal

_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = "(?:[01]?[0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:[.,][0-9]*)?"
_ZONE = r"(?: ?(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])\b)?"
_HALF = r"(?: ?[AaPp][Mm]\b)?"
# 64 bits of nanoseconds end in the year 2262; tokens of the engine's calendar begin in 1900.
_YEAR = "(?:19[0-9]{2}|2[01][0-9]{2}|22[0-5][0-9])"
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_SECONDS, _MILLIS, _MICROS, _NANOS = "[1-8][0-9]{9}", "[1-8][0-9]{12}", "[1-8][0-9]{15}", "[1-8][0-9]{18}"

LEADING_EPOCH = rf"^[ \t]*(?:\[{_SECONDS}(?:[.][0-9]*)?\]|{_SECONDS}(?:[.][0-9]*)?,|{_MILLIS}(?:[.][0-9]*\b|\b)|{_MICROS}\b|{_NANOS}\b)"
ISO = (
    rf"\b{_YEAR}[-/](?:0[1-9]|1[0-2])[-/](?:0[1-9]|[12][0-9]|3[01])[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]"
    rf"(?::(?:[0-5][0-9]|60)(?:[.,][0-9]*)?)?{_ZONE}"
)
NAMED_MONTH = rf"\b{_DAY}[/ -]{_MONTH}[/ -]{_YEAR}[: ]{_CLOCK}{_ZONE}"
SYSLOG = rf"\b{_MONTH} {{1,2}}{_DAY}(?:,? {_YEAR},?)? {_CLOCK}{_HALF}"
MONTH_FIRST = rf"\b(?:0?[1-9]|1[0-2])/{_DAY}/{_YEAR},? {_CLOCK}{_HALF}{_ZONE}"
KEYED_EPOCH = rf'"timestamp"[ \t]*:[ \t]*"?(?:{_SECONDS}(?:[.][0-9]+)?|{_MILLIS}|{_MICROS}|{_NANOS})\b'
PATTERN = f"{LEADING_EPOCH}|{ISO}|{NAMED_MONTH}|{SYSLOG}|{MONTH_FIRST}|{KEYED_EPOCH}"
"""RE2 and Python, without groups: the engine then needs no more than its fastest automaton."""

JSON_KEYS = ("timestamp", "@timestamp", "time", "_time", "ts", "date")
"""Top-level members of JSON messages that say the time, the best first."""
_DAY_NANOSECONDS = 86_400_000_000_000


def stamp(text: str) -> str:
    """`String`: the time furthest left in `text` as it is written, '' without one."""
    return f"extract({text}, {literal(PATTERN)})"


def json_stamp(pairs: str, line: str) -> str:
    """`String`: the first time among the known members of a JSON message (`pairs` of key and raw value), '' without one.

    Numbers went through a double on their way into `pairs`: what that cannot hold is read from the `line` itself.
    """
    raw = f"{pairs}.2[indexOf({pairs}.1, k)]"
    plain = f"trim(BOTH '\"' FROM {raw})"
    # A bare number is an epoch at the start of a text once a comma follows it.
    said = f"if(match({plain}, '^[0-9]{{10}}([.][0-9]*)?$'), concat({plain}, ','), {plain})"
    keys = ", ".join(f"'{k}'" for k in JSON_KEYS)
    # Lambdas see the elements of a whole block at once: those that are there are few.
    first = f"arrayFirst(t -> t != '', arrayMap(k -> {stamp(said)}, arrayFilter(k -> has({pairs}.1, k), [{keys}])))"
    names = "|".join(JSON_KEYS)
    written = f'extract({line}, \'"(?:{names})"\\\\s*:\\\\s*"?([0-9]{{10}}[.][0-9]{{6,}})\')'
    same = f"abs(toFloat64OrZero({written}) - toFloat64OrZero(trim(TRAILING ',' FROM t))) < 0.001"
    exact = f"arrayMap(t -> if(match(t, '^[0-9]{{10}}[.][0-9]{{5}}') AND {written} != '' AND {same}, {written}, t), [{first}])[1]"
    return f"if(empty({pairs}), '', {exact})"


def nanoseconds(found: str, received: str) -> str:
    """`Int64`: a `stamp` as epoch nanoseconds, UTC without a zone; 0 when there is none or the calendar has no such day.

    `received` (nanoseconds too) gives the year to times without one: the last in which they are at most a day ahead of it. The epoch
    itself counts as no time: it is what clocks that were never set write.
    """
    point = f"replaceOne({found}, ',', '.')"
    named = f"replaceRegexpOne({point}, '^([0-9]+)[/ -]([A-Za-z]+)[/ -]([0-9]+)[: ]', '\\\\1 \\\\2 \\\\3 ')"
    dated = f"replaceRegexpOne({found}, '^([A-Za-z]+) +([0-9]+),? ([0-9]{{4}}),? ', '\\\\2 \\\\1 \\\\3 ')"
    day_first = _parsed(f"replaceOne({dated}, ',', '.')")
    american = _parsed(f"replaceOne(replaceOne({found}, ', ', ' '), ',', '.')", "US")
    return (
        f"multiIf({found} = '', 0, substring({found}, 5, 1) IN ('-', '/') AND match({found}, '^[0-9]{{4}}'), {_parsed(point)}, "
        f"match({found}, '^[0-9]{{1,2}}[/ -][A-Z]'), {_parsed(named)}, "
        f"match({found}, '^[A-Z][a-z]+ +[0-9]+,? [0-9]{{4}}'), {day_first}, match({found}, '^[A-Z]'), {_of_the_year(found, received)}, "
        f"match({found}, '^[0-9]{{1,2}}/'), {american}, {_epoch(found)})"
    )


def _parsed(text: str, order: str = "") -> str:
    return f"toUnixTimestamp64Nano(parseDateTime64BestEffort{order}OrZero({text}, 9, 'UTC'))"


def _of_the_year(found: str, received: str) -> str:
    """Five years reach over the next 29 February."""
    limit = f"toInt64({received}) + {_DAY_NANOSECONDS}"
    year = f"toYear(fromUnixTimestamp64Nano({limit}, 'UTC'))"
    words = f"extract({found}, '[0-9]+'), ' ', substring({found}, 1, 3), ' '"
    clock = f"replaceOne(extract({found}, ' ([0-9]+:.*)'), ',', '.')"
    tried = _parsed(f"concat({words}, toString({year} - y), ' ', {clock})")
    return f"arrayFirst(t -> t != 0 AND t <= {limit}, arrayMap(y -> {tried}, [0, 1, 2, 3, 4]))"


def _epoch(found: str) -> str:
    whole = f"extract({found}, '[0-9]+')"
    below = f"extract({found}, '[.]([0-9]+)')"
    scaled = [
        f"toInt64OrZero({whole}) * {10**digits} + toInt64OrZero(rightPad(substring({below}, 1, {digits}), {digits}, '0'))"
        for digits in (9, 6)
    ]
    return (
        f"multiIf(length({whole}) = 10, {scaled[0]}, length({whole}) = 13, {scaled[1]}, "
        f"length({whole}) = 16, toInt64OrZero({whole}) * 1000, toInt64OrZero({whole}))"
    )
