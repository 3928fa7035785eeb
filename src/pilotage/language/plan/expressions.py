"""Expression tree shared by every dialect. Every node carries the span of the text it came from; equality ignores spans."""

from __future__ import annotations

from dataclasses import dataclass, field

from pilotage.model.problem import Span

NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """Base of all nodes: only the span."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A constant: `None`, bool, int, float or str. A str that came from quotes stays text even when it looks numeric."""

    value: str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Field(Expression):
    """A field by name, as typed (`resource.k`, `'any name'` without its quotes)."""

    name: str


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """A function by its canonical lower-case name."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Unary(Expression):
    """`op` is `-` or `NOT`."""

    op: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    """`op` ∈ `+ - * / % . = != < <= > >= LIKE AND OR XOR` with eval/where meaning (typed, case-sensitive)."""

    op: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Member(Expression):
    """`operand IN (items)` with eval meaning: exact, case-sensitive."""

    operand: Expression
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Term(Expression):
    """A bare word or phrase of a search clause, matched on whole tokens of `_raw`, case-insensitive unless `case_sensitive`.

    `text` is a pattern (`plan.patterns`) when `wildcard`, else literal; `exact_token` is `TERM(…)`.
    """

    text: str
    wildcard: bool = False
    case_sensitive: bool = False
    exact_token: bool = False


@dataclass(frozen=True, slots=True)
class Match(Expression):
    """`field op value` of a search clause: case-insensitive, `*` is a wildcard, numeric when both look numeric.

    `op` ∈ `= != < <= > >=`; more than one value is `IN (…)` (only with `=` or `!=`). `!=` needs the field to exist; negation by `NOT`
    is `Unary("NOT", …)` and does not. Each value is a pattern (`plan.patterns.pieces` takes it apart).
    """

    field: str
    op: str
    values: tuple[str, ...]
    case_sensitive: bool = False
