"""Expressions of `eval` and `where`: precedence climbing over the scanner, function names and argument counts checked."""

from __future__ import annotations

import math
import re

from pilotage.language.plan.branches import Subsearch
from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Member, Unary
from pilotage.language.plan.walk import chain, depth
from pilotage.language.syntax.clause import ClauseParser
from pilotage.language.syntax.context import Signature, Vocabulary
from pilotage.language.syntax.scanner import Scanner, nearest, unescape
from pilotage.model.problem import PilotageError, Span, fail

LEVELS = {"XOR": 1, "OR": 2, "AND": 3, "NOT": 4}
"""Binding strength, loosest first; comparisons follow at 5, concatenation 6, sums 7, products 8, signs 9."""
LEVELS |= dict.fromkeys(("=", "!=", "<", "<=", ">", ">=", "LIKE", "IN"), 5) | {".": 6, "+": 7, "-": 7, "*": 8, "/": 8, "%": 8}
RESERVED = frozenset({"and", "or", "not", "xor", "like", "in"})

_DEEPEST_NESTING = 60
_DEEPEST_TREE = 150
_NUMBER = re.compile(r"(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?(?!\w)")
# Braces make the whole path one field (`a{}.b`), as they mean nothing else in an expression.
_NAME = re.compile(r"[^\W\d]\w*(?:(?:\.\w+)*\{\d*\}(?:\.\w+|\{\d*\})*)?")
_OPERATOR = re.compile(r"(?:==|!=|<=|>=|[-=<>+*/%.]|(?:(?:not\s+)?(?:in|like)|and|or|xor)(?!\w))", re.IGNORECASE)
_IS_NULL = re.compile(r"is\s+(not\s+)?null(?!\w|\s*\()", re.IGNORECASE)
_CONSTANTS: dict[str, bool | None] = {"null": None, "true": True, "false": False}


class EvalParser:
    """Reads one expression from a scanner and leaves the scanner behind it."""

    def __init__(self, scanner: Scanner, vocabulary: Vocabulary) -> None:
        self.scanner = scanner
        self.vocabulary = vocabulary
        self._nesting = 0

    def expression(self) -> Expression:
        """One expression. Raises codes `syntax`, `quote-open`, `unknown-function`, `arguments`, `expression-too-deep`."""
        start = self.scanner.position
        result = self._binary(0)
        if depth(result) > _DEEPEST_TREE:
            raise self._too_deep(self.scanner.since(start))
        return result

    def condition(self) -> Expression:
        """One expression that can be true or false. Raises code `condition` for a number or a text besides."""
        result = self.expression()
        if isinstance(result, Literal) and not isinstance(result.value, bool | None):
            raise _no_condition("a constant", result.span)
        if (isinstance(result, Binary) and result.op in "+-*/%.") or (isinstance(result, Unary) and result.op == "-"):
            raise _no_condition("a calculation", result.span)
        return result

    def _binary(self, level: int) -> Expression:
        left = self._operand(level)
        while True:
            self.scanner.space()
            if level <= LEVELS["="] and (test := self.scanner.take(_IS_NULL)):
                # No word of SPL's own, but people write it, and it can mean nothing else.
                left = Call("isnotnull" if test[1] else "isnull", (left,), span=self._span(left))
                continue
            found = self.scanner.see(_OPERATOR)
            if found is None:
                return left
            words = found[0].upper().split()
            op = "=" if words[-1] == "==" else words[-1]
            if LEVELS[op] < level:
                return left
            self.scanner.position = found.end()
            if op in ("AND", "OR"):
                left = self._chain(op, left)
            elif op == "IN":
                left = Member(left, self._list(), span=self._span(left))
            else:
                right = self._binary(LEVELS[op] + 1)
                left = Binary(op, left, right, span=left.span.join(right.span))
            if len(words) > 1:
                left = Unary("NOT", left, span=left.span)

    def _chain(self, op: str, first: Expression) -> Expression:
        terms = [first, self._binary(LEVELS[op] + 1)]
        again = re.compile(rf"\s*{op}(?!\w)", re.IGNORECASE)
        while self.scanner.take(again):
            terms.append(self._binary(LEVELS[op] + 1))
        return chain(op, terms)

    def _operand(self, level: int) -> Expression:
        self._nesting += 1
        if self._nesting > _DEEPEST_NESTING:
            raise self._too_deep(self.scanner.since(self.scanner.position))
        try:
            return self._sign(level)
        finally:
            self._nesting -= 1

    def _sign(self, level: int) -> Expression:
        scanner = self.scanner
        scanner.space()
        start = scanner.position
        if scanner.accept("-"):
            operand = self._operand(9)
            if isinstance(operand, Literal) and isinstance(operand.value, int | float) and not isinstance(operand.value, bool):
                return Literal(-operand.value, span=scanner.since(start))
            return Unary("-", operand, span=scanner.since(start))
        if scanner.accept("+"):
            return self._operand(9)
        if scanner.peek() == "!" and scanner.accept("!"):
            # Undocumented, but people write `!match(…)`: it binds as tightly as a sign.
            operand = self._operand(9)
            return Unary("NOT", operand, span=scanner.since(start))
        if level <= LEVELS["NOT"] and scanner.take(re.compile(r"not(?!\w)", re.IGNORECASE)):
            operand = self._binary(LEVELS["NOT"])
            return Unary("NOT", operand, span=Span(start, max(start, operand.span.end)))
        return self._primary(start)

    def _primary(self, start: int) -> Expression:
        scanner = self.scanner
        if scanner.accept("("):
            inner = self._binary(0)
            scanner.expect(")", "closing the parenthesis")
            return inner
        if scanner.peek() == "[":
            return Subsearch(scanner.read_search(), form="eval", span=scanner.since(start))
        raw = scanner.double()
        if raw is not None:
            return Literal(unescape(raw), span=scanner.since(start))
        raw = scanner.single()
        if raw is not None:
            return Field(unescape(raw), span=scanner.since(start))
        if found := scanner.take(_NUMBER):
            return Literal(self._number(found[0], scanner.since(start)), span=scanner.since(start))
        found = scanner.see(_NAME)
        if found is None or found[0].lower() in RESERVED - {"in", "like"}:
            raise scanner.unexpected("a value, a field or `(`")
        scanner.position = found.end()
        word = scanner.since(start)
        if scanner.accept("("):
            return self._call(found[0].lower(), word)
        scanner.position = found.end()
        if found[0].lower() in RESERVED:
            scanner.position = start
            raise scanner.unexpected("a value, a field or `(`")
        return Field(found[0], span=word)

    @staticmethod
    def _number(text: str, span: Span) -> int | float:
        value = int(text) if text.isdigit() and len(text) < 40 else float(text)
        if isinstance(value, float) and math.isinf(value):
            raise fail("number", f"the number `{text[:40]}` is too large", span=span, hint="numbers go up to about 1.8e308")
        return value

    def _call(self, name: str, word: Span) -> Expression:
        """A function whose `(` has been read."""
        if name == "searchmatch":
            return self._searchmatch()
        arguments = self._arguments()
        span = self.scanner.since(word.start)
        if name in _CONSTANTS and not arguments:
            return Literal(_CONSTANTS[name], span=span)
        if name == "in":
            if len(arguments) < 2:
                raise _count("in", "at least 2", len(arguments), span)
            return Member(arguments[0], arguments[1:], span=span)
        signature = self.vocabulary.evals.get(name)
        if signature is None:
            hint = nearest(name, self.vocabulary.evals)
            if name in self.vocabulary.aggregates:
                hint = f"`{name}` is an aggregate: use it in `stats`, `chart` or `timechart`"
            raise fail("unknown-function", f"no function `{name}`", span=word, hint=hint)
        check_count(name, signature, len(arguments), span)
        return Call(signature.name, arguments, span=span)

    def _searchmatch(self) -> Expression:
        """`searchmatch("search text")` is that search clause in the place of a condition."""
        scanner = self.scanner
        scanner.space()
        start = scanner.position
        raw = scanner.double()
        if raw is None:
            raise scanner.unexpected('a quoted search, as in `searchmatch("level=error")`')
        scanner.expect(")", "after the search text")
        # Keep offsets: parse in place when nothing is escaped, else the unescaped text with spans of the whole string.
        if "\\" not in raw:
            return ClauseParser(Scanner(scanner.text, start + 1, start + 1 + len(raw))).clause()
        return ClauseParser(Scanner(unescape(raw)), offset=Span(start, start + len(raw) + 2)).clause()

    def _list(self) -> tuple[Expression, ...]:
        self.scanner.expect("(", "after IN")
        items = self._arguments()
        if not items:
            raise self.scanner.unexpected("a value in the list of IN")
        return items

    def _arguments(self) -> tuple[Expression, ...]:
        """Expressions up to the `)`, which is read too."""
        if self.scanner.accept(")"):
            return ()
        found = [self._binary(0)]
        while self.scanner.accept(","):
            found.append(self._binary(0))
        self.scanner.expect(")", "or `,` after an argument")
        return tuple(found)

    def _span(self, left: Expression) -> Span:
        return Span(left.span.start, max(left.span.start, self.scanner.position))

    @staticmethod
    def _too_deep(span: Span) -> PilotageError:
        sentence = f"the expression nests deeper than {_DEEPEST_NESTING} parentheses or {_DEEPEST_TREE} operators"
        return fail("expression-too-deep", sentence, span=span, hint="split it over several `eval` assignments")


def check_count(name: str, signature: Signature, count: int, span: Span) -> None:
    """Refuse a wrong number of arguments with code `arguments`."""
    low, high = signature.minimum, signature.maximum
    if low <= count and (high is None or count <= high):
        return
    wanted = f"at least {low}" if high is None else str(low) if low == high else f"{low} to {high}"
    example = next((text for text, _ in signature.examples if text.startswith(f"{name.lower()}(")), None)
    raise _count(name, wanted, count, span, f"write it as in `{example}`" if example else None)


def _count(name: str, wanted: str, count: int, span: Span, hint: str | None = None) -> PilotageError:
    return fail("arguments", f"`{name}` takes {wanted} argument{'' if wanted == '1' else 's'}, {count} given", span=span, hint=hint)


def _no_condition(what: str, span: Span) -> PilotageError:
    return fail("condition", f"{what} is neither true nor false", span=span, hint='compare it with something, as in `level="error"`')
