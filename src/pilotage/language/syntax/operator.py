"""What one file of Sumo's operators declares, and the reader of a stage that it is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from pilotage.language.plan.expressions import Expression, Field
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.context import Context
from pilotage.language.syntax.names import Names
from pilotage.language.syntax.scanner import Scanner
from pilotage.language.syntax.sumo_expressions import RESERVED, SumoExpressions, read_name, unescaped
from pilotage.model.problem import PilotageError, Span, fail

Pipe = Callable[[Span, Names, Node], Node]
"""Reads stages of a part of the text over rows."""

_INTEGER = re.compile(r"\d{1,9}(?![\w.])")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?![\w.])")
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CHARACTER = re.compile(r"'((?:\\.|[^'\\])*)'")


class Stage(Scanner):
    """Reads one stage. `name` is the operator as written, `word` where it stands; names of fields go through `names`."""

    def __init__(self, scanner: Scanner, word: Span, context: Context, names: Names, pipe: Pipe) -> None:
        super().__init__(scanner.text, scanner.position, scanner.end)
        name = scanner.text[word.start : word.end]
        self.name = name
        self.word = word
        self.context = context
        self.names = names
        self._pipe = pipe

    @property
    def span(self) -> Span:
        """From the operator's name to the position."""
        return Span(self.word.start, max(self.word.end, self.position))

    def finish(self) -> None:
        """Refuse anything that is left."""
        if not self.done():
            raise self.surplus(self.name)

    def keyword(self, *words: str) -> str | None:
        """One of the words (lower case), read without regard to case, or `None`."""
        self.space()
        found = self.take(re.compile(rf"(?:{'|'.join(words)})(?![\w.@$])", re.IGNORECASE))
        return found[0].lower() if found else None

    def sees(self, *words: str) -> bool:
        """Whether one of the words stands here."""
        self.space()
        return self.see(re.compile(rf"(?:{'|'.join(words)})(?![\w.@$])", re.IGNORECASE)) is not None

    def expression(self) -> Expression:
        """One expression."""
        return SumoExpressions(self, self.context, self.names).expression()

    def new_name(self, wanted: str = "a name") -> str:
        """The name of a field that the stage makes, as written. Raises code `syntax`."""
        self.space()
        start = self.position
        quoted = self.peek() == "%"
        name = read_name(self)
        if name is None and (raw := self.double()) is not None:
            return unescaped(raw)
        if name is None or (not quoted and name.lower() in RESERVED):
            self.position = start
            raise self.unexpected(wanted)
        return name

    def field(self, wanted: str = "a field") -> str:
        """A field that is there already, spelled as it was defined. Raises code `syntax`."""
        return self.names.use(self.new_name(wanted))

    def fields(self, wanted: str = "a field") -> tuple[str, ...]:
        """Fields between commas."""
        found = [self.field(wanted)]
        while self.accept(","):
            found.append(self.field(wanted))
        return tuple(dict.fromkeys(found))

    def new_names(self) -> tuple[str, ...]:
        """Names between commas, after `as`, also in parentheses."""
        opened = self.accept("(")
        found = [self.new_name()]
        while self.accept(","):
            found.append(self.new_name())
        if opened:
            self.expect(")", "closing the names")
        return tuple(found)

    def string(self, wanted: str) -> str:
        """A text in double quotes as written, escapes kept. Raises code `syntax`."""
        self.space()
        raw = self.double()
        if raw is None:
            raise self.unexpected(wanted)
        return raw

    def integer(self) -> int | None:
        """A whole number, or `None`."""
        self.space()
        found = self.take(_INTEGER)
        return int(found[0]) if found else None

    def number(self) -> float | None:
        """A number, or `None`."""
        self.space()
        found = self.take(_NUMBER)
        return float(found[0]) if found else None

    def character(self, wanted: str) -> str:
        """A text in single or double quotes, such as a delimiter. Raises code `syntax`."""
        self.space()
        found = self.take(_CHARACTER)
        return unescaped(found[1]) if found else unescaped(self.string(wanted))

    def source(self) -> str | None:
        """`field=name`, the text to look at; `None` when it is not given."""
        self.space()
        found = self.take(re.compile(r"field\s*=\s*", re.IGNORECASE))
        return self.field("a field after `field=`") if found else None

    def by(self) -> tuple[str, ...]:
        """`by a, b` or `group by a, b`, or nothing."""
        start = self.position
        if self.keyword("group") and not self.sees("by"):
            self.position = start
            return ()
        return self.fields("a field after `by`") if self.keyword("by") else ()

    def argument(self, wanted: str = "a field") -> str:
        """A field, also in parentheses: `accum f`, `accum(f)`."""
        opened = self.accept("(")
        name = self.field(wanted)
        if opened:
            self.expect(")", "closing the parenthesis")
        return name

    def branch(self, rows: Node, names: Names | None = None) -> Node:
        """`( … )`, stages over `rows`; `names` learn what the branch leaves. Raises code `syntax` when no parenthesis is next."""
        if not self.accept("("):
            raise self.unexpected("`(` and stages")
        start = self.position
        self.position = closing_parenthesis(self.text, start, self.end)
        inside = Span(start, self.position)
        self.position += 1
        return self._pipe(inside, self.names.copy() if names is None else names, rows)

    def refuse(self, what: str, hint: str | None = None) -> PilotageError:
        """An `unsupported` error about this stage."""
        return fail("unsupported", f"`{self.name}` does not support {what}", span=self.span, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator of Sumo's language.

    `spellings` are its names in lower case, the first one its own. `parse(stage, rows)` makes the node that follows `rows` and tells
    `stage.names` what the rows have after it. `notes` say plainly what differs from the original.
    """

    spellings: tuple[str, ...]
    synopsis: str
    summary: str
    parse: Callable[[Stage, Node], Node]
    examples: tuple[Example, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The first of its spellings."""
        return self.spellings[0]


def column(name: str, span: Span) -> Field:
    """A field as an expression."""
    return Field(name, span=span)


def closing_parenthesis(text: str, start: int, end: int) -> int:
    """Where the `)` that closes a parenthesis stands whose inside begins at `start`; quotes do not count. Raises code `bracket-open`."""
    level, position = 1, start
    while position < end:
        letter = text[position]
        if letter == '"':
            found = _DOUBLE.match(text, position, end)
            position = found.end() - 1 if found else position
        level += {"(": 1, ")": -1}.get(letter, 0)
        if level == 0:
            return position
        position += 1
    raise fail("bracket-open", "a `(` is opened but never closed", span=Span(start - 1, start), hint="add the closing `)`")
