"""OTLP AnyValue as SQL: the text, the type letter and the JSON of a value, from protobuf bytes or from OTLP/JSON.

Protobuf values arrive as the encoded message: a tag byte (10 string, 16 bool, 24 int64, 33 double, 42 array, 50 key-value list,
58 bytes; nothing at all for null) and its payload. Arrays and lists were replaced by their JSON text before they were
acknowledged (`otlp.py`), under the same tags, so that one expression reads values of any depth.
"""

from __future__ import annotations

from typing import Protocol

_TAGS = "\\x0a\\x10\\x18!*2:0"
_LETTERS = "sbidakxn"


class Values(Protocol):
    """SQL over arrays of values. Each expression is long to analyse, so use one array for all values of a row."""

    def texts(self, values: str) -> str:
        """`Array(String)`: the text of each value ('' for null), as it came: bytes raw, strings perhaps not UTF-8."""
        ...

    def types(self, values: str) -> str:
        """`String`: the type letter of each value."""
        ...

    def identifier(self, value: str) -> str:
        """`String`: a trace or span id in lower-case hex."""
        ...


def joined_keys(pairs: str) -> str:
    """`String`: the keys joined by and wrapped in the unit separator; '' when there are none."""
    return f"if(empty({pairs}), '', concat('\\x1f', arrayStringConcat({pairs}.key, '\\x1f'), '\\x1f'))"


def clean_keys(joined: str, pairs: str) -> str:
    """`joined`, or when a key holds a separator itself, the keys joined with it replaced."""
    clean = f"concat('\\x1f', arrayStringConcat(arrayMap(k -> replaceAll(k, '\\x1f', '_'), {pairs}.key), '\\x1f'), '\\x1f')"
    return f"if(empty({joined}) OR countSubstrings({joined}, '\\x1f') = length({pairs}) + 1, {joined}, {clean})"


def clean_texts(texts: str, types: str) -> str:
    """`texts` (`Array(String)`) with bytes in base64 and what is not UTF-8 replaced; the usual case costs one look at all of them."""
    base64 = f"arrayMap((t, l) -> if(l = 'x', base64Encode(t), toValidUTF8(t)), {texts}, ngrams({types}, 1))"
    return f"if(isValidUTF8(arrayStringConcat({texts})) AND position({types}, 'x') = 0, {texts}, {base64})"


def json_value(text: str, letter: str) -> str:
    """`String`: typed JSON of a value given its text and letter. Doubles keep a point, what JSON cannot hold becomes a string."""
    return (
        f"multiIf({letter} = 's', toJSONString({text}), {letter} = 'd', multiIf(match({text}, 'n'), toJSONString({text}), "
        f"match({text}, '[.e]'), {text}, concat({text}, '.0')), {letter} = 'x', concat('{{\"$bytes\":\"', base64Encode({text}), '\"}}'), "
        f"{letter} = 'n', 'null', {text})"
    )


def json_object(values: Values, pairs: str) -> str:
    """`String`: typed JSON object of the pairs, '' when there are none."""
    member = f"concat(toJSONString(k), ':', {json_value('t', 'l')})"
    columns = f"{pairs}.key, ngrams({values.types(f'{pairs}.value')}, 1), {values.texts(f'{pairs}.value')}"
    return f"if(empty({pairs}), '', toValidUTF8(concat('{{', arrayStringConcat(arrayMap((k, l, t) -> {member}, {columns}), ','), '}}')))"


class ProtobufValues:
    """Values as encoded AnyValue bytes."""

    def texts(self, values: str) -> str:
        """`Array(String)`: the text of each value."""
        # The first eight bytes as a number: the tag, and a short payload or length. A length of more bytes has continuation bits set.
        long = "3 + bitTest(h, 15) * (1 + bitTest(h, 23) * (1 + bitTest(h, 31)))"
        groups = (
            "arraySum(i -> bitShiftLeft(toUInt64(bitAnd(reinterpretAsUInt8(substring(v, i + 2, 1)), 127)), 7 * i), range(length(v) - 1))"
        )
        return (
            "arrayMap((v, h) -> multiIf(h % 256 = 24, if(length(v) = 2, toString(bitShiftRight(h, 8)), toString(toInt64("
            f"{groups}))), h % 256 = 33, toString(reinterpretAsFloat64(substring(v, 2))), h % 256 = 16, if(h < 256, 'false', 'true'), "
            f"substring(v, {long})), {values}, arrayMap(v -> reinterpretAsUInt64(v), {values}))"
        )

    def types(self, values: str) -> str:
        """`String`: the type letter of each value."""
        firsts = f"arrayStringConcat(arrayMap(v -> if(empty(v), '0', substring(v, 1, 1)), {values}))"
        return f"translate({firsts}, '{_TAGS}', '{_LETTERS}')"

    def identifier(self, value: str) -> str:
        """`String`: a raw id in lower-case hex."""
        return f"lower(hex({value}))"


JSON_VALUE = (
    "Tuple(stringValue Nullable(String), boolValue Nullable(Bool), intValue Nullable(Int64), doubleValue Nullable(Float64), "
    "bytesValue Nullable(String), arrayValue Nullable(String), kvlistValue Nullable(String))"
)
_MEMBERS = {"stringValue": "s", "intValue": "i", "doubleValue": "d", "boolValue": "b", "arrayValue": "a", "kvlistValue": "k"}


class JsonValues:
    """Values as the members of an OTLP/JSON AnyValue object, read as `JSON_VALUE`."""

    def texts(self, values: str) -> str:
        """`Array(String)`: the text of each value."""
        members = ", ".join(f"toString(v.{m})" for m in _MEMBERS)
        return f"arrayMap(v -> coalesce({members}, tryBase64Decode(v.bytesValue), ''), {values})"

    def types(self, values: str) -> str:
        """`String`: the type letter of each value."""
        cases = ", ".join(f"isNotNull(v.{m}), '{letter}'" for m, letter in _MEMBERS.items())
        return f"arrayStringConcat(arrayMap(v -> multiIf({cases}, isNotNull(v.bytesValue), 'x', 'n'), {values}))"

    def identifier(self, value: str) -> str:
        """`String`: an id that came as hex of any case."""
        return f"lower({value})"
