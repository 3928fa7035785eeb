"""The outline of a Sumo query: variables replaced as text, comments blanked, the scope and the stages between the pipes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pilotage.language.dialects.macros import Expansion
from pilotage.language.dialects.outline import LONGEST, MOST_COMMANDS
from pilotage.model.problem import Span, fail

_VARIABLE = re.compile(r"\{\{\{\s*([A-Za-z_][\w.\- ]*?)\s*\}\}\}|\{\{\s*([A-Za-z_][\w.\- ]*?)\s*\}\}")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CHARACTER = re.compile(r"'(?:\\.|[^'\\\n])'")
_REGEX = re.compile(r"/(?:[^/\\\n]|\\.)+/")
_BEFORE_REGEX = re.compile(r"(?:\bmatches|,)\s*$", re.IGNORECASE)
_NAMELESS = "*"
"""What a variable without a value stands for."""


@dataclass(frozen=True, slots=True)
class SumoOutline:
    """The text without variables and comments, and the pieces between its pipes, the scope first."""

    text: str
    pieces: tuple[Span, ...]


def filled(query: str, variables: Mapping[str, str]) -> Expansion:
    """The query with every `{{name}}` and `{{{name}}}` replaced by its value, without regard to case; one that is not set is `*`.

    Raises code `query-too-long`.
    """
    if len(query) > LONGEST:
        raise fail("query-too-long", f"the query has {len(query)} characters, the most is {LONGEST}")
    values = {name.lower(): value for name, value in variables.items()}
    out: list[str] = []
    parts: list[tuple[int, int, int, int, bool]] = []
    here = end = 0
    for found in _VARIABLE.finditer(query):
        value = values.get((found[1] or found[2]).lower(), _NAMELESS)
        for piece, start, until, exact in ((query[end : found.start()], end, found.start(), True), (value, *found.span(), False)):
            out.append(piece)
            parts.append((here, here + len(piece), start, until, exact))
            here += len(piece)
        end = found.end()
    out.append(query[end:])
    parts.append((here, here + len(query) - end, end, len(query), True))
    return Expansion("".join(out), tuple(parts))


def sumo_outline(text: str) -> SumoOutline:
    """Cut a query into scope and stages. Raises codes `query-empty`, `quote-open`, `comment-open`, `bracket-open`, `query-too-long`."""
    if not text.strip():
        raise fail("query-empty", "the query is empty", hint="write `*` to see the newest messages")
    text = without_comments(text)
    return SumoOutline(text, stages(text, 0, len(text)))


def printed(query: str, variables: Mapping[str, str] = MappingProxyType({})) -> str:
    """The query as it is understood: variables replaced, comments gone, the scope and then a stage a line, runs of white space one blank.

    It has the same plan. Raises what `sumo_outline` raises.
    """
    outline = sumo_outline(filled(query, variables).text)
    scope, *after = (_squeezed(outline.text, piece) for piece in outline.pieces)
    # A blank before `/*` would make it a comment.
    return "\n|".join([scope, *(stage if stage.startswith("/*") else f" {stage}" for stage in after)])


def _squeezed(text: str, piece: Span) -> str:
    """A piece with white space outside quotes and regular expressions as single blanks, and none where it would begin a comment."""
    parts: list[str] = []
    position = piece.start
    while position < piece.end:
        end = _verbatim(text, position) or position + 1
        if not text[position].isspace():
            parts.append(text[position:end])
        else:
            while end < piece.end and text[end].isspace():
                end += 1
            # Behind a lone quote white space stays: shorter, it could become a quoted letter.
            lone = parts[-1:] == ["'"] or parts[-2:] == ["'", "\\"]
            plain = text[position:end] if lone else " "
            parts.append("" if text.startswith("/*", end) else plain)
        position = end
    return "".join(parts).strip()


def stages(text: str, start: int, end: int) -> tuple[Span, ...]:
    """The pieces between the pipes outside quotes, parentheses and brackets."""
    pieces: list[Span] = []
    begin = position = start
    opened: list[int] = []
    while position < end:
        letter = text[position]
        skip = _verbatim(text, position)
        if skip is not None:
            position = skip
            continue
        if letter in "([":
            opened.append(position)
        elif letter in ")]" and opened:
            opened.pop()
        elif letter == "|" and text.startswith("||", position):
            position += 1
        elif letter == "|" and not opened:
            pieces.append(Span(begin, position))
            begin = position + 1
        position += 1
    if opened:
        letter = text[opened[0]]
        hint = f"add the closing `{')' if letter == '(' else ']'}`"
        raise fail("bracket-open", f"a `{letter}` is opened but never closed", span=Span(opened[0], opened[0] + 1), hint=hint)
    pieces.append(Span(begin, end))
    if len(pieces) > MOST_COMMANDS:
        raise fail("query-too-long", f"the query has more than {MOST_COMMANDS} stages", span=pieces[MOST_COMMANDS])
    return tuple(pieces)


def without_comments(text: str) -> str:
    """The text with `// …` and `/* … */` replaced by as many spaces; `//` after a colon is part of an address."""
    if "//" not in text and "/*" not in text:
        return text
    parts: list[str] = []
    position = 0
    while position < len(text):
        if text.startswith("//", position) and text[position - 1 : position] != ":":
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            parts.append(" " * (end - position))
        elif (text.startswith("/*", position) and text[position - 1 : position].isspace()) or (position == 0 and text.startswith("/*")):
            end = text.find("*/", position + 2) + 2
            if end < 2:
                hint = "add the closing */"
                raise fail("comment-open", "a comment is opened but never closed", span=Span(position, position + 2), hint=hint)
            parts.append(re.sub(r"[^\n]", " ", text[position:end]))
        else:
            end = _verbatim(text, position) or position + 1
            parts.append(text[position:end])
        position = end
    return "".join(parts)


def _verbatim(text: str, position: int) -> int | None:
    """Where a quoted text, a quoted character or a regular expression that begins here ends."""
    letter = text[position]
    if letter == '"':
        found = _QUOTED.match(text, position)
        if found is None:
            hint = 'add the closing " or write \\"'
            raise fail("quote-open", "a quote is opened but never closed", span=Span(position, position + 1), hint=hint)
        return found.end()
    if letter == "'":
        found = _CHARACTER.match(text, position)
        return found.end() if found else None
    if letter == "/" and not text.startswith(("//", "/*"), position) and _BEFORE_REGEX.search(text, max(0, position - 40), position):
        found = _REGEX.match(text, position)
        return found.end() if found else None
    return None
