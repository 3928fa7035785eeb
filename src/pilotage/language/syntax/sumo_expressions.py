"""Expressions of Sumo's stages: `&& || !`, `= == != <>`, `? :`, `in`, `matches` globs and regular expressions, functions by any case."""

from __future__ import annotations

import re
from dataclasses import replace

from pilotage.language.plan.branches import Subsearch
from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Member, Unary
from pilotage.language.plan.nodes import Limit, Node, Project
from pilotage.language.plan.walk import chain, depth
from pilotage.language.syntax.context import Context, Signature
from pilotage.language.syntax.evaluation import check_count
from pilotage.language.syntax.names import Names
from pilotage.language.syntax.scanner import Scanner, nearest
from pilotage.model.problem import PilotageError, Span, fail

MOST_ROWS = 2_500
"""Rows of a sub-query that count, unless `maxresults` says otherwise."""
HIGHEST = 10_000
_BOUND = "maxresults"
RESERVED = frozenset({"and", "or", "not", "in", "matches", "like", "as", "by"})
_LEVELS = {"OR": 1, "AND": 2, "NOT": 3, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_COMPARISONS = {"=": "=", "==": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_COMPARING = 4
_DEEPEST_NESTING = 60
_DEEPEST_TREE = 150
_NUMBER = re.compile(r"((?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)(?:([KMGTP])(i?)|(?:\.?[fdL]|\.))?(?![\w@])")
_NAME = re.compile(r"(?:[^\W\d]|[@$])[\w@$]*(?:\.[\w@$]+|\[\d+\])*|\d+[A-Za-z_]\w*")
_PERCENT = re.compile(r'%"((?:[^"\\]|\\.)*)"|%([\w@$.\[\]-]+)')
_REGEX = re.compile(r"/((?:[^/\\\n]|\\.)*)/(i(?!\w))?")
_OPERATOR = re.compile(r"&&|\|\||==|!=|<>|<=|>=|[-=<>+*/%]|(?:(?:not\s+)?(?:in|matches|like|contains)|and|or)(?![\w.])", re.IGNORECASE)
_NOT = re.compile(r"not(?![\w.])", re.IGNORECASE)
_CONSTANTS: dict[str, bool | None] = {"null": None, "true": True, "false": False}
_RANGE = frozenset({"querystarttime", "queryendtime", "querytimerange"})
_MILLION = 1_000_000
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_WORDS = {"&&": "AND", "||": "OR"}


def unescaped(raw: str) -> str:
    r"""The text of a string: `\"` and `\\` are the second letter, `\n`, `\t`, `\r` the control characters, any other backslash stays."""
    if "\\" not in raw:
        return raw
    return re.sub(r'\\(["\\ntr])', lambda found: _ESCAPES.get(found[1], found[1]), raw)


def read_name(scanner: Scanner) -> str | None:
    """A field name as written: a word, `%"any name"` or `%users[2].street`; `None` when none stands here. Nothing is looked up."""
    scanner.space()
    if found := scanner.take(_PERCENT):
        return unescaped(found[1]) if found[1] is not None else found[2]
    found = scanner.take(_NAME)
    return found[0] if found else None


class SumoExpressions:
    """Reads one expression from a scanner and leaves the scanner behind it."""

    def __init__(self, scanner: Scanner, context: Context, names: Names) -> None:
        self.scanner = scanner
        self.context = context
        self.vocabulary = context.vocabulary
        self.names = names
        self._nesting = 0

    def expression(self) -> Expression:
        """One expression. Raises codes `syntax`, `quote-open`, `unknown-function`, `arguments`, `expression-too-deep`."""
        start = self.scanner.position
        result = self._choice()
        if depth(result) > _DEEPEST_TREE:
            raise self._too_deep(self.scanner.since(start))
        return result

    def _choice(self) -> Expression:
        condition = self._binary(0)
        if not self.scanner.accept("?"):
            return condition
        then = self._choice()
        self.scanner.expect(":", "between the two values of `? :`")
        other = self._choice()
        return Call("if", (condition, then, other), span=condition.span.join(other.span))

    def _binary(self, level: int) -> Expression:
        left = self._operand()
        while True:
            self.scanner.space()
            found = self.scanner.see(_OPERATOR)
            if found is None:
                return left
            words = found[0].upper().split()
            op = _WORDS.get(words[-1], words[-1])
            own = _LEVELS.get(op, _COMPARING)
            if own < level:
                return left
            self.scanner.position = found.end()
            left = self._joined(op, left, own)
            if len(words) > 1:
                left = Unary("NOT", left, span=left.span)

    def _joined(self, op: str, left: Expression, own: int) -> Expression:
        """What an operator makes of `left` and what follows."""
        match op:
            case "AND" | "OR":
                return chain(op, [left, self._binary(own + 1)])
            case "IN":
                return Member(left, self._list(), span=self._span(left))
            case "MATCHES":
                return self._matches(left)
            case "CONTAINS":
                right = self._binary(own + 1)
                return Call("sumo.contains", (left, right), span=left.span.join(right.span))
            case "LIKE":
                right = self._binary(own + 1)
                return Binary("LIKE", left, right, span=left.span.join(right.span))
        right = self._binary(own + 1)
        span = left.span.join(right.span)
        if op == "+":
            return Binary("+", _number(left), _number(right), span=span)
        return Binary(_COMPARISONS.get(op, op), left, right, span=span)

    def _operand(self) -> Expression:
        self._nesting += 1
        if self._nesting > _DEEPEST_NESTING:
            raise self._too_deep(self.scanner.since(self.scanner.position))
        try:
            return self._sign()
        finally:
            self._nesting -= 1

    def _sign(self) -> Expression:
        scanner = self.scanner
        scanner.space()
        start = scanner.position
        if scanner.accept("-"):
            operand = self._operand()
            if isinstance(operand, Literal) and isinstance(operand.value, int | float) and not isinstance(operand.value, bool):
                return Literal(-operand.value, span=scanner.since(start))
            return Unary("-", operand, span=scanner.since(start))
        if scanner.accept("+"):
            return self._operand()
        if (scanner.peek() == "!" and scanner.accept("!")) or scanner.take(_NOT):
            operand = self._binary(_LEVELS["NOT"])
            return Unary("NOT", operand, span=Span(start, max(start, operand.span.end)))
        return self._primary(start)

    def _primary(self, start: int) -> Expression:
        scanner = self.scanner
        if scanner.accept("("):
            inner = self._choice()
            scanner.expect(")", "closing the parenthesis")
            return inner
        if scanner.peek() == "[":
            return self._subquery(start)
        raw = scanner.double()
        if raw is not None:
            return Literal(unescaped(raw), span=scanner.since(start))
        if found := scanner.take(_NUMBER):
            return Literal(self._value(found, scanner.since(start)), span=scanner.since(start))
        if scanner.accept("*"):
            # A variable without a value.
            return Literal("*", span=scanner.since(start))
        if found := scanner.take(_REGEX):
            pattern = Literal(_pattern(found), span=scanner.since(start))
            return Call("sumo.pattern", (pattern,), span=pattern.span)
        return self._named(start)

    def _subquery(self, start: int) -> Expression:
        """`[subquery: … | compose k]`: what its rows say of this row's fields."""
        found = read_subquery(self.scanner, self.context)
        fields = tuple(self.names.use(name) for name in composed(found))
        return Subsearch(found, form="eval", limit=most_rows(found), span=self.scanner.since(start)) if fields else Literal(None)

    def _named(self, start: int) -> Expression:
        scanner = self.scanner
        quoted = scanner.peek() == "%"
        name = read_name(scanner)
        if name is None or (not quoted and name.lower() in RESERVED):
            scanner.position = start
            raise scanner.unexpected("a value, a field or `(`")
        end, word = scanner.position, scanner.since(start)
        if not quoted:
            if scanner.accept("("):
                return self._call(name, word)
            scanner.position = end
            if name.lower() in _CONSTANTS:
                return Literal(_CONSTANTS[name.lower()], span=word)
        return Field(self.names.use(name), span=word)

    @staticmethod
    def _value(found: re.Match[str], span: Span) -> int | float:
        text = found[1]
        value: int | float = int(text) if text.isdigit() and len(text) < 40 else float(text)
        if found[2]:
            value *= (1024 if found[3] else 1000) ** ("KMGTP".index(found[2]) + 1)
        if value in (float("inf"), float("-inf")):
            raise fail("number", f"the number `{text[:40]}` is too large", span=span, hint="numbers go up to about 1.8e308")
        return value

    def _call(self, written: str, word: Span) -> Expression:
        """A function whose `(` has been read."""
        name = written.lower()
        arguments = self._arguments()
        span = self.scanner.since(word.start)
        if name == "in" and len(arguments) > 1:
            return Member(arguments[0], arguments[1:], span=span)
        if name in _CONSTANTS and not arguments:
            return Literal(_CONSTANTS[name], span=span)
        if name in _RANGE and not arguments:
            return Literal(self._range(name), span=span)
        signature = self.function(name, written, word)
        check_count(written, signature, len(arguments), span)
        return Call(signature.name, arguments, span=span)

    def _range(self, name: str) -> int | None:
        """Start, end or length of the search's range in milliseconds; null for a start that is open."""
        start, end = self.context.time.earliest, self.context.time.latest or self.context.now
        if name == "queryendtime":
            return end // _MILLION
        return None if start is None else start // _MILLION if name == "querystarttime" else (end - start) // _MILLION

    def function(self, name: str, written: str, word: Span) -> Signature:
        """The function of a lower-case name. Raises code `unknown-function`."""
        signature = self.vocabulary.evals.get(name)
        if signature is None:
            hint = nearest(name, (*self.vocabulary.evals, *self.vocabulary.aggregates))
            if name in self.vocabulary.aggregates:
                hint = f"`{written}` aggregates: it is a stage of its own, as in `| {written}(x) by y`"
            raise fail("unknown-function", f"no function `{written}`", span=word, hint=hint)
        return signature

    def _matches(self, left: Expression) -> Expression:
        """`matches "glob"`, `matches /regex/`, or a pattern that a field holds."""
        scanner = self.scanner
        scanner.space()
        start = scanner.position
        if found := scanner.take(_REGEX):
            pattern = Literal(_pattern(found), span=scanner.since(start))
            return Call("match", (left, pattern), span=self._span(left))
        right = self._binary(_COMPARING + 1)
        span = left.span.join(right.span)
        if isinstance(right, Literal) and isinstance(right.value, str | int | float):
            return Binary("LIKE", left, Literal(like_of(str(right.value)), span=right.span), span=span)
        return Call("sumo.matches", (left, right), span=span)

    def _list(self) -> tuple[Expression, ...]:
        self.scanner.expect("(", "after IN")
        items = self._arguments()
        if not items:
            raise self.scanner.unexpected("a value in the list of `in`")
        return items

    def _arguments(self) -> tuple[Expression, ...]:
        """Expressions up to the `)`, which is read too."""
        if self.scanner.accept(")"):
            return ()
        found = [self._choice()]
        while self.scanner.accept(","):
            found.append(self._choice())
        self.scanner.expect(")", "or `,` after an argument")
        return tuple(found)

    def _span(self, left: Expression) -> Span:
        return Span(left.span.start, max(left.span.start, self.scanner.position))

    @staticmethod
    def _too_deep(span: Span) -> PilotageError:
        sentence = f"the expression nests deeper than {_DEEPEST_NESTING} parentheses or {_DEEPEST_TREE} operators"
        return fail("expression-too-deep", sentence, span=span, hint="split it over several stages")


def _pattern(found: re.Match[str]) -> str:
    """A regular expression between slashes."""
    return ("(?i)" if found[2] else "") + found[1].replace("\\/", "/")


def read_subquery(scanner: Scanner, context: Context) -> Node:
    """The plan of the `[subquery: …]` at the position. Raises code `unsupported` where there can be none."""
    start = scanner.position
    inside = scanner.brackets()
    if inside is None or context.pipelines is None:
        raise fail("unsupported", "a sub-query has no place here", span=Span(start, start + 1))
    return context.pipelines.search(scanner.text, inside.start, inside.end, context)


def bounded(plan: Node, most: int, span: Span) -> Node:
    """A sub-query of which so many rows count (`maxresults`). Raises code `option-value`."""
    if not 1 <= most <= HIGHEST:
        raise fail("option-value", f"`{most}` is no value for `maxresults`", span=span, hint=f"write a number from 1 to {HIGHEST}")
    return replace(plan, input=Limit(plan.input, most, command=_BOUND, span=span)) if isinstance(plan, Project) else plan


def most_rows(plan: Node) -> int:
    """How many rows of a sub-query count."""
    below = plan.input if isinstance(plan, Project) else None
    return below.count if isinstance(below, Limit) and below.command == _BOUND else MOST_ROWS


def composed(plan: Node) -> tuple[str, ...]:
    """The fields that a sub-query hands over."""
    return plan.patterns if isinstance(plan, Project) else ()


def like_of(glob: str) -> str:
    """A glob, whose only wildcard is `*`, as a pattern of LIKE."""
    return "%".join(re.sub(r"([\\%_])", r"\\\1", part) for part in glob.split("*"))


def _number(operand: Expression) -> Expression:
    """An operand of `+`, which adds and never joins texts."""
    known = isinstance(operand, Literal) and isinstance(operand.value, int | float)
    sum_ = isinstance(operand, Binary) and operand.op in "+-*/%"
    return operand if known or sum_ else Call("tonumber", (operand,), span=operand.span)
