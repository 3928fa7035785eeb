"""Which lines begin messages: Python's way for files against the engine's way for requests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pilotage.ingest.lines import message_lines
from pilotage.ingest.members import unquoted
from pilotage.ingest.messages import AutoStart, boundary_pattern, split_sql, starts
from pilotage.model.problem import PilotageError

QUICK = settings(
    max_examples=30, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LINE = st.sampled_from(
    [b"", b" ", b"  at x", b"\ty", b"2026-11-20 04:00:01 a", b"at Nov 20 04:00:01", b"b", b"Error: c", b"[1795147201] d"]
)


def engine(store: Any, lines: list[bytes], mode: str, flags: str = "") -> list[bytes]:
    array = "[" + ",".join(f"unhex('{line.hex()}')" for line in lines) + "]"
    sql = split_sql("lines", f"'{mode}'", f"'{flags}'")
    return [bytes.fromhex(str(r[0])) for r in store.backend.rows(f"SELECT hex(arrayJoin({sql})) FROM (SELECT {array} AS lines)")]


def grouped(lines: list[bytes], begins: list[bool]) -> list[bytes]:
    groups: list[list[bytes]] = []
    for line, fresh in zip(lines, begins, strict=True):
        if fresh or not groups:
            groups.append([])
        groups[-1].append(line)
    return [b"\n".join(group) for group in groups]


@QUICK
@given(lines=st.lists(LINE, min_size=1, max_size=12))
def test_engine_and_files_agree(stored: Any, lines: list[bytes]) -> None:
    auto = AutoStart()
    assert engine(stored, lines, "auto") == grouped(lines, [auto(line) for line in lines])
    found = starts(lines, boundary_pattern("^(Error|b)"))
    assert found == [line.startswith((b"Error", b"b")) for line in lines]
    assert engine(stored, lines, "regex", "".join("1" if f else "0" for f in found)) == grouped(lines, found)
    assert engine(stored, lines, "request") == [b"\n".join(lines)]
    assert engine(stored, lines, "") == lines


@QUICK
@given(
    messages=st.lists(st.lists(st.text(alphabet='ab +"\\é\t', max_size=6), min_size=1, max_size=4), max_size=6), first=st.integers(1, 99)
)
def test_framed_messages_come_back(stored: Any, messages: list[list[str]], first: int) -> None:
    body = "".join(("+" if n else " ") + line + "\n" for message in messages for n, line in enumerate(message)).encode()
    found = message_lines(body, first)
    texts = ["\n".join(message).strip("\n") for message in messages]
    texts = [text for text in texts if text.strip()]
    assert (found.accepted, found.rejected) == (len(texts), 0)
    hexes = ",".join(f"'{line.hex()}'" for line in found.body.split(b"\n") if line)
    read = f"SELECT hex({unquoted('unhex(h)')}) FROM (SELECT arrayJoin([{hexes}]) AS h)"
    assert [bytes.fromhex(str(r[0])).decode() for r in stored.backend.rows(read)] == texts if texts else not hexes


def test_bad_messages_have_the_number_of_their_first_line() -> None:
    found = message_lines(b" a\n+b\n \xff\n+c\n d\n", 10)
    assert (found.accepted, found.rejected) == (2, 1)
    assert found.reported == [(12, "not UTF-8 at byte 0")]
    with pytest.raises(PilotageError, match="bad-request"):
        message_lines(b" a\nb\n", 1)


def test_a_pattern_that_is_none_is_refused() -> None:
    for text in ("(", "(?<=x)y"):
        with pytest.raises(PilotageError, match="bad-pattern"):
            boundary_pattern(text)


def test_a_catastrophic_pattern_is_none() -> None:
    # A pattern that tries every way would not come back from this within the age of the universe.
    lines = [b"a" * 200 + b"!", b"a" * 200, b"\xff", "é1".encode()]
    assert starts(lines, boundary_pattern("^(a+)+$")) == [False, True, False, False]
    assert starts(lines, boundary_pattern(r"^é\d")) == [False, False, False, True]
