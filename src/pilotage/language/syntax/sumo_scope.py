"""The scope of a Sumo query: words, phrases and metadata; `NOT` binds tighter than `AND`, and that tighter than `OR`."""

from __future__ import annotations

import re

from pilotage.language.plan.branches import Subsearch
from pilotage.language.plan.expressions import Call, Expression, Field, Literal, Match, Term, Unary
from pilotage.language.plan.patterns import has_wildcard, pieces, written_pattern
from pilotage.language.plan.walk import chain
from pilotage.language.syntax.context import Context
from pilotage.language.syntax.names import METADATA
from pilotage.language.syntax.scanner import Scanner
from pilotage.language.syntax.sumo_expressions import most_rows, read_subquery
from pilotage.model.problem import Span, fail

_DEEPEST = 60
_WORD = re.compile(r'(?:\\.|[^\s()"\\=!<>]|!(?!=))+')
_VALUE = re.compile(r'(?:\\.|[^\s()"\\])+')
_NAME = re.compile(r"[\w.@%\-]+")
_OPERATOR = re.compile(r"\s*(!=|<>|<=|>=|==|=|<|>)\s*")
_KEYWORD = {word: re.compile(rf"{word}(?![^\s()\"!])", re.IGNORECASE) for word in ("and", "or", "not")}
_COMMAS = re.compile(r"[\s,]*")
_SPACES = re.compile(r"\s+")


class ScopeParser:
    """Reads a scope from a scanner up to its end."""

    def __init__(self, scanner: Scanner, context: Context) -> None:
        self.scanner = scanner
        self._context = context
        self._nesting = 0

    def scope(self) -> Expression | None:
        """The condition on messages, `None` when it names none. Raises codes `syntax`, `quote-open`, `expression-too-deep`."""
        if self.scanner.done():
            return None
        result = self._any()
        if not self.scanner.done():
            raise self.scanner.unexpected("a word, a phrase or `|`")
        return None if result == Term("*", wildcard=True) else result

    def _any(self) -> Expression:
        terms = [self._all()]
        while self._keyword("or"):
            terms.append(self._all())
        return chain("OR", terms)

    def _all(self) -> Expression:
        terms = [self._unary()]
        while True:
            self._keyword("and")
            self.scanner.take(_COMMAS)
            if self.scanner.done() or self.scanner.peek() == ")" or self.scanner.see(_KEYWORD["or"]):
                break
            terms.append(self._unary())
        everything = Term("*", wildcard=True)
        return chain("AND", [term for term in terms if term != everything] or [everything])

    def _keyword(self, word: str) -> bool:
        self.scanner.space()
        return self.scanner.take(_KEYWORD[word]) is not None

    def _unary(self) -> Expression:
        scanner = self.scanner
        scanner.space()
        start = scanner.position
        self._nesting += 1
        if self._nesting > _DEEPEST:
            raise fail("expression-too-deep", f"the scope nests deeper than {_DEEPEST} levels", span=Span(start, start + 1))
        try:
            if self._keyword("not") or (scanner.peek() == "!" and scanner.accept("!")):
                operand = self._unary()
                return Unary("NOT", operand, span=scanner.since(start))
            if scanner.accept("("):
                if scanner.accept(")"):
                    return Term("*", wildcard=True, span=scanner.since(start))
                inner = self._any()
                scanner.expect(")", "closing the parenthesis")
                return inner
            return self._term(start)
        finally:
            self._nesting -= 1

    def _term(self, start: int) -> Expression:
        scanner = self.scanner
        if scanner.peek() == "[":
            plan = read_subquery(scanner, self._context)
            return Subsearch(plan, limit=most_rows(plan), span=scanner.since(start))
        if found := scanner.see(_NAME):
            after = scanner.position
            scanner.position = found.end()
            if operator := scanner.take(_OPERATOR):
                return self._comparison(found[0], operator[1], start)
            scanner.position = after
        raw = scanner.double()
        if raw is not None:
            if operator := scanner.take(_OPERATOR):
                return self._comparison(_plain(raw), operator[1], start)
            return _phrase(raw, scanner.since(start))
        word = scanner.take(_WORD)
        if word is None:
            raise scanner.unexpected("a word, a phrase or `name=value`")
        return _term_of(word[0], scanner.since(start))

    def _comparison(self, name: str, op: str, start: int) -> Expression:
        scanner = self.scanner
        # `_sourceCategory=prod/"a b"*`: pieces without space between them are one value; parentheses hold alternatives.
        if scanner.accept("("):
            values = self._alternatives(name, start)
            return self._negated(op, chain("OR", values))
        value = self._value(name, op)
        stored = METADATA.get(name.lower(), name)
        if op in ("!=", "<>"):
            # Messages without the field do not have the value either.
            return self._negated("!=", Match(stored, "=", (value,), span=scanner.since(start)))
        return Match(stored, "=" if op == "==" else op, (value,), span=scanner.since(start))

    def _value(self, name: str, op: str) -> str:
        scanner = self.scanner
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
            raise scanner.unexpected(f"a value after `{name}{op}`")
        return _pattern("".join(parts))

    def _alternatives(self, name: str, start: int) -> list[Expression]:
        found: list[Expression] = []
        while not self.scanner.accept(")"):
            if found:
                self._keyword("or")
            value = self._value(name, "=")
            found.append(Match(METADATA.get(name.lower(), name), "=", (value,), span=self.scanner.since(start)))
            self.scanner.take(_COMMAS)
        if not found:
            raise self.scanner.unexpected(f"a value after `{name}=(`")
        return found

    @staticmethod
    def _negated(op: str, expression: Expression) -> Expression:
        return Unary("NOT", expression, span=expression.span) if op in ("!=", "<>") else expression


def _plain(raw: str) -> str:
    return re.sub(r"\\(.)", r"\1", raw, flags=re.DOTALL)


def _pattern(raw: str) -> str:
    r"""The pattern of raw text: `\"`, `\\` and `\*` are the second letter, `*` any text."""
    return written_pattern(raw, '"\\*')


def _phrase(raw: str, span: Span) -> Expression:
    return _term_of(_SPACES.sub(" ", raw), span)


def _term_of(raw: str, span: Span) -> Expression:
    pattern = _pattern(raw)
    if "?" in raw and not has_wildcard(pattern) and re.search(r"\w\?|\?\w", raw):
        return _single(pieces(pattern)[0], span)
    if has_wildcard(pattern):
        return Term(pattern, wildcard=True, span=span) if any(pieces(pattern)) else Term("*", wildcard=True, span=span)
    return Term(pieces(pattern)[0], span=span)


def _single(text: str, span: Span) -> Expression:
    """A word with `?` for one character, or the word as it stands (a question mark is punctuation too)."""
    pattern = "".join("." if letter == "?" else re.escape(letter) for letter in text)
    edges = (r"\b" if text[0].isalnum() else "", r"\b" if text[-1].isalnum() else "")
    return Call("match", (Field("_raw", span=span), Literal(f"(?i){edges[0]}{pattern}{edges[1]}", span=span)), span=span)
