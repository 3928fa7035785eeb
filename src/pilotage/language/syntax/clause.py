"""Search clauses: bare words, phrases, `field=value` with wildcards, TERM, CASE and IN; OR binds tighter than AND."""

from __future__ import annotations

import re

from pilotage.language.plan.branches import Subsearch
from pilotage.language.plan.expressions import Expression, Match, Term, Unary
from pilotage.language.plan.patterns import has_wildcard, pattern_of, pieces, written_pattern
from pilotage.language.plan.walk import chain
from pilotage.language.syntax.scanner import Scanner, unescape
from pilotage.model.names import METADATA_SPELLINGS
from pilotage.model.problem import Span, fail

KEYWORDS = frozenset({"AND", "OR", "NOT"})
_INDEXED = frozenset({"host", "index", "source", "sourcetype"})
_DEEPEST = 60
# A comma before a space separates; inside a word it belongs to it. An escaped quote is an ordinary character.
_WORD = re.compile(r'(?:\\"|[^\s()"|\[\]=<>!,]|!(?!=)|,(?![\s,)]|$))+')
_VALUE = re.compile(r'now\(\)|(?:\\"|[^\s()"|\[\],]|,(?![\s,)]|$))+')
_ITEM = re.compile(r'(?:\\"|[^\s()"|\[\],])+')
_OPERATOR = re.compile(r"\s*(!=|<=|>=|==|=|<|>)\s*")
_IN = re.compile(r"\s*(not\s+)?in\s*\(", re.IGNORECASE)
_IN_QUOTED = re.compile(r"\s*(NOT\s+)?IN\s*\(")
_FUNCTION = re.compile(r"(TERM|CASE)\(\s*")
_INSIDE = re.compile(r"[^()\"]+")
_COMMAS = re.compile(r"[\s,]*")
_AND = re.compile(r"AND(?![^\s()\"])[\s,]*")
_OR = re.compile(r"[\s,]*OR(?![^\s()\"])[\s,]*")
_NOT = re.compile(r"NOT(?![^\s()\"])[\s,]*")


class ClauseParser:
    """Reads one clause from a scanner up to its end; `offset`, when given, is the span of every node (text that was unescaped)."""

    def __init__(self, scanner: Scanner, offset: Span | None = None) -> None:
        self.scanner = scanner
        self._offset = offset
        self._nesting = 0

    def clause(self) -> Expression:
        """The whole rest as one condition. Raises codes `syntax`, `quote-open`, `expression-too-deep`."""
        result = self._all()
        if not self.scanner.done():
            raise self.scanner.unexpected("the end of the search or an operator")
        return result

    def term(self) -> Expression:
        """One term at the position: a word, a phrase, a comparison, or a clause in parentheses; what follows is left."""
        return self._unary()

    def _all(self) -> Expression:
        """Terms joined by AND, written or implied."""
        self.scanner.take(_COMMAS)
        terms = [self._any()]
        while True:
            self.scanner.take(_COMMAS)
            if self.scanner.done() or self.scanner.peek() == ")":
                return chain("AND", terms)
            self.scanner.take(_AND)
            terms.append(self._any())

    def _any(self) -> Expression:
        terms = [self._unary()]
        while self.scanner.take(_OR):
            terms.append(self._unary())
        return chain("OR", terms)

    def _unary(self) -> Expression:
        scanner = self.scanner
        scanner.space()
        start = scanner.position
        self._nesting += 1
        if self._nesting > _DEEPEST:
            raise fail("expression-too-deep", f"the search nests deeper than {_DEEPEST} levels", span=Span(start, start + 1))
        try:
            if scanner.take(_NOT):
                operand = self._unary()
                return Unary("NOT", operand, span=self._span(start))
            if scanner.accept("("):
                inner = self._all()
                scanner.expect(")", "closing the parenthesis")
                return inner
            return self._term(start)
        finally:
            self._nesting -= 1

    def _term(self, start: int) -> Expression:
        scanner = self.scanner
        if found := scanner.take(_FUNCTION):
            return self._function(found[1], start)
        if scanner.peek() == "[":
            return Subsearch(scanner.read_search(), span=self._span(start))
        raw = scanner.double()
        quoted = raw is not None
        if raw is None:
            word = scanner.see(_WORD)
            if word is None or word[0] in KEYWORDS:
                raise scanner.unexpected("a word, a phrase or `field=value`")
            scanner.position = word.end()
            raw = word[0]
        name = unescape(raw) if quoted else raw
        name = METADATA_SPELLINGS.get(name, name)
        if found := scanner.take(_OPERATOR):
            return self._comparison(name, "=" if found[1] == "==" else found[1], start)
        if found := scanner.take(_IN_QUOTED if quoted else _IN):
            member = Match(name, "=", self._items(), span=self._span(start))
            return Unary("NOT", member, span=member.span) if found[1] else member
        field, separator, value = raw.partition("::")
        if not quoted and separator and value and field in _INDEXED:
            return Match(field, "=", (_pattern(value),), span=self._span(start))
        return _term_of(_pattern(raw), self._span(start))

    def _comparison(self, name: str, op: str, start: int) -> Match | Subsearch:
        scanner = self.scanner
        if scanner.peek() == "[":
            return Subsearch(scanner.read_search(), field=name, op=op, span=self._span(start))
        if found := scanner.take(_FUNCTION):
            inside = self._function(found[1], start)
            text = inside.text if inside.wildcard else pattern_of((inside.text,))
            return Match(name, op, (text,), case_sensitive=found[1] == "CASE", span=self._span(start))
        # `f=*"a b"*`: bare and quoted pieces without space between them are one value.
        parts: list[str] = []
        while True:
            raw = scanner.double()
            if raw is None:
                word = scanner.take(_VALUE)
                if word is None:
                    break
                raw = word[0]
            parts.append(raw)
        if not parts:
            error = scanner.unexpected(f"a value after `{name}{op}`")
            if scanner.peek() == "(":
                raise fail(
                    "syntax", error.problem.sentence, span=error.problem.span, hint=f"for one of several values write `{name} IN (a, b)`"
                )
            raise error
        return Match(name, op, (_pattern("".join(parts)),), span=self._span(start))

    def _items(self) -> tuple[str, ...]:
        """The values of `IN (`, up to and with the `)`."""
        scanner, values = self.scanner, list[str]()
        while True:
            scanner.take(_COMMAS)
            if values and scanner.accept(")"):
                return tuple(values)
            raw = scanner.double()
            if raw is None:
                word = scanner.take(_ITEM)
                if word is None:
                    raise scanner.unexpected("a value or `)` in the list of IN")
                raw = word[0]
            values.append(_pattern(raw))

    def _function(self, kind: str, start: int) -> Term:
        """`TERM(…)` or `CASE(…)`, whose `(` has been read."""
        scanner = self.scanner
        raw = scanner.double()
        if raw is None:
            found = scanner.take(_INSIDE)
            if found is None:
                raise scanner.unexpected(f"a word inside {kind}( )")
            raw = found[0].strip()
        scanner.expect(")", f"closing {kind}(")
        pattern = _pattern(raw)
        wild = has_wildcard(pattern)
        text = pattern if wild else "".join(pieces(pattern))
        return Term(text, wildcard=wild, case_sensitive=kind == "CASE", exact_token=kind == "TERM", span=self._span(start))

    def _span(self, start: int) -> Span:
        return self._offset or self.scanner.since(start)


def _term_of(pattern: str, span: Span) -> Term:
    if has_wildcard(pattern):
        return Term(pattern, wildcard=True, span=span)
    return Term("".join(pieces(pattern)), span=span)


def _pattern(raw: str) -> str:
    r"""The canonical pattern of raw clause text: `\"` is a quote, `\\` a backslash, any other backslash itself; `*` cannot be escaped."""
    return written_pattern(raw, '"\\')
