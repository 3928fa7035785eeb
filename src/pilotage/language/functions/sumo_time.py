"""Sumo's functions of times, which are epoch milliseconds there, and of whole numbers."""

from __future__ import annotations

import re
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sqlglot import exp

from pilotage.language.sql.fragments import Sql, aggregate, call, infix, literal
from pilotage.language.sql.signature import AggregateFunction, AggregateSite, Site, function, refuse, stats_function
from pilotage.language.sql.value import Value, double, number, present, text
from pilotage.model.fields import Kind

MILLION = 1_000_000
_LATEST = 9_223_372_036_854
"""The largest epoch millisecond of a time in nanoseconds."""
_SPECIAL = re.compile(r"'[^']*'?|S+|Z+|X+|zzzz|.", re.DOTALL)
_LETTERS = frozenset("adehkmswxyCDEGHKMSXYZ")
"""Of Java's letters those that the engine, or this file, formats."""
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])0?(\d|1[0-4])(?::?00)?", re.IGNORECASE)


def _number(sql: Sql) -> Value:
    return Value(sql, Kind.NUMBER)


def ticks(value: Value) -> Sql:
    """A time or a number as epoch milliseconds (`Nullable(Int64)`)."""
    if value.kind is Kind.TIME:
        return call("intDiv", call("toUnixTimestamp64Nano", value.sql), MILLION)
    plain = call("CAST", number(value), "Nullable(Float64)")
    bounded = call("least", call("greatest", plain, -float(_LATEST)), float(_LATEST))
    return call("if", infix(exp.LT, call("abs", plain), literal(_LATEST)), call("toInt64", call("trunc", bounded)), None)


millis = function("sumo.millis", 1, help="A stored time as epoch milliseconds.")(lambda site: _number(ticks(site.arguments[0])))
now = function("sumo.now", 0, help="The start of the search, epoch milliseconds.")(lambda site: _number(literal(site.now // MILLION)))
integer = function(
    "sumo.integer",
    1,
    help="The whole part of a number; null if it is none.",
    sumo=("toint", "tolong", "int", "long", "integer"),
    examples=(('toInt("12.7")', "12"),),
)(lambda site: _number(call("toInt64", call("trunc", call("CAST", number(site.arguments[0]), "Nullable(Float64)")))))
from_millis = function(
    "sumo.frommillis", 1, help="Epoch milliseconds as a time.", sumo=("frommillis",), examples=(("fromMillis(1500)", "1500"),)
)(lambda site: _number(ticks(site.arguments[0])))
to_millis = function("sumo.tomillis", 1, help="A time as epoch milliseconds.", sumo=("tomillis",), examples=(("toMillis(1500)", "1500"),))(
    lambda site: _number(ticks(site.arguments[0]))
)
from_seconds = function(
    "sumo.fromseconds", 1, help="Epoch seconds as epoch milliseconds.", sumo=("fromseconds",), examples=(("fromSeconds(1.5)", "1500"),)
)(lambda site: _number(infix(exp.Mul, double(site.arguments[0]), literal(1000.0))))
to_seconds = function(
    "sumo.toseconds", 1, help="Epoch milliseconds as seconds.", sumo=("toseconds",), examples=(("toSeconds(1500)", "1.5"),)
)(lambda site: _number(infix(exp.Div, double(site.arguments[0]), literal(1000.0))))


def _zone(site: Site, index: int) -> str:
    """The time zone of an argument, the search's when it is not given."""
    if len(site.arguments) <= index:
        return site.zone
    name = site.text_constant(index).strip()
    if found := _OFFSET.fullmatch(name):
        # The sign of these names is the other way round.
        hours = int(found[2])
        return f"Etc/GMT{'-' if found[1] == '+' else '+'}{hours}" if hours else "UTC"
    known = _zones().get(name.lower())
    if known is None:
        raise refuse(site, f"does not know the time zone `{name}`", hint="write for example `Europe/Berlin` or `+02:00`")
    return ZoneInfo(known).key


@cache
def _zones() -> dict[str, str]:
    """The time zones by their names in lower case."""
    return {**{name.lower(): name for name in available_timezones()}, "z": "UTC", "": "UTC"}


@function(
    "sumo.formatdate",
    1,
    3,
    help="Epoch milliseconds as text in a Java pattern, `MM/dd/yyyy HH:mm:ss` by default.",
    sumo=("formatdate",),
    examples=(('formatDate(0, "yyyy-MM-dd HH:mm", "Europe/Berlin")', "1970-01-01 01:00"),),
)
def format_date(site: Site) -> Value:
    """`formatDate(t[, pattern[, zone]])`."""
    form = site.text_constant(1) if len(site.arguments) > 1 else "MM/dd/yyyy HH:mm:ss"
    zone = _zone(site, 2)
    when = call("fromUnixTimestamp64Milli", ticks(site.arguments[0]), zone)
    pieces = _pieces(site, _year(form))
    parts = [_piece(piece, when, zone) if special else call("formatDateTimeInJodaSyntax", when, piece, zone) for piece, special in pieces]
    return Value(parts[0] if len(parts) == 1 else call("concat", *parts), Kind.TEXT)


def _piece(letters: str, when: Sql, zone: str) -> Sql:
    """Milliseconds, or the distance from UTC: `Z` +0200, `ZZ` and `XXX` +02:00, `XX` +0200, `X` +02; X of UTC itself is `Z`."""
    if letters[0] == "S":
        return call("leftPad", call("toString", call("modulo", call("toUnixTimestamp64Milli", when), 1000)), 3, "0")
    offset = call("formatDateTime", when, "%z", zone)
    hours, minutes = call("substring", offset, 1, 3), call("substring", offset, 4, 2)
    short = hours if letters == "X" else offset
    written = call("concat", hours, ":", minutes) if letters in ("ZZ", "XXX") else short
    return call("if", infix(exp.EQ, offset, literal("+0000")), "Z", written) if letters[0] == "X" else written


def _pieces(site: Site, form: str) -> list[tuple[str, bool]]:
    """The pattern cut round its milliseconds and distances from UTC, which the engine does not format."""
    found: list[tuple[str, bool]] = []
    for each in _SPECIAL.finditer(form):
        letter = each[0][0].isascii() and each[0][0].isalpha()
        unknown = letter and each[0] != "zzzz" and each[0][0] not in _LETTERS
        if unknown or (each[0][0] == "'" and not each[0][1:].endswith("'")):
            raise refuse(site, f"knows no `{each[0]}` in the pattern `{form}`", hint="letters that are text stand in '…'")
        special = each[0][0] in "SZX"
        if found and not special and not found[-1][1]:
            found[-1] = (found[-1][0] + each[0], False)
        else:
            found.append((each[0], special))
    return found or [("", False)]


def _year(form: str) -> str:
    """Java's pattern with the year of weeks as the year."""
    plain = form.replace("YYYY", "yyyy").replace("YY", "yy").replace("DD", "dd") if "y" not in form else form
    return plain.replace("uuuu", "yyyy")


def _java(form: str) -> str:
    """Java's pattern in Joda's letters: as `_year`, offsets in one form."""
    return re.sub("X{2,3}", "ZZ", _year(form)).replace("X", "Z")


@function(
    "sumo.parsedate",
    2,
    3,
    help="A text in a Java pattern as epoch milliseconds; null where it does not fit.",
    sumo=("parsedate",),
    examples=(('parseDate("1970-01-01 01:00", "yyyy-MM-dd HH:mm", "Europe/Berlin")', "0"),),
)
def parse_date(site: Site) -> Value:
    """`parseDate(s, pattern[, zone])`."""
    form, zone = _java(site.text_constant(1)), _zone(site, 2)
    when = call(
        "parseDateTime64InJodaSyntaxOrNull" if "S" in form else "parseDateTimeInJodaSyntaxOrNull", text(site.arguments[0]), form, zone
    )
    return _number(call("toUnixTimestamp64Milli", call("toDateTime64", when, 3)))


@function("sumo.withtime", 2, help="A value and its time, for `most_recent` and `least_recent`.")
def with_time(site: Site) -> Value:
    """`withtime f`."""
    value = site.arguments[0]
    pair = call(
        "concat",
        '{"value":',
        call("toJSONString", call("assumeNotNull", text(value))),
        ',"ms":',
        call("toString", ticks(site.arguments[1])),
        "}",
    )
    return Value(call("if", present(value), pair, None), Kind.TEXT)


def _recent(name: str, sql_name: str, help_text: str) -> AggregateFunction:
    def build(site: AggregateSite) -> Value:
        plain = text(site.value)
        paired = call("ifNull", call("JSONHas", call("ifNull", plain, ""), "ms"), 0)
        value = call("if", paired, call("JSONExtract", plain, "value", "Nullable(String)"), plain)
        time = site.time()
        own = ticks(time) if time is not None else literal(0)
        when = call("if", paired, call("JSONExtractInt", plain, "ms"), own)
        return Value(aggregate(sql_name, call("toNullable", value), when), Kind.VALUE)

    return stats_function(name, help=help_text)(build)


most_recent = _recent("sumo.most_recent", "argMax", "The value with the latest time, out of a field that `withtime` made.")
least_recent = _recent("sumo.least_recent", "argMin", "The value with the earliest time, out of a field that `withtime` made.")
