"""The outline of a query: comments blanked, cut at the pipes, each piece with the name of its command. Positions stay those of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pilotage.model.problem import PilotageError, Span, fail

LONGEST = 200_000
MOST_COMMANDS = 120

_NAME = re.compile(r"\s*([A-Za-z_]\w*)(?![\w])")
_LEADING_SEARCH = re.compile(r"\s*search(?=[\s(\"]|$)", re.IGNORECASE)
_MACRO = re.compile(r"`\s*([\w:.\- ]*)[^`]*`?")
_SINGLE = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
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


def outline(query: str) -> Outline:
    """Cut a query into commands.

    Raises codes `query-empty`, `query-too-long`, `quote-open`, `comment-open`, `command-missing`, and `unsupported` for macros and
    sub-searches.
    """
    if len(query) > LONGEST:
        raise fail("query-too-long", f"the query has {len(query)} characters, the most is {LONGEST}")
    text = _blank_comments(query)
    if not text.strip():
        raise fail("query-empty", "the query is empty", hint="write `index=main` to see the newest events")
    piped = text.lstrip().startswith("|")
    position = text.index("|") + 1 if piped else 0
    pieces: list[Piece] = []
    while True:
        piece = _piece(text, position, leading=not piped and not pieces)
        pieces.append(piece)
        if len(pieces) > MOST_COMMANDS:
            raise fail("query-too-long", f"the query has more than {MOST_COMMANDS} commands", span=piece.word)
        if piece.end >= len(text):
            return Outline(text, tuple(pieces), piped)
        position = piece.end + 1


def _piece(text: str, position: int, *, leading: bool) -> Piece:
    if leading:
        found = _LEADING_SEARCH.match(text, position)
        begin = len(text) - len(text.lstrip())
        word = Span(begin, found.end()) if found else Span(begin, begin)
        start = found.end() if found else begin
        return Piece("search", word, start, _end(text, start, "search"))
    found = _NAME.match(text, position)
    if found is None:
        # Macros and sub-searches may stand in a command's place; let their own message come first.
        end = _end(text, position, "")
        at = position + len(text[position:end]) - len(text[position:end].lstrip())
        raise fail(
            "command-missing", "a command should follow the `|`", span=Span(at, max(at + 1, end)), hint="remove the `|` or name a command"
        )
    return Piece(found[1].lower(), Span(found.start(1), found.end(1)), found.end(1), _end(text, found.end(1), found[1].lower()))


def _end(text: str, start: int, command: str) -> int:
    """Where the command ends: the next `|` outside quotes, or the end of the text."""
    position, singles = start, command != "search"
    while position < len(text):
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
            singles = closing is not None
            position = position if closing is None else closing
        elif letter == "`":
            raise _macro(text, position)
        elif letter == "[" and command not in _VERBATIM:
            raise _subsearch(text, position, command)
        position += 1
    return len(text)


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


def _blank_comments(query: str) -> str:
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


def _macro(text: str, start: int) -> PilotageError:
    found = _MACRO.match(text, start)
    name = found[1].strip() if found else ""
    end = found.end() if found else start + 1
    sentence = f"macros are not supported yet, `{name}`" if name else "macros are not supported yet"
    return fail("unsupported", sentence, span=Span(start, end), hint="write out what the macro stands for")


def _subsearch(text: str, start: int, command: str) -> PilotageError:
    level, end = 0, start
    for end in range(start, len(text)):
        level += {"[": 1, "]": -1}.get(text[end], 0)
        if level == 0:
            break
    where = f" in `{command}`" if command else ""
    hint = "run the inner search first; a bracket that is meant as text stands in quotes"
    return fail("unsupported", f"sub-searches are not supported yet{where}", span=Span(start, end + 1), hint=hint)
