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


def json_stamp(pairs: str) -> str:
    """`String`: the first time among the known members of a JSON message (`pairs` of key and raw value), '' without one."""
    plain = f"trim(BOTH '\"' FROM {pairs}.2[indexOf({pairs}.1, k)])"
    keys = ", ".join(f"'{k}'" for k in JSON_KEYS)
    # A bare number is an epoch at the start of a text once a comma follows it. Lambdas see the elements of a whole block at once:
    # those that are there are few.
    said = f"replaceRegexpOne({plain}, '^([0-9]{{10}}([.][0-9]*)?)$', '\\\\1,')"
    return f"arrayFirst(t -> t != '', arrayMap(k -> {stamp(said)}, arrayFilter(k -> has({pairs}.1, k), [{keys}])))"


def exact_stamp(told: str, line: str) -> str:
    """`String`: a `json_stamp` with the digits that a double could not hold on its way into the pairs, read from the `line` itself."""
    written = f'extract({line}, \'"(?:{"|".join(JSON_KEYS)})"\\\\s*:\\\\s*"?([0-9]{{10}}[.][0-9]{{6,}})\')'
    long = f"match({told}, '^[0-9]{{10}}[.][0-9]{{5}}')"
    return f"if({long}, arrayFirst(t -> startsWith(t, left({told}, 13)) OR t = {told}, [{written}, {told}]), {told})"


def nanoseconds(found: str, received: str) -> str:
    """`Int64`: a `stamp` as epoch nanoseconds, UTC without a zone; 0 when there is none or the calendar has no such day.

    `received` (nanoseconds too) gives the year to times without one: the last in which they are at most a day ahead of it. The epoch
    itself counts as no time: it is what clocks that were never set write.
    """
    ordered = f"replaceRegexpOne({found}, '^([0-9]+)[/ -]([A-Z][a-z]+)[/ -]([0-9]+)[: ]', '\\\\1 \\\\2 \\\\3 ')"
    day_first = f"replaceRegexpOne({found}, '^([A-Z][a-z]+) +([0-9]+),? ([0-9]{{4}}),? ', '\\\\2 \\\\1 \\\\3 ')"
    year_first = f"replaceRegexpOne({found}, '^([0-9]+)/([0-9]+)/([0-9]{{4}}),? ', '\\\\3-\\\\1-\\\\2 ')"
    # What the engine's own reader takes: year first, or day, name of the month, year.
    plain = (
        f"multiIf(match({found}, '^[0-9]{{4}}'), {found}, match({found}, '^[0-9]+/[0-9]'), {year_first}, "
        f"match({found}, '^[0-9]'), {ordered}, match({found}, ' [0-9]{{4}}[ ,]'), {day_first}, {_with_year(found, received)})"
    )
    # By far the most have the year first and a `-` after it: only the others are looked at closely.
    return (
        f"multiIf({found} = '', 0, substring({found}, 5, 1) = '-', {_read(found)}, "
        f"match({found}, '^[^A-Z0-9]|^[0-9]{{10}}'), {_epoch(found)}, {_read(plain)})"
    )


def in_zone(at: str, found: str, zone: str) -> str:
    """`Int64`: `nanoseconds` of a stamp, moved when it names no zone and its source has one: `zone`, the table of `zones.offsets`."""
    named = f"match({found}, '(?:Z|[+-][0-9]{{2}}:?[0-9]{{2}})$|^[^A-Z0-9]|^[0-9]{{10}}')"
    offset = f"arrayLast(z -> z.1 <= intDiv({at}, 1000000000), arrayPushFront({zone}, (-9223372036854775808, {zone}[1].2))).2"
    return f"if(empty({zone}) OR {at} = 0 OR {named}, {at}, {at} - {offset} * 1000000000)"


def _read(text: str) -> str:
    return f"toUnixTimestamp64Nano(parseDateTime64BestEffortOrZero(replaceOne({text}, ',', '.'), 9, 'UTC'))"


def _with_year(found: str, received: str) -> str:
    """`Nov 20 04:00:01` as `20 Nov 2026 04:00:01`; 29 February is in the last leap year."""
    limit = f"fromUnixTimestamp64Nano(toInt64({received}) + {_DAY_NANOSECONDS}, 'UTC')"
    month, day = f"substring({found}, 1, 3)", f"leftPad(extract({found}, '[0-9]+'), 2, '0')"
    clock = f"replaceRegexpOne(extract({found}, ' ([0-9]+:.*)'), '^([0-9]:)', '0\\\\1')"
    place = f"leftPad(toString(intDiv(position('JanFebMarAprMayJunJulAugSepOctNovDec', {month}) + 2, 3)), 2, '0')"
    year = f"toYear({limit}) - (concat({place}, {day}, {clock}) > formatDateTime({limit}, '%m%d%H:%i:%s'))"
    leap = f"intDiv({year}, if({month} = 'Feb' AND {day} = '29', 4, 1)) * if({month} = 'Feb' AND {day} = '29', 4, 1)"
    return f"concat({day}, ' ', {month}, ' ', toString({leap}), ' ', {clock})"


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
