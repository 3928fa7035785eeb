"""Times: the clock, formatting, parsing, and shifting in the search's zone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlglot import exp

from pilotage.language.sql.fragments import NANOSECONDS, Sql, array, call, infix, literal
from pilotage.language.sql.signature import Site, function, refuse
from pilotage.language.sql.value import LATEST, Value, constant, epoch, number, seconds, text
from pilotage.model.fields import Kind
from pilotage.model.time import UNITS

_STEP = re.compile(r"(?P<sign>[+-])(?P<count>\d*)(?P<unit>[a-z]*)|@(?P<snap>[a-z]+)(?P<weekday>[0-7])?")
_ADD = {
    "us": "addMicroseconds", "ms": "addMilliseconds", "s": "addSeconds", "m": "addMinutes", "h": "addHours", "d": "addDays",
    "w": "addWeeks", "mon": "addMonths", "q": "addQuarters", "y": "addYears",
}  # fmt: skip
_SNAP = {"s": "Second", "m": "Minute", "h": "Hour", "d": "Day", "mon": "Month", "q": "Quarter", "y": "Year"}
# Splunk's conversions → formatDateTime's. Fractions, the epoch and the clock of twelve hours are made by hand below.
_FORMATS = {
    "Y": "%Y", "m": "%m", "d": "%d", "H": "%H", "M": "%i", "S": "%S", "y": "%y", "p": "%p", "z": "%z", "a": "%a", "b": "%b", "h": "%b",
    "B": "%M", "A": "%W", "j": "%j", "T": "%H:%i:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%i", "I": "%I",
    "k": "%k", "l": "%l",
    "u": "%u", "w": "%w", "V": "%V", "G": "%G", "C": "%C", "n": "\n", "t": "\t", "%": "%%", "c": "%a %b %e %H:%i:%S %Y",
    "x": "%m/%d/%Y", "X": "%H:%i:%S", "+": "%a %b %e %H:%i:%S", "v": "%d-%b-%Y",
}  # fmt: skip
_CONVERSION = re.compile(r"%(?:(\d)?([NQ])|(E|O)?([A-Za-z%+])|(:z))")


def moment_of(value: Value, zone: str) -> Sql:
    """Epoch seconds or a time as DateTime64(9) in `zone`, null when neither."""
    if value.kind is Kind.TIME:
        return call("toDateTime64", value.sql, 9, zone)
    known = value.constant[0] if value.constant else None
    if isinstance(known, int) and not isinstance(known, bool) and abs(known) < LATEST:
        return call("fromUnixTimestamp64Nano", known * NANOSECONDS, zone)
    ticks = call("toInt64", call("round", infix(exp.Mul, epoch(value), literal(1e6))))
    return call("toDateTime64", call("fromUnixTimestamp64Micro", ticks, zone), 9, zone)


@function("now", 0, help="The start of the search, epoch seconds.", examples=(("if(now() > 0, 1, 0)", "1"),))
def now(site: Site) -> Value:
    """`now()`: one value a search."""
    return Value(literal(site.now // NANOSECONDS), Kind.NUMBER, constant=(site.now // NANOSECONDS,))


time = function("time", 0, help="The clock when the row is made, epoch seconds.", examples=(("if(time() > 0, 1, 0)", "1"),))(
    lambda _: Value(seconds(call("now64", 9)), Kind.NUMBER)
)


@function(
    "strftime",
    2,
    help="A time as text in the search's zone.",
    examples=(('strftime(0, "%Y-%m-%d %H:%M:%S")', "1970-01-01 00:00:00"), ('strftime(1.5, "%s.%3N")', "1.500")),
)
def strftime(site: Site) -> Value:
    """`strftime(t, format)`."""
    form = site.text_constant(1)
    when = moment_of(site.arguments[0], site.zone)
    parts: list[Sql] = []
    run, end = "", 0
    for found in _CONVERSION.finditer(form):
        run += form[end : found.start()].replace("%", "%%")
        end = found.end()
        digits, fraction, _, letter, colon = found.groups()
        if letter in _FORMATS:
            run += _FORMATS[letter] + (" %z %Y" if letter == "+" else "")
            continue
        if not (fraction or colon or letter in _SPECIAL):
            run += found.group().replace("%", "%%")
            continue
        if run:
            parts.append(call("formatDateTime", when, run, site.zone))
            run = ""
        parts.append(_special(site, when, digits, fraction, letter))
    run += form[end:].replace("%", "%%")
    if run or not parts:
        parts.append(call("formatDateTime", when, run, site.zone))
    return Value(parts[0] if len(parts) == 1 else call("concat", *parts), Kind.TEXT)


def _special(site: Site, when: Sql, digits: str | None, fraction: str | None, letter: str | None) -> Sql:
    if fraction is not None:
        width = int(digits or (9 if fraction == "N" else 3))
        ticks = call("modulo", call("toUnixTimestamp64Nano", when), NANOSECONDS)
        whole = call("leftPad", call("toString", call("abs", ticks)), 9, "0")
        return call("substring", whole, 1, width)
    if letter == "s":
        return call("toString", call("intDiv", call("toUnixTimestamp64Nano", when), NANOSECONDS))
    if letter == "Z":
        return _zone_name(site, when)
    if letter == "U":
        return call("leftPad", call("toString", call("toWeek", when, 0, site.zone)), 2, "0")
    if letter == "P":
        return call("lower", call("formatDateTime", when, "%p", site.zone))
    if letter == "e":
        return call("leftPad", call("toString", call("toDayOfMonth", when, site.zone)), 2, " ")
    if letter == "g":
        return call("substring", call("formatDateTime", when, "%G", site.zone), 3)
    # What is left is `%:z`.
    return call("replaceRegexpOne", call("formatDateTime", when, "%z", site.zone), r"(\d\d)$", ":\\1")


def _zone_name(site: Site, when: Sql) -> Sql:
    """The zone's short name at the time, such as CET or CEST; its offset where it has none for that."""
    zone = ZoneInfo(site.zone)
    year = datetime.fromtimestamp(site.now / NANOSECONDS, zone).year
    names = {
        (t.utcoffset() or timedelta()).total_seconds(): t.tzname() or "" for t in (datetime(year, m, 1, tzinfo=zone) for m in range(1, 13))
    }
    if len(names) == 1:
        return literal(names.popitem()[1])
    offset = call("formatDateTime", when, "%z", site.zone)
    return call("transform", call("timezoneOffset", when), array([int(n) for n in names]), array(names.values()), offset)


_SPECIAL = frozenset("sZUPge")


# The conversions that take one digit as well as two, as people and clients write both.
_PARSED = {
    "Y": "%Y", "m": "%c", "d": "%e", "H": "%k", "M": "%i", "S": "%s", "y": "%y", "p": "%p", "z": "%z", "a": "%a", "b": "%b", "h": "%b",
    "B": "%M", "A": "%W", "j": "%j", "T": "%k:%i:%s", "F": "%Y-%c-%e", "D": "%c/%e/%y", "R": "%k:%i", "I": "%l", "e": "%e", "Z": "%z",
    "%": "%%", "n": "\n", "t": "\t", "k": "%k", "l": "%l", "c": "%a %b %e %k:%i:%s %Y", "x": "%c/%e/%Y", "X": "%k:%i:%s",
    "+": "%a %b %e %k:%i:%s %z %Y",
}  # fmt: skip
_NAMED_ZONES = "(?i)\\b(?:UTC|GMT|Z)\\b"


@function(
    "strptime",
    2,
    help="The epoch seconds that a text spells in a format; null when it does not fit.",
    examples=(('strptime("2026-01-05T10:00:00", "%Y-%m-%dT%H:%M:%S")', "1767607200"), ('strptime("x", "%Y")', "")),
)
def strptime(site: Site) -> Value:
    """`strptime(s, format)`: sub-seconds (`%3N`, `%Q`) are read apart from the rest."""
    if site.arguments[1].is_null:
        return constant(None)
    form = site.text_constant(1)
    source = text(site.arguments[0])
    if re.fullmatch(r"%s(?:\.%\d?[NQ])?", form):
        return Value(number(site.arguments[0]), Kind.NUMBER)
    fraction = _CONVERSION.search(form)
    while fraction is not None and fraction.group(2) is None:
        fraction = _CONVERSION.search(form, fraction.end())
    extra: Sql | None = None
    if fraction is not None:
        before = form[: fraction.start()]
        mark = before[-1:] if before[-1:] in {".", ","} else ""
        shape = f"{re.escape(mark)}(\\d+)" + ("(\\D*)$" if form[fraction.end() :] not in ("%z", "%Z") else "(Z|\\s?[+-]\\d\\d:?\\d\\d)$")
        extra = call(
            "toFloat64OrZero", call("concat", "0.", call("arrayElement", call("extractGroups", call("ifNull", source, ""), shape), 1))
        )
        source = call("replaceRegexpOne", source, shape, "\\2")
        form = before.removesuffix(mark) + form[fraction.end() :]
    if any(sign in form for sign in ("%z", "%Z", "%:z", "%Ez", "%+")):
        plain = call("replaceRegexpOne", call("replaceRegexpOne", source, "(\\d)Z$", "\\1+0000"), _NAMED_ZONES, "+0000")
        source = call("replaceRegexpOne", plain, "([+-]\\d\\d):(\\d\\d)\\b", "\\1\\2")
    source, form = _completed(site, source, form)
    parsed = call("parseDateTimeOrNull", source, _parse_format(site, form), site.zone)
    result = call("toFloat64", call("toUnixTimestamp", parsed))
    return Value(infix(exp.Add, result, extra) if extra is not None else result, Kind.NUMBER)


def _completed(site: Site, source: Sql, form: str) -> tuple[Sql, str]:
    """A text without a year means this one, a mere time of day today."""
    letters = {found.group(4) for found in _CONVERSION.finditer(form)}
    today = datetime.fromtimestamp(site.now / NANOSECONDS, ZoneInfo(site.zone))
    if not letters & set("YyFDcx+G"):
        if letters & set("djemb") | letters & set("BhV"):
            return call("concat", f"{today.year:04} ", source), f"%Y {form}"
        return call("concat", f"{today:%Y-%m-%d} ", source), f"%Y-%m-%d {form}"
    return source, form


def _parse_format(site: Site, form: str) -> str:
    def converted(found: re.Match[str]) -> str:
        letter = "z" if found.group(5) else found.group(4)
        if letter not in _PARSED:
            raise refuse(site, f"does not read `{found.group()}`")
        return _PARSED[letter]

    if "%" in _CONVERSION.sub("", form):
        raise refuse(site, f"does not read the format `{form}`", hint="a `%` is followed by a letter, as in `%Y-%m-%d`")
    return _CONVERSION.sub(converted, form)


@function(
    "relative_time",
    2,
    help="A time moved and snapped by a modifier such as `-1d@d`, in the search's zone.",
    examples=(('relative_time(1767607200, "-1d@d")', "1767484800"), ('relative_time(0, "+1h")', "3600")),
)
def relative_time(site: Site) -> Value:
    """`relative_time(t, modifier)`: offsets and snaps from left to right."""
    if site.arguments[1].is_null:
        return constant(None)
    written = site.text_constant(1).strip().lower()
    when = moment_of(site.arguments[0], site.zone)
    end = 0
    for found in _STEP.finditer(written):
        if found.start() != end:
            break
        end = found.end()
        when = _moved(site, when, found)
    if end != len(written) or not written:
        raise refuse(site, f"does not read the modifier `{written}`", hint="write for example `-1d@d`")
    return Value(seconds(when), Kind.NUMBER)


def _moved(site: Site, when: Sql, found: re.Match[str]) -> Sql:
    if found["snap"] is None:
        unit = UNITS.get(found["unit"] or "s")
        if unit is None:
            raise refuse(site, f"does not know the unit `{found['unit']}`")
        count = int(found["count"] or 1) * (-1 if found["sign"] == "-" else 1)
        return call(_ADD[unit], when, count)
    name = found["snap"]
    unit = UNITS.get(name)
    if unit == "w":
        day = int(found["weekday"] or 0) % 7
        start = call("toStartOfWeek", call("subtractDays", when, day), 0, site.zone)
        return call("addDays", call("toDateTime64", call("toDateTime", start, site.zone), 9, site.zone), day)
    if unit is None or unit not in _SNAP:
        raise refuse(site, f"cannot snap to `{name}`")
    start = call(f"toStartOf{_SNAP[unit]}", when)
    if unit in {"mon", "q", "y", "d"}:
        start = call("toDateTime", start, site.zone)
    return call("toDateTime64", start, 9, site.zone)
