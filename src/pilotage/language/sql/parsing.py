"""The one implementation of taking fields out of a text: each way of `plan.parsing` as SQL over any text expression."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from pilotage.language.plan.parsing import Anchor, Csv, Json, KeyValue, Parsing, Regex
from pilotage.language.sql.fragments import Sql, call, infix, is_null, lambda_, literal, parameter

_INTEGER = r"^-?(?:0|[1-9]\d{0,17})$"
_NUMBER = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$"


@dataclass(frozen=True, slots=True)
class Parsed:
    """One field: `value` is `Nullable(String)`, null where the text does not have it; `letter` its type letter (`model.names`)."""

    name: str
    value: Sql
    letter: Sql


def parsed(parsing: Parsing, text: Sql) -> tuple[Parsed, ...]:
    """The fields of `text` (`String`), in order. What several of them share is the same expression, which the engine works out once."""
    match parsing:
        case Regex():
            groups = call("extractGroups", text, parsing.text)
            return tuple(_text(name, call("nullIf", call("arrayElement", groups, place), "")) for name, place in parsing.groups)
        case Anchor():
            groups = call("extractGroups", text, parsing.regex)
            return tuple(_text(name, at(groups, place)) for place, name in enumerate(parsing.names, 1))
        case Json():
            return tuple(_member(name, text, steps) for name, steps in parsing.paths)
        case KeyValue():
            return tuple(_pair(name, text, key, parsing.delimiter) for name, key in parsing.pairs)
        case Csv():
            values = record(parsing, text)
            return tuple(_text(name, at(values, place)) for place, name in enumerate(parsing.names, 1))


def number_letter(value: Sql) -> Sql:
    """The type letter of a text that may be a number: `i`, `d` or `s`."""
    return call("multiIf", call("match", value, _INTEGER), "i", call("match", value, _NUMBER), "d", "s")


def _text(name: str, value: Sql) -> Parsed:
    return Parsed(name, value, literal("s"))


def at(values: Sql, place: int) -> Sql:
    """The value at a place counted from 1, null when there are fewer."""
    return call("if", infix(exp.LT, call("length", values), literal(place)), None, call("arrayElement", values, place))


def _member(name: str, text: Sql, steps: tuple[str | int, ...]) -> Parsed:
    raw = call("JSONExtractRaw", text, *(step + 1 if isinstance(step, int) else step for step in steps))
    plain = call("if", call("startsWith", raw, '"'), call("JSONExtractString", raw), raw)
    absent = call("has", call("array", "", "null"), raw)
    number = call("if", call("match", raw, "[.eE]"), "d", "i")
    other = call("translate", call("substring", raw, 1, 1), '"{[tf', "skabb")
    letter = call("if", call("match", raw, "^[-0-9]"), number, other)
    return Parsed(name, call("if", absent, None, plain), letter)


def _pair(name: str, text: Sql, key: str, delimiter: str) -> Parsed:
    joint = re.escape(delimiter) if delimiter else "[=:]"
    pattern = rf'(?:^|[\s,;|&?({{"])(?i:{re.escape(key)})"?\s*{joint}\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;|&)}}"]*))'
    groups = call("extractGroups", text, pattern)
    value = call("concat", call("arrayElement", groups, 1), call("arrayElement", groups, 2))
    return _text(name, call("if", call("empty", groups), None, value))


def record(way: Csv, text: Sql) -> Sql:
    """`Array(String)`: every value of a record, without its quotes."""
    delimiter, quote = re.escape(way.delimiter), re.escape(way.quote)
    escape = re.escape(way.escape) if way.escape and way.escape != way.quote else ""
    pair = rf"|{escape}." if escape else ""
    value = rf"{quote}(?:[^{quote}{escape}]|{quote}{quote}{pair})*{quote}|(?:[^{delimiter}{escape}]{pair})*"
    every = call("extractAll", call("concat", way.delimiter, text), f"(?s){delimiter}({value})")
    part = parameter("v")
    inner = call("substring", part, 2, infix(exp.Sub, call("toInt64", call("length", part)), literal(2)))
    plain = call("if", call("match", part, f"(?s)^{quote}.*{quote}$"), call("replaceAll", inner, way.quote * 2, way.quote), part)
    return call("arrayMap", lambda_("v", call("replaceRegexpAll", plain, f"(?s){escape}(.)", r"\1") if escape else plain), every)


def any_absent(fields: tuple[Parsed, ...]) -> Sql:
    """Whether one of the fields is not there."""
    absent = [is_null(field.value) for field in fields]
    return absent[0] if len(absent) == 1 else call("or", *absent)
