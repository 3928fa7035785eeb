"""The outline of a query: comments blanked, cut at the pipes, each piece with the name of its command. Positions stay those of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pilotage.language.syntax.scanner import closing_bracket
from pilotage.model.problem import Span, fail

LONGEST = 200_000
MOST_COMMANDS = 120
DEEPEST = 16
"""Levels of brackets: each is a statement of its own or makes that of the search around it longer."""

_NAME = re.compile(r"\s*([A-Za-z_]\w*)(?![\w])")
_LEADING_SEARCH = re.compile(r"\s*search(?=[\s(\"]|$)", re.IGNORECASE)
_SINGLE = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[\[\]]', re.DOTALL)
_VERBATIM = frozenset({"rex", "regex"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One command of the pipe: its name in lower case, where the name stands, and where its arguments are."""

    name: str
    word: Span
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Outline:
    """The text with comments blanked, and its pieces; `piped` when the query begins with `|`."""

    text: str
    pieces: tuple[Piece, ...]
    piped: bool


def outline(query: str, *, branch: bool = False) -> Outline:
    """Cut a query into commands; a `branch` begins with a command even when no `|` stands first.

    Raises codes `query-empty`, `query-too-long`, `quote-open`, `comment-open`, `bracket-open`, `nested-too-deep`, `command-missing`.
    """
    if len(query) > LONGEST:
        raise fail("query-too-long", f"the query has {len(query)} characters, the most is {LONGEST}")
    text = blank_comments(query)
    if not text.strip():
        raise fail("query-empty", "the query is empty", hint="write `index=main` to see the newest events")
    _check_depth(text)
    return cut(text, 0, len(text), branch=branch)


def _check_depth(text: str) -> None:
    """Raises code `nested-too-deep` where brackets outside quotes stand in more than `DEEPEST` others."""
    level = 0
    for found in _BRACKETS.finditer(text):
        if found[0] == "[":
            level += 1
            if level > DEEPEST:
                sentence = f"searches in brackets nest deeper than {DEEPEST} levels"
                raise fail("nested-too-deep", sentence, span=Span(*found.span()), hint="write `OR`, a lookup or `stats` instead")
        elif found[0] == "]":
            level = max(level - 1, 0)


def cut(text: str, start: int, end: int, *, branch: bool = False) -> Outline:
    """Cut a part of a text without comments into commands. A `branch` begins with a command even when no `|` stands first."""
    begin = end - len(text[start:end].lstrip())
    if begin == end:
        span = Span(max(0, start - 1), end + 1)
        raise fail("query-empty", "nothing stands between the brackets", span=span, hint="write a search inside")
    piped = text[begin] == "|"
    position = begin + 1 if piped else begin
    pieces: list[Piece] = []
    while True:
        piece = _piece(text, position, end, leading=not piped and not pieces and not branch)
        pieces.append(piece)
        if len(pieces) > MOST_COMMANDS:
            raise fail("query-too-long", f"the query has more than {MOST_COMMANDS} commands", span=piece.word)
        if piece.end >= end:
            return Outline(text, tuple(pieces), piped)
        position = piece.end + 1


def _piece(text: str, position: int, limit: int, *, leading: bool) -> Piece:
    begin = limit - len(text[position:limit].lstrip())
    if leading:
        found = _LEADING_SEARCH.match(text, position, limit)
        word = Span(begin, found.end()) if found else Span(begin, begin)
        start = found.end() if found else begin
        return Piece("search", word, start, _end(text, start, limit, "search"))
    found = _NAME.match(text, position, limit)
    if found is None:
        end = _end(text, position, limit, "")
        raise fail(
            "command-missing",
            "a command should follow the `|`",
            span=Span(begin, max(begin + 1, end)),
            hint="remove the `|` or name a command",
        )
    return Piece(found[1].lower(), Span(found.start(1), found.end(1)), found.end(1), _end(text, found.end(1), limit, found[1].lower()))


def _end(text: str, start: int, limit: int, command: str) -> int:
    """Where the command ends: the next `|` outside quotes and brackets, or the limit."""
    position, singles = start, command != "search"
    while position < limit:
        letter = text[position]
        if letter == "|":
            return position
        if letter == '"':
            position = _closing(text, position)
        elif letter == "\\" and text.startswith('"', position + 1):
            position += 1
        elif letter == "'" and singles and not _word_before(text, position, start):
            # An apostrophe that nothing closes is an ordinary character, and so are all after it.
            closing = _closing_single(text, position)
            singles = closing is not None and closing < limit
            position = position if closing is None or closing >= limit else closing
        elif letter == "[" and command not in _VERBATIM:
            position = closing_bracket(text, position, limit)
        position += 1
    return limit


def _closing(text: str, start: int) -> int:
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == '"':
            return position
        position += 1
    raise fail("quote-open", "a quote is opened but never closed", span=Span(start, start + 1), hint='add the closing " or write \\"')


def _closing_single(text: str, start: int) -> int | None:
    found = _SINGLE.match(text, start)
    return found.end() - 1 if found else None


def _word_before(text: str, position: int, start: int) -> bool:
    return position > start and (text[position - 1].isalnum() or text[position - 1] == "_")


def blank_comments(query: str) -> str:
    """The query with every ```…``` outside double quotes replaced by as many spaces."""
    if "```" not in query:
        return query
    parts: list[str] = []
    position = 0
    while position < len(query):
        if query.startswith("```", position):
            end = query.find("```", position + 3)
            if end < 0:
                raise fail(
                    "comment-open", "a comment is opened but never closed", span=Span(position, position + 3), hint="add the closing ```"
                )
            parts.append(" " * (end + 3 - position))
            position = end + 3
            continue
        if query.startswith('\\"', position):
            end = position + 2
        else:
            end = _closing(query, position) + 1 if query[position] == '"' else position + 1
        parts.append(query[position:end])
        position = end
    return "".join(parts)
