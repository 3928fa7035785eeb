"""Expressions of the language → SQL values over a relation: operators here, functions through their own build."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from pilotage.language.plan.branches import Subsearch
from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Match, Member, Term, Unary
from pilotage.language.plan.gathering import gathered
from pilotage.language.sql.comparison import OPERATORS, any_equal, compare
from pilotage.language.sql.context import Context
from pilotage.language.sql.fragments import Sql, all_of, any_of, call, infix, literal, negation
from pilotage.language.sql.matching import match_field, match_term, match_terms
from pilotage.language.sql.relation import Relation
from pilotage.language.sql.value import Value, constant, double, parsed, text
from pilotage.model.fields import Kind
from pilotage.model.problem import PilotageError, fail


@dataclass(slots=True)
class Evaluator:
    """Evaluates expressions against one relation; `bound` fields stand for other values (lambda parameters)."""

    relation: Relation
    bound: dict[str, Value] = field(default_factory=dict)

    @property
    def context(self) -> Context:
        """The query's context."""
        return self.relation.context

    def value(self, expression: Expression) -> Value:
        """The value of any expression."""
        self.context.check()
        match expression:
            case Literal():
                return constant(expression.value)
            case Field():
                return self.field(expression)
            case Call():
                return self._call(expression)
            case Unary(op="-"):
                return Value(call("negate", double(self.value(expression.operand))), Kind.NUMBER)
            case Binary(op="+" | "-" | "*" | "/" | "%" | "."):
                return _arithmetic(expression.op, self.value(expression.left), self.value(expression.right))
            case _:
                return Value(self.condition(expression), Kind.BOOLEAN)

    def field(self, expression: Field) -> Value:
        """A field; null with a message when nothing is known by that name."""
        name = expression.name
        if name in self.bound:
            return self.bound[name]
        found = self.relation.field(name)
        if found is None or not self.relation.knows(name):
            self._unknown(expression)
        return found if found is not None else constant(None)

    def _unknown(self, expression: Field) -> None:
        known = self.relation.wildcard_names()
        if self.relation.open and not known:
            return
        self.context.unknown_field(expression.name, known, expression.span)

    def condition(self, expression: Expression) -> Sql:
        """An expression as a condition, nullable: only true keeps a row. A text or number as condition is refused."""
        self.context.check()
        match expression:
            case Unary(op="NOT") if _of_search(expression.operand):
                return negation(call("ifNull", self.condition(expression.operand), exp.false()))
            case Unary(op="NOT"):
                return negation(self.condition(expression.operand))
            case Binary(op="AND"):
                return all_of(self.condition(term) for term in self.terms("AND", expression))
            case Binary(op="OR"):
                return self._any(self.terms("OR", expression))
            case Binary(op="XOR"):
                return call("xor", self.condition(expression.left), self.condition(expression.right))
            case Binary(op="LIKE"):
                return call("like", text(self.value(expression.left)), text(self.value(expression.right)))
            case Binary() if expression.op in OPERATORS:
                return compare(expression.op, self.value(expression.left), self.value(expression.right))
            case Member():
                return self._member(expression)
            case Match():
                return self._match(expression)
            case Term():
                return match_term(expression, self.relation.field("_raw"))
            case Subsearch():
                # Only a run knows what it says; a plan that is only looked at lets every row pass.
                return exp.true()
            case _:
                return self._truth(expression)

    def terms(self, op: str, expression: Expression) -> list[Expression]:
        """The terms of an `op` chain, those about one field gathered."""
        return gathered(op, expression, lambda f: f.name not in self.bound and self.field(f).kind is not Kind.MULTI)

    def _any(self, terms: list[Expression]) -> Sql:
        words = [term for term in terms if isinstance(term, Term)]
        tests = [match_terms(words, self.relation.field("_raw"))] if words else []
        return any_of([*tests, *(self.condition(term) for term in terms if not isinstance(term, Term))])

    def _truth(self, expression: Expression) -> Sql:
        value = self.value(expression)
        if value.kind is Kind.BOOLEAN or value.is_null:
            return value.sql
        if value.kind is Kind.VALUE:
            return infix(exp.EQ, call("lower", value.sql), literal("true"))
        raise fail(
            "condition-expected",
            "a condition must be true or false, this is a text or a number",
            span=expression.span,
            hint='compare it with something, as in `status = "ok"`',
        )

    def _member(self, expression: Member) -> Sql:
        operand = self.value(expression.operand)
        return any_equal(operand, [self.value(item) for item in expression.items])

    def _match(self, expression: Match) -> Sql:
        value = self.field(Field(expression.field, span=expression.span))
        return match_field(expression, value)

    def _call(self, expression: Call) -> Value:
        found = self.context.functions.get(expression.name)
        if found is None:
            near = difflib.get_close_matches(expression.name, list(self.context.functions), n=1)
            hint = f"did you mean `{near[0]}`?" if near else None
            raise fail("unknown-function", f"no function `{expression.name}`", span=expression.span, hint=hint)
        count = len(expression.arguments)
        if count < found.minimum or (found.maximum is not None and count > found.maximum):
            most = found.minimum if found.maximum is None else found.maximum
            wanted = (
                f"{found.minimum}"
                if found.maximum == found.minimum
                else f"{found.minimum} or more"
                if found.maximum is None
                else f"{found.minimum} to {most}"
            )
            raise fail("argument-count", f"`{found.name}` takes {wanted} arguments, not {count}", span=expression.span)
        arguments = () if found.lazy else tuple(self.value(a) for a in expression.arguments)
        return found.build(CallSite(expression, arguments, self))


@dataclass(frozen=True, slots=True)
class CallSite:
    """Implements `signature.Site` over an evaluator."""

    call: Call
    arguments: Sequence[Value]
    evaluator: Evaluator

    @property
    def now(self) -> int:
        """Epoch nanoseconds of the search's start."""
        return self.evaluator.context.now

    @property
    def zone(self) -> str:
        """The search's time zone."""
        return self.evaluator.context.zone

    def evaluate(self, expression: Expression, bound: dict[str, Value] | None = None) -> Value:
        """The value of an expression with some fields bound."""
        return Evaluator(self.evaluator.relation, {**self.evaluator.bound, **(bound or {})}).value(expression)

    def condition(self, expression: Expression, bound: dict[str, Value] | None = None) -> Sql:
        """An expression as a condition with some fields bound."""
        return Evaluator(self.evaluator.relation, {**self.evaluator.bound, **(bound or {})}).condition(expression)

    def text_constant(self, index: int) -> str:
        """The argument as a literal text."""
        known = self.arguments[index].constant
        if known is None or known[0] is None:
            raise self._wrong(index)
        return str(known[0])

    def _wrong(self, index: int) -> PilotageError:
        return fail(
            "constant-expected", f"argument {index + 1} of `{self.call.name}` must be a constant", span=self.call.arguments[index].span
        )


def _of_search(expression: Expression) -> bool:
    """Whether a condition is written in search syntax, where a missing field makes it false, not null."""
    match expression:
        case Match() | Term():
            return True
        case Binary(op="AND" | "OR"):
            return _of_search(expression.left) or _of_search(expression.right)
        case Unary(op="NOT"):
            return _of_search(expression.operand)
        case _:
            return False


_ARITHMETIC: dict[str, type[exp.Binary]] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


def _arithmetic(op: str, left: Value, right: Value) -> Value:
    if op == ".":
        return Value(call("concat", text(left), text(right)), Kind.TEXT)
    if op == "+" and (joined := _joined(left, right)) is not None:
        return joined
    first, second = double(left), double(right)
    if op == "/":
        return Value(infix(exp.Div, first, _divisor(right, second)), Kind.NUMBER)
    if op == "%":
        return Value(call("modulo", first, _divisor(right, second)), Kind.NUMBER)
    return Value(infix(_ARITHMETIC[op], first, second), Kind.NUMBER)


def _divisor(value: Value, sql: Sql) -> Sql:
    known = value.constant[0] if value.constant else None
    return sql if isinstance(known, int | float) and known else call("nullIf", sql, 0.0)


_TEXTS = {Kind.TEXT, Kind.VALUE, Kind.JSON, Kind.MULTI}


def _joined(left: Value, right: Value) -> Value | None:
    """`+` of two texts: the sum where both look numeric, else the texts joined; `None` when one side is a number by kind."""
    if left.kind not in _TEXTS or right.kind not in _TEXTS or left.is_null or right.is_null:
        return None
    total = call("toString", infix(exp.Add, parsed(text(left)), parsed(text(right))))
    return Value(call("ifNull", total, call("concat", text(left), text(right))), Kind.VALUE)
