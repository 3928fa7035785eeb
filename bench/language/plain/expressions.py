"""Expressions over one row: `eval` and `where` with their types, search clauses with their own."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from bench.language.plain.functions import FUNCTIONS
from bench.language.plain.values import Cell, Row, UnknownError, absent, compared, holds, many, number, text
from pilotage.language.plan.branches import Subsearch
from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Match, Member, Term, Unary
from pilotage.language.plan.patterns import pieces

_BREAK = r"[\x00-/:-@\[-`{-\x7f]"


@dataclass(slots=True)
class Evaluation:
    """What expressions need beside the row: the clock in epoch seconds, and the sub-searches' answers."""

    now: float
    answers: dict[int, Expression] = field(default_factory=dict)

    def value(self, expression: Expression, row: Row) -> Cell:
        """The value of an expression in a row."""
        match expression:
            case Literal(value):
                return value
            case Field(name):
                return row.get(name)
            case Unary("-", operand):
                found = number(self.value(operand, row))
                return None if found is None else -found
            case Unary() | Match() | Term() | Member() | Subsearch():
                return self.truth(expression, row)
            case Binary("AND" | "OR" | "XOR" | "LIKE"):
                return self.truth(expression, row)
            case Binary(op, left, right):
                one, other = self.value(left, row), self.value(right, row)
                return _arithmetic(op, one, other) if op in "+-*/%." else holds(op, one, other)
            case Call():
                return self._call(expression, row)
        raise UnknownError(type(expression).__name__)

    def truth(self, expression: Expression, row: Row) -> bool | None:
        """A condition in a row: true, false, or null."""
        match expression:
            case Unary("NOT", operand):
                found = self.truth(operand, row)
                # In a search clause a missing field is no match, so its negation is one.
                return not found if found is not None or _searching(operand) else None
            case Binary("AND", left, right):
                one, other = self.truth(left, row), self.truth(right, row)
                return False if one is False or other is False else None if one is None or other is None else True
            case Binary("OR", left, right):
                one, other = self.truth(left, row), self.truth(right, row)
                return True if one or other else None if one is None or other is None else False
            case Binary("XOR", left, right):
                one, other = self.truth(left, row), self.truth(right, row)
                return None if one is None or other is None else one != other
            case Binary("LIKE", left, right):
                return bool(found) if (found := FUNCTIONS["like"](self.value(left, row), self.value(right, row))) is not None else None
            case Member(operand, items):
                value = self.value(operand, row)
                return None if absent(value) else any(holds("=", value, self.value(item, row)) for item in items)
            case Match():
                return _matches(expression, row)
            case Term():
                return _found(expression, text(row.get("_raw")))
            case Subsearch():
                if id(expression) not in self.answers:
                    raise UnknownError("sub-search")
                return self.truth(self.answers[id(expression)], row)
        value = self.value(expression, row)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise UnknownError("a condition that is none")

    def _call(self, call: Call, row: Row) -> Cell:
        arguments = call.arguments
        match call.name:
            case "if":
                return self.value(arguments[1] if self.truth(arguments[0], row) else arguments[2], row)
            case "case":
                return next((self.value(v, row) for c, v in zip(arguments[::2], arguments[1::2], strict=False) if self.truth(c, row)), None)
            case "now" | "time":
                return self.now
            case "searchmatch":
                return self.truth(arguments[0], row)
            case "mvfilter" | "mvmap":
                return self._members(call, row)
        known = FUNCTIONS.get(call.name)
        if known is None:
            raise UnknownError(f"function {call.name}")
        return known(*(self.value(argument, row) for argument in arguments))

    def _members(self, call: Call, row: Row) -> Cell:
        names = {part.name for part in _parts(call) if isinstance(part, Field)}
        if len(names) != 1 or call.name == "mvmap":
            raise UnknownError(call.name)
        (name,) = names
        return [each for each in many(row.get(name)) if self.truth(call.arguments[0], {**row, name: each})]


def _parts(expression: Expression) -> list[Expression]:
    found: list[Expression] = [expression]
    for part in (getattr(expression, "arguments", ()), getattr(expression, "items", ())):
        for each in part:
            found += _parts(each)
    for name in ("operand", "left", "right"):
        if isinstance(each := getattr(expression, name, None), Expression):
            found += _parts(each)
    return found


def _searching(expression: Expression) -> bool:
    return any(isinstance(part, Match | Term | Subsearch) for part in _parts(expression))


def _arithmetic(op: str, one: Cell, other: Cell) -> Cell:
    if op == ".":
        first, second = text(one), text(other)
        return None if first is None or second is None else first + second
    left, right = number(one), number(other)
    if op == "+" and isinstance(one, str) and isinstance(other, str) and (left is None or right is None):
        return one + other
    if (
        op == "+"
        and isinstance(one, str) != isinstance(other, str)
        and not absent(one)
        and not absent(other)
        and (left is None or right is None)
    ):
        raise UnknownError("a number and a text added")
    if left is None or right is None or (op in "/%" and right == 0):
        return None
    if op == "%":
        return math.fmod(left, right)
    return {"+": left + right, "-": left - right, "*": left * right, "/": left / right if right else None}[op]


def _matches(match: Match, row: Row) -> bool:
    value = row.get(match.field)
    if absent(value):
        return False
    if match.op in ("=", "!="):
        members = many(value)
        found = any(_equal(match, each, wanted) for each in members for wanted in match.values)
        return found if match.op == "=" else not found
    return any(holds(match.op, each, "".join(pieces(match.values[0]))) for each in (value if isinstance(value, list) else [value]))


def _equal(match: Match, value: str, wanted: str) -> bool:
    parts = pieces(wanted)
    if len(parts) == 1 and number(parts[0]) is not None:
        return number(value) == number(parts[0]) if number(value) is not None else False
    flags = re.DOTALL | (re.NOFLAG if match.case_sensitive else re.IGNORECASE)
    return re.fullmatch(".*".join(map(re.escape, parts)), value, flags) is not None


def _found(term: Term, raw: str | None) -> bool:
    parts = pieces(term.text) if term.wildcard else (term.text,)
    if not any(parts):
        return True
    if raw is None:
        return False
    pattern = r"\S*?".join(map(re.escape, parts))
    if parts[0] and re.match(r"\w", parts[0]) and parts[0][0] != "_":
        pattern = rf"(?:^|{_BREAK}){pattern}"
    if parts[-1] and re.match(r"\w", parts[-1][-1]) and parts[-1][-1] != "_":
        pattern += rf"(?:{_BREAK}|$)"
    return re.search(pattern, raw, re.NOFLAG if term.case_sensitive else re.IGNORECASE) is not None


__all__ = ["Evaluation", "compared"]
