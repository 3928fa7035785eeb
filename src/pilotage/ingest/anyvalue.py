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
    """SQL over `Array(Tuple(key, value))` expressions and single values."""

    def texts(self, pairs: str) -> str:
        """`Array(String)`: the value texts of the pairs."""
        ...

    def types(self, pairs: str) -> str:
        """`String`: a type letter each."""
        ...

    def text(self, value: str) -> str:
        """`String`: the text of one value ('' for null)."""
        ...

    def letter(self, value: str) -> str:
        """`String`: the type letter of one value."""
        ...

    def identifier(self, value: str) -> str:
        """`String`: a trace or span id in lower-case hex."""
        ...


def keys(pairs: str) -> str:
    """`String`: the keys joined by and wrapped in the unit separator; a key that holds one itself has it replaced."""
    joined = f"arrayStringConcat({pairs}.key, '\\x1f')"
    clean = f"arrayStringConcat(arrayMap(k -> replaceAll(k, '\\x1f', '_'), {pairs}.key), '\\x1f')"
    return f"if(empty({pairs}), '', concat('\\x1f', if(countSubstrings({joined}, '\\x1f') < length({pairs}), {joined}, {clean}), '\\x1f'))"


def json_value(text: str, letter: str) -> str:
    """`String`: typed JSON of a value given its text and letter. Doubles keep a point, what JSON cannot hold becomes a string."""
    return (
        f"multiIf({letter} = 's', toJSONString({text}), {letter} = 'd', multiIf(match({text}, 'n'), toJSONString({text}), "
        f"match({text}, '[.e]'), {text}, concat({text}, '.0')), {letter} = 'x', concat('{{\"$bytes\":', toJSONString({text}), '}}'), "
        f"{letter} = 'n', 'null', {text})"
    )


def json_object(values: Values, pairs: str) -> str:
    """`String`: typed JSON object of the pairs, '' when there are none."""
    member = f"concat(toJSONString(k), ':', {json_value('t', 'l')})"
    columns = f"{pairs}.key, ngrams({values.types(pairs)}, 1), {values.texts(pairs)}"
    return f"if(empty({pairs}), '', concat('{{', arrayStringConcat(arrayMap((k, l, t) -> {member}, {columns}), ','), '}}'))"


class ProtobufValues:
    """Values as encoded AnyValue bytes."""

    def text(self, value: str) -> str:
        """`String`: the text of one value."""
        head = f"reinterpretAsUInt64({value})"
        # A length of more than one byte has its continuation bits set: count them to find where the text begins.
        long = f"3 + bitTest({head}, 15) + bitTest({head}, 15) * (bitTest({head}, 23) + bitTest({head}, 23) * bitTest({head}, 31))"
        number = (
            f"toString(toInt64(arraySum(i -> bitShiftLeft(toUInt64(bitAnd(reinterpretAsUInt8(substring({value}, i + 2, 1)), 127)), 7 * i), "
            f"range(length({value}) - 1))))"
        )
        tag = f"bitAnd({head}, 255)"
        return (
            f"multiIf({tag} = 10, substring({value}, {long}), "
            f"{tag} = 16, if(bitShiftRight({head}, 8) = 0, 'false', 'true'), "
            f"{tag} = 24, if(length({value}) = 2, toString(bitShiftRight({head}, 8)), {number}), "
            f"{tag} = 33, toString(reinterpretAsFloat64(substring({value}, 2))), "
            f"{tag} = 58, base64Encode(substring({value}, {long})), "
            f"substring({value}, {long}))"
        )

    def letter(self, value: str) -> str:
        """`String`: the type letter of one value."""
        return f"translate(if(empty({value}), '0', substring({value}, 1, 1)), '{_TAGS}', '{_LETTERS}')"

    def texts(self, pairs: str) -> str:
        """`Array(String)`: the value texts of the pairs."""
        raw = f"arrayMap(v -> {self.text('v')}, {pairs}.value)"
        return f"if(isValidUTF8(arrayStringConcat({raw})), {raw}, arrayMap(x -> toValidUTF8(x), {raw}))"

    def types(self, pairs: str) -> str:
        """`String`: a type letter each."""
        firsts = f"arrayStringConcat(arrayMap(v -> if(empty(v), '0', substring(v, 1, 1)), {pairs}.value))"
        return f"translate({firsts}, '{_TAGS}', '{_LETTERS}')"

    def identifier(self, value: str) -> str:
        """`String`: a raw id in lower-case hex."""
        return f"lower(hex({value}))"


JSON_VALUE = (
    "Tuple(stringValue Nullable(String), boolValue Nullable(Bool), intValue Nullable(Int64), doubleValue Nullable(Float64), "
    "bytesValue Nullable(String), arrayValue Nullable(String), kvlistValue Nullable(String))"
)


class JsonValues:
    """Values as the members of an OTLP/JSON AnyValue object, read as `JSON_VALUE`."""

    def text(self, value: str) -> str:
        """`String`: the text of one value."""
        members = ("stringValue", "intValue", "doubleValue", "boolValue", "bytesValue", "arrayValue", "kvlistValue")
        return f"coalesce({', '.join(f'toString({value}.{m})' for m in members)}, '')"

    def letter(self, value: str) -> str:
        """`String`: the type letter of one value."""
        return (
            f"multiIf(isNotNull({value}.stringValue), 's', isNotNull({value}.intValue), 'i', isNotNull({value}.doubleValue), 'd', "
            f"isNotNull({value}.boolValue), 'b', isNotNull({value}.bytesValue), 'x', isNotNull({value}.arrayValue), 'a', "
            f"isNotNull({value}.kvlistValue), 'k', 'n')"
        )

    def texts(self, pairs: str) -> str:
        """`Array(String)`: the value texts of the pairs."""
        return f"arrayMap(a -> {self.text('a.value')}, {pairs})"

    def types(self, pairs: str) -> str:
        """`String`: a type letter each."""
        return f"arrayStringConcat(arrayMap(a -> {self.letter('a.value')}, {pairs}))"

    def identifier(self, value: str) -> str:
        """`String`: an id that came as hex of any case."""
        return f"lower({value})"
