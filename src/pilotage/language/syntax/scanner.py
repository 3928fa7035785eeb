"""A position in the query text, shared by every small parser: expressions, search clauses and command arguments.

All of them read the same text through one scanner, so a parser can hand over to another in mid-word and every span points into
what the person wrote.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from pilotage.language.plan.nodes import Node
from pilotage.model.problem import PilotageError, Span, fail

_ANY_WORD = re.compile(r"\w+|.", re.DOTALL)
_SPACE = re.compile(r"\s*")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SINGLE = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)


class Scanner:
    """The text, where reading stands (`position`) and where it must stop (`end`)."""

    def __init__(self, text: str, position: int = 0, end: int | None = None) -> None:
        self.text = text
        self.position = position
        self.end = len(text) if end is None else end

    def space(self) -> None:
        """Skip white space."""
        found = _SPACE.match(self.text, self.position, self.end)
        self.position = found.end() if found else self.position

    def done(self) -> bool:
        """Whether only white space is left (which is skipped)."""
        self.space()
        return self.position >= self.end

    def peek(self, length: int = 1) -> str:
        """The next characters, without moving."""
        return self.text[self.position : min(self.position + length, self.end)]

    def see(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Match at the position, without moving."""
        return pattern.match(self.text, self.position, self.end)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Match at the position and move behind it."""
        found = pattern.match(self.text, self.position, self.end)
        if found:
            self.position = found.end()
        return found

    def accept(self, text: str) -> bool:
        """Skip white space, then `text` if it is next."""
        self.space()
        if self.text.startswith(text, self.position, self.end):
            self.position += len(text)
            return True
        return False

    def expect(self, text: str, where: str) -> None:
        """Like `accept`, or raise code `syntax`."""
        if not self.accept(text):
            raise self.unexpected(f"`{text}` {where}", f"add the closing `{text}`" if text in ")]" else None)

    def since(self, start: int) -> Span:
        """The span from `start` to here."""
        return Span(start, max(start, self.position))

    def text_from(self, start: int) -> str:
        """What was read since `start`."""
        return self.text[start : self.position]

    def unexpected(self, wanted: str, hint: str | None = None) -> PilotageError:
        """A `syntax` error about what stands at the position; what `wanted` says behind `, as in` becomes the hint."""
        self.space()
        wanted, _, example = wanted.partition(", as in ")
        hint = f"write it as in {example}" if example else hint
        if self.position >= self.end:
            return fail("syntax", f"the text ends where {wanted} should follow", span=Span(self.end, self.end + 1), hint=hint)
        shown = self._shown()
        return fail("syntax", f"expected {wanted}, found `{shown}`", span=Span(self.position, self.position + len(shown)), hint=hint)

    def surplus(self, name: str) -> PilotageError:
        """A `syntax` error about what stands behind all that `name` takes."""
        self.space()
        shown = self._shown()
        sentence = f"{f'`{name}`' if name else 'the stage'} takes nothing more, but `{shown}` follows"
        return fail("syntax", sentence, span=Span(self.position, self.position + len(shown)))

    def _shown(self) -> str:
        """The word or letter at the position, without moving."""
        found = _ANY_WORD.match(self.text, self.position, self.end)
        return found[0] if found else self.peek()

    def brackets(self) -> Span | None:
        """What stands inside the `[…]` at the position, which is skipped, or `None` when there is none. Raises code `bracket-open`."""
        self.space()
        if self.peek() != "[":
            return None
        start = self.position
        closing = closing_bracket(self.text, start, self.end)
        self.position = closing + 1
        return Span(start + 1, closing)

    def read_search(self) -> Node:
        """`[ … ]`, a search of its own. Raises code `unsupported` where there can be none."""
        raise fail("unsupported", "a sub-search has no place here", span=Span(self.position, self.position + 1))

    def double(self) -> str | None:
        """The raw content of a `"…"` at the position (escapes kept), or `None` when there is no quote."""
        return self._quoted(_DOUBLE, '"')

    def single(self) -> str | None:
        """The raw content of a `'…'` at the position (escapes kept), or `None` when there is no quote."""
        return self._quoted(_SINGLE, "'")

    def _quoted(self, pattern: re.Pattern[str], quote: str) -> str | None:
        if self.peek() != quote:
            return None
        start = self.position
        found = self.take(pattern)
        if found is None:
            hint = f"add the closing {quote} or write \\{quote}"
            raise fail("quote-open", "a quote is opened but never closed", span=Span(start, start + 1), hint=hint)
        return found[1]


def closing_bracket(text: str, start: int, end: int) -> int:
    """Where the `[` at `start` is closed; brackets in double quotes do not count. Raises codes `bracket-open`, `quote-open`."""
    level, position = 0, start
    while position < end:
        letter = text[position]
        if letter == '"':
            found = _DOUBLE.match(text, position, end)
            if found is None:
                raise fail("quote-open", "a quote is opened but never closed", span=Span(position, position + 1), hint='add the closing "')
            position = found.end() - 1
        elif letter == "\\":
            position += 1
        level += {"[": 1, "]": -1}.get(letter, 0)
        if level == 0:
            return position
        position += 1
    raise fail("bracket-open", "a `[` is opened but never closed", span=Span(start, start + 1), hint="add the closing `]`")


def unescape(raw: str) -> str:
    r"""Text of a quoted string: `\"` is a quote, `\'` a single quote, `\\` a backslash; any other backslash stays (regular expressions)."""
    return re.sub(r"\\([\"'\\])", r"\1", raw) if "\\" in raw else raw


def quote(text: str, mark: str = '"') -> str:
    """The quoted string that `unescape` turns back into `text`."""
    return mark + text.replace("\\", "\\\\").replace(mark, "\\" + mark) + mark


def nearest(word: str, known: Iterable[str]) -> str | None:
    """A hint naming the known word most like `word`, or `None`."""
    found = difflib.get_close_matches(word.lower(), sorted(known), n=1, cutoff=0.6)
    return f"did you mean `{found[0]}`?" if found else None
