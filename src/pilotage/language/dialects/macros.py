"""Macros: `` `name(a, "b")` `` is replaced by its definition, as text, before anything is parsed.

Comments go first, those of definitions too. A call in double quotes is text. Positions in what comes out lead back to the call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pilotage.language.catalogue import Knowledge, Macro
from pilotage.language.dialects.outline import LONGEST, blank_comments
from pilotage.language.plan.expressions import Binary, Expression, Literal
from pilotage.language.syntax.context import Vocabulary
from pilotage.language.syntax.evaluation import EvalParser
from pilotage.language.syntax.scanner import Scanner, nearest
from pilotage.model.problem import Span, fail

DEEPEST = 40
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CALL = re.compile(r"\s*([^\s`(),]+)\s*(?:\((.*)\))?\s*", re.DOTALL)
_ARGUMENT = re.compile(r"\$([\w.-]+)\$")


@dataclass(frozen=True, slots=True)
class Expansion:
    """A text whose macros are expanded. `parts` are (start here, end here, start there, end there, whether letter for letter)."""

    text: str
    parts: tuple[tuple[int, int, int, int, bool], ...]

    def back(self, span: Span) -> Span:
        """Where a span of the expanded text came from: the call of the macro for anything inside one."""
        return Span(self._origin(span.start, first=True), max(self._origin(span.start, first=True), self._origin(span.end, first=False)))

    def _origin(self, position: int, *, first: bool) -> int:
        for begin, end, source, until, exact in self.parts:
            if begin <= position < end or (not first and begin < position <= end):
                return source + position - begin if exact else source if first else until
        return self.parts[-1][3] + max(0, position - self.parts[-1][1]) if self.parts else position


def expanded(query: str, knowledge: Knowledge, vocabulary: Vocabulary) -> Expansion:
    """The query with every macro replaced.

    Raises codes `query-too-long`, `quote-open`, `comment-open`, `macro-open`, `macro-unknown`, `macro-recursion`.
    """
    if len(query) > LONGEST:
        raise fail("query-too-long", f"the query has {len(query)} characters, the most is {LONGEST}")
    text = blank_comments(query)
    out: list[str] = []
    parts: list[tuple[int, int, int, int, bool]] = []
    here = 0
    for start, end, called in _pieces(text):
        piece = text[start:end] if called is None else _replaced(called, Span(start, end), knowledge, vocabulary, 1)
        out.append(piece)
        parts.append((here, here + len(piece), start, end, called is None))
        here += len(piece)
        if here > LONGEST:
            raise fail("query-too-long", f"with its macros the query has more than {LONGEST} characters", span=Span(start, end))
    return Expansion("".join(out), tuple(parts))


def _pieces(text: str) -> list[tuple[int, int, str | None]]:
    """The text in turn: plain pieces, and calls with what stands between the backticks."""
    found: list[tuple[int, int, str | None]] = []
    begin = position = 0
    while position < len(text):
        letter = text[position]
        quoted = _QUOTED.match(text, position) if letter == '"' else None
        if quoted:
            position = quoted.end()
            continue
        if letter == "\\":
            position += 2
            continue
        if letter == "`":
            end = _closing(text, position)
            if begin < position:
                found.append((begin, position, None))
            found.append((position, end, text[position + 1 : end - 1]))
            begin = position = end
            continue
        position += 1
    if begin < len(text):
        found.append((begin, len(text), None))
    return found


def _closing(text: str, start: int) -> int:
    position = start + 1
    while position < len(text):
        quoted = _QUOTED.match(text, position) if text[position] == '"' else None
        if quoted:
            position = quoted.end()
            continue
        if text[position] == "`":
            return position + 1
        position += 1
    raise fail("macro-open", "a macro is opened but never closed", span=Span(start, start + 1), hint="add the closing `")


def _replaced(called: str, span: Span, knowledge: Knowledge, vocabulary: Vocabulary, level: int) -> str:
    call = _CALL.fullmatch(called)
    if call is None:
        raise fail("macro-unknown", f"`{called}` is no call of a macro", span=span, hint="write its name, and its arguments in parentheses")
    name = call[1]
    arguments = _arguments(call[2]) if call[2] is not None and call[2].strip() else []
    if level > DEEPEST:
        raise fail("macro-recursion", f"the macro `{name}` leads back to itself", span=span, hint="change its definition")
    macro = knowledge.macro(name, len(arguments))
    if macro is None and name == "comment":
        return ""
    if macro is None:
        shown = f"{name}({len(arguments)})" if arguments else name
        hint = nearest(shown, knowledge.macros()) or "define it with `pilotage put macro`"
        raise fail("macro-unknown", f"no macro `{shown}`", span=span, hint=hint)
    return _definition(macro, arguments, span, knowledge, vocabulary, level)


def _definition(  # noqa: PLR0917 - one step of a recursion whose state this is
    macro: Macro, arguments: list[str], span: Span, knowledge: Knowledge, vocabulary: Vocabulary, level: int
) -> str:
    values = dict(zip(macro.arguments, arguments, strict=False))
    text = _ARGUMENT.sub(lambda found: values.get(found[1], found[0]), blank_comments(macro.definition))
    if macro.evaluated:
        return _evaluated(text, span, vocabulary)
    return "".join(
        text[start:end] if called is None else _replaced(called, span, knowledge, vocabulary, level + 1)
        for start, end, called in _pieces(text)
    )


def _arguments(text: str) -> list[str]:
    """Arguments between commas; commas in quotes and parentheses do not count, quotes round a whole argument are not part of it."""
    found: list[str] = []
    level, begin, position = 0, 0, 0
    while position < len(text):
        letter = text[position]
        quoted = _QUOTED.match(text, position) if letter == '"' else None
        if quoted:
            position = quoted.end()
            continue
        level += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        if letter == "," and level <= 0:
            found.append(text[begin:position])
            begin = position + 1
        position += 1
    found.append(text[begin:])
    return [_unquoted(each.strip()) for each in found]


def _unquoted(argument: str) -> str:
    found = _QUOTED.fullmatch(argument)
    return argument[1:-1].replace('\\"', '"') if found else argument


def _evaluated(text: str, span: Span, vocabulary: Vocabulary) -> str:
    """The text of an eval expression of constants."""
    scanner = Scanner(text)
    value = _constant(EvalParser(scanner, vocabulary).expression())
    if value is None or not scanner.done():
        sentence = "the definition of this macro is an expression that more than texts and `.` make"
        raise fail("unsupported", sentence, span=span, hint="write out what the macro stands for")
    return value


def _constant(expression: Expression) -> str | None:
    match expression:
        case Literal():
            return None if expression.value is None else str(expression.value)
        case Binary(op="." | "+"):
            left, right = _constant(expression.left), _constant(expression.right)
            return None if left is None or right is None else left + right
        case _:
            return None
