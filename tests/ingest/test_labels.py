"""Loki's label texts: what is read, what is written anew, what is refused, and that the engine reads what was let through."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pilotage.ingest.labels import LABEL, PLAIN, plain
from pilotage.ingest.varint import varint
from pilotage.model.problem import PilotageError

NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,6}", fullmatch=True)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LETTERS = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, "'": 39, '"': 34}


def quote(text: str, style: int) -> str:
    """A value as senders write it: Go's own way, all bytes by number, or as little escaped as possible."""
    if style == 0:
        known = {chr(code): "\\" + letter for letter, code in LETTERS.items() if letter != "'"}
        return '"' + "".join(known.get(c, c if c.isprintable() else f"\\U{ord(c):08x}") for c in text) + '"'
    if style == 1:
        return '"' + "".join(f"\\x{b:02x}" for b in text.encode()) + '"'
    if style == 2 and "`" not in text:
        return f"`{text}`"
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"


def field(number: int, content: bytes) -> bytes:
    """A length-delimited protobuf field."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def model(text: bytes) -> list[tuple[str, str]]:
    """The labels as an independent reading of the plain form has them: pattern, then JSON."""
    return [(name, json.loads(f'"{value}"')) for name, value in re.findall(LABEL, text.decode("utf-8", "replace"))]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ('{a="b", c="d\\"e"}', {"a": "b", "c": 'd"e'}),
        ("{}", {}),
        (' { a = "b" ,\n c="" , } ', {"a": "b", "c": ""}),
        ('{a="x, y=\\"z\\"}"}', {"a": 'x, y="z"}'}),
        ('{a="\\u00e9\\n\\\\n"}', {"a": "é\n\\n"}),
        ("{a=`\\n`, b='it\\'s', c=\"\\x41\\101\\a\\U0001F600\"}", {"a": "\\n", "b": "it's", "c": "AA\a😀"}),
        ('{a="\\ud800"}', {"a": "\ufffd" * 3}),
    ],
)
def test_what_senders_write(text: str, labels: dict[str, str]) -> None:
    assert dict(model(plain(text.encode()))) == labels


@pytest.mark.parametrize(
    "text", ["", "{", "}", '{a="b"', '{a="b" c="d"}', "{a=b}", '{="b"}', '{a="b\\q"}', '{a="\\777"}', "{,}", 'x{a="b"}', '{a="b"}x']
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(PilotageError) as caught:
        plain(text.encode())
    assert caught.value.problem.code == "labels-malformed"


def test_a_plain_text_is_not_touched() -> None:
    text = b'{a="b", c="d\\"e"}'
    assert plain(text) is text


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(NAMES, VALUES, st.integers(0, 3)), max_size=5))
@example([("a", "\x00\x1f\x7f\u2028\\", 0), ("b", '"\n`', 3)])
def test_every_way_of_quoting_says_the_same(pairs: list[tuple[str, str, int]]) -> None:
    text = "{" + ", ".join(f"{name}={quote(value, style)}" for name, value, style in pairs) + "}"
    written = plain(text.encode())
    assert PLAIN.fullmatch(written)
    assert model(written) == [(name, value) for name, value, _ in pairs]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=30))
@example(text=b'{a="\xff\xfe"}')
@example(text=b'{a="' + b"\\" * 25 + b'"}')
def test_noise_is_read_or_refused(text: bytes) -> None:
    try:
        written = plain(b'{a="' + text + b'"}')
    except PilotageError:
        return
    assert PLAIN.fullmatch(written)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.dictionaries(NAMES, st.tuples(VALUES, st.integers(0, 3)), max_size=5))
def test_the_engine_reads_them_the_same(pipeline: Any, pairs: dict[str, tuple[str, int]]) -> None:
    text = "{" + ",".join(f"{name}={quote(value, style)}" for name, (value, style) in pairs.items()) + "}"
    stream = field(1, text.encode()) + field(2, field(2, b"one"))
    reply = pipeline.send("/loki/api/v1/push", field(1, stream), {"content-encoding": "identity"})
    assert reply.status == 204, reply.body
    (row,) = pipeline.take()
    assert {name: said for name, (_, said) in row["attributes"].items()} == {name: value for name, (value, _) in pairs.items()}
