"""Eval functions of the plain evaluator: name → what it does with the values of its arguments."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import math
import re
import time
from collections.abc import Callable
from urllib.parse import unquote

from bench.language import samples
from bench.language.plain.values import Cell, UnknownError, absent, compared, many, number, text

Function = Callable[..., Cell]


def _pattern(value: Cell) -> re.Pattern[str]:
    known = samples.compiled(text(value) or "")
    if known is None:
        raise UnknownError(f"pattern {value}")
    return known


def match(subject: Cell, pattern: Cell) -> Cell:
    found = text(subject) if not isinstance(subject, list) or len(subject) == 1 else None
    return None if found is None else _pattern(pattern).search(found) is not None


def like(subject: Cell, pattern: Cell) -> Cell:
    found, wanted = text(subject), text(pattern)
    if found is None or wanted is None:
        return None
    parts = re.sub(r"([%_])|([^%_]+)", lambda each: {"%": ".*", "_": "."}[each[1]] if each[1] else re.escape(each[2]), wanted)
    return re.fullmatch(parts, found, re.DOTALL) is not None


def replace(subject: Cell, pattern: Cell, by: Cell) -> Cell:
    found = text(subject)
    written = re.sub(r"\\(\d)", r"\\g<\1>", text(by) or "")
    try:
        return None if found is None else _pattern(pattern).sub(written, found)
    except re.error as error:
        raise UnknownError("replacement") from error


def substr(subject: Cell, start: Cell, length: Cell = None) -> Cell:
    found, first = text(subject), number(start)
    if found is None or first is None:
        return None
    begin = int(first) - 1 if first > 0 else max(0, len(found) + int(first)) if first < 0 else 0
    size = number(length)
    return found[begin:] if size is None else found[begin : begin + max(0, int(size))]


def mvindex(value: Cell, first: Cell, last: Cell = None) -> Cell:
    items, begin, end = many(value), number(first), number(last)
    if begin is None:
        return None
    start = int(begin) + (len(items) if begin < 0 else 0)
    if last is None:
        return items[start] if 0 <= start < len(items) else None
    stop = int(end or 0) + (len(items) if (end or 0) < 0 else 0)
    return None if start < 0 or start > stop or start >= len(items) else items[start : stop + 1]


def split(value: Cell, by: Cell) -> Cell:
    found, joint = text(value), text(by)
    if found is None or joint is None:
        return None
    return list(found) if joint == "" else found.split(joint)


def mvdedup(value: Cell) -> Cell:
    return None if absent(value) else list(dict.fromkeys(many(value)))


def mvzip(left: Cell, right: Cell, by: Cell = ",") -> Cell:
    return [f"{a}{text(by)}{b}" for a, b in zip(many(left), many(right), strict=False)]


def rounded(value: Cell, places: Cell = None) -> Cell:
    found = number(value)
    if found is None:
        return None
    factor = 10 ** int(number(places) or 0)
    return math.copysign(math.floor(abs(found) * factor + 0.5), found) / factor


def tostring(value: Cell, form: Cell = None) -> Cell:
    if form is None:
        return value if isinstance(value, list) else text(value)
    found = number(value)
    if form == "commas" and found is not None:
        written = f"{rounded(found, 2):,.2f}"
        return written.rstrip("0").rstrip(".") if float(found).is_integer() else written
    raise UnknownError(f"tostring {form}")


def tonumber(value: Cell, base: Cell = None) -> Cell:
    if base is not None:
        try:
            return float(int(text(value) or "x", int(number(base) or 10)))
        except ValueError:
            return None
    return number(text(value) if not isinstance(value, int | float) else value)


def strftime(value: Cell, form: Cell) -> Cell:
    found, written = number(value), text(form)
    if found is None or written is None:
        return None
    if re.search(r"%[^YmdHMSTFyjbBaAeIp%]", written):
        raise UnknownError(f"strftime {written}")
    return time.strftime(written, time.gmtime(math.floor(found)))


def strptime(value: Cell, form: Cell) -> Cell:
    found, written = text(value), text(form)
    if found is None or written is None:
        return None
    if re.search(r"%[^YmdHMSTF%]", written) or not re.search(r"%[mT]|%F", written):
        raise UnknownError(f"strptime {written}")
    try:
        parsed = time.strptime(found, written.replace("%F", "%Y-%m-%d").replace("%T", "%H:%M:%S"))
    except ValueError:
        return None
    return float(__import__("calendar").timegm(parsed))


def cidrmatch(network: Cell, address: Cell) -> Cell:
    try:
        return ipaddress.ip_address(text(address) or "") in ipaddress.ip_network(text(network) or "", strict=False)
    except ValueError as error:
        if text(address) is None:
            return None
        raise UnknownError("cidrmatch") from error


def extreme(sign: int) -> Function:
    def build(*values: Cell) -> Cell:
        present = [each for each in values if not absent(each)]
        numbers = [each for each in map(number, present) if each is not None]
        texts = [text(each) or "" for each in present if number(each) is None]
        if texts and (sign > 0 or not numbers):
            return max(texts) if sign > 0 else min(texts)
        return None if not numbers else max(numbers) if sign > 0 else min(numbers)

    return build


def _one(build: Callable[[float], float]) -> Function:
    def call(value: Cell) -> Cell:
        found = number(value)
        return None if found is None else build(found)

    return call


def _text(build: Callable[[str], Cell]) -> Function:
    def call(value: Cell, *others: Cell) -> Cell:
        if isinstance(value, list) and len(value) > 1:
            raise UnknownError("a multivalue in a text function")
        found = text(value)
        return None if found is None else build(found, *map(text, others))  # type: ignore[call-arg]

    return call


def _append(*values: Cell) -> Cell:
    return [each for value in values for each in many(value)]


def _join(value: Cell, by: Cell) -> Cell:
    return None if absent(value) else (text(by) or "").join(many(value))


def _find(value: Cell, pattern: Cell) -> Cell:
    return next((float(place) for place, each in enumerate(many(value)) if _pattern(pattern).search(each)), None)


def _null_if(value: Cell, other: Cell) -> Cell:
    return None if compared(value, other) == 0 else value


def _within(value: Cell, *others: Cell) -> Cell:
    if absent(value):
        return None
    return any(compared(each, other) == 0 for each in (value if isinstance(value, list) else [value]) for other in others)


def _json(value: Cell) -> Cell:
    try:
        json.loads(text(value) or "x")
    except ValueError:
        return False
    return True


FUNCTIONS: dict[str, Function] = {
    "match": match, "like": like, "replace": replace, "substr": substr, "mvindex": mvindex, "split": split, "mvdedup": mvdedup,
    "mvzip": mvzip, "round": rounded, "tostring": tostring, "tonumber": tonumber, "strftime": strftime, "strptime": strptime,
    "cidrmatch": cidrmatch, "max": extreme(1), "min": extreme(-1), "mvappend": _append, "mvjoin": _join, "mvfind": _find,
    "isnull": absent, "isnotnull": lambda value: not absent(value), "null": lambda: None, "true": lambda: True, "false": lambda: False,
    "isnum": lambda value: number(value) is not None, "isstr": lambda value: not absent(value) and number(value) is None,
    "coalesce": lambda *values: next((each for each in values if not absent(each)), None),
    "mvcount": lambda value: float(len(many(value))) if many(value) else None,
    "mvsort": lambda value: sorted(many(value)), "mvreverse": lambda value: many(value)[::-1],
    "lower": _text(str.lower), "upper": _text(str.upper), "len": _text(lambda found: float(len(found))),
    "trim": _text(lambda found, cut=" \t": found.strip(cut)), "ltrim": _text(lambda found, cut=" \t": found.lstrip(cut)),
    "rtrim": _text(lambda found, cut=" \t": found.rstrip(cut)), "urldecode": _text(unquote),
    "md5": _text(lambda found: hashlib.md5(found.encode()).hexdigest()), "sha1": _text(lambda found: hashlib.sha1(found.encode()).hexdigest()),
    "sha256": _text(lambda found: hashlib.sha256(found.encode()).hexdigest()),
    "abs": _one(abs), "ceiling": _one(math.ceil), "floor": _one(math.floor), "exact": _one(float),
    "sqrt": _one(math.sqrt), "nullif": _null_if, "in": _within, "json_valid": _json,
}  # fmt: skip
