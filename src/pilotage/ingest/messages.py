"""Messages of several lines: how a text is cut into them, by Python where a pattern of the user's decides and by the engine elsewhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, get_args

from pilotage.ingest.members import literal
from pilotage.ingest.timestamps import PATTERN
from pilotage.model.problem import fail

Multiline = Literal["line", "auto", "regex", "request", "json-array"]
MODES: tuple[Multiline, ...] = get_args(Multiline)
_STAMPED = re.compile(PATTERN.encode())
_TIMES = literal(PATTERN)
_BLANK = b" \t\r\n\f"


def boundary_pattern(text: str) -> re.Pattern[bytes]:
    """The user's pattern that finds first lines of messages, which RE2 and Python both read. Raises `bad-pattern`."""
    try:
        pattern = re.compile(text.encode())
        if text:
            starts((b"",), pattern)
    except (re.error, ValueError) as error:
        raise fail("bad-pattern", f"the boundary `{text[:80]}` is not a regular expression: {error}", hint="the syntax is RE2") from error
    return pattern


def starts(lines: Sequence[bytes], boundary: re.Pattern[bytes]) -> list[bool]:
    """Which lines begin a message: those in which `boundary` is found.

    By RE2, whose time grows with the line alone: with Python's expressions one line could hold the whole server for hours.
    """
    import pyarrow as pa  # noqa: PLC0415 - 26 MB that a server without such a source never holds
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    found: list[bool] = pc.match_substring_regex(pa.array(lines, pa.large_binary()), boundary.pattern.decode()).to_pylist()
    return found


class AutoStart:
    """Tells line by line which begin a message: the first line of text decides whether beginnings must have a time."""

    def __init__(self) -> None:
        self._stamped: bool | None = None

    def __call__(self, line: bytes) -> bool:
        """Whether `line` begins a message. A line that is blank or begins with white space never does."""
        if self._stamped is None and line.strip(_BLANK):
            self._stamped = _STAMPED.search(line) is not None
        if not line or line[:1] in _BLANK:
            return False
        return not self._stamped or _STAMPED.search(line) is not None


def said(text: str) -> str:
    """`Bool`: whether a text is more than blanks. In the engine's patterns, bytes that are not UTF-8 match nothing at all."""
    return f"notEmpty(trim(BOTH ' \\t\\r\\n\\f' FROM {text}))"


def split_sql(lines: str, mode: str, flags: str) -> str:
    """`Array(String)`: messages of an array of `lines`. `flags` has `1` for each line that begins a message."""
    timed = f"arrayMap(l -> match(l, {_TIMES}), {lines})"
    # Whether beginnings have a time is what the first line that is not blank says.
    first = f"arrayFirst((t, l) -> {said('l')}, times, {lines})"
    begins_left = "l != '' AND NOT match(l, '^[ \\\\t\\\\r\\\\f]')"
    fresh = f"arrayMap(times -> arrayMap((l, t) -> {begins_left} AND t >= {first}, {lines}, times), [{timed}])[1]"
    # Requests of other modes are worked out with the others of their block before they are set aside, so sizes must fit there too.
    begins = f"if({mode} = 'auto', {fresh}, arrayMap(f -> f = '1', arrayResize(ngrams({flags}, 1), length({lines}), '0')))"
    joined = f"arrayMap(g -> arrayStringConcat(g, '\\n'), arraySplit((l, f) -> f, {lines}, {begins}))"
    return f"multiIf({mode} = 'request', [arrayStringConcat({lines}, '\\n')], {mode} = '', {lines}, {joined})"
