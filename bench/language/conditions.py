"""How a condition can be true: alternatives, each a list of wishes for fields of the sources that its names come from."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from bench.language.wants import Alternative, Source, Want
from pilotage.language.plan.branches import Subsearch
from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal, Match, Member, Term, Unary
from pilotage.language.plan.patterns import has_wildcard, pieces

if TYPE_CHECKING:
    from bench.language.demands import Names

MOST = 24
MOST_ROWS = 400
_FLIPPED = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_SAME = frozenset(
    [
        "lower",
        "upper",
        "trim",
        "ltrim",
        "rtrim",
        "tostring",
        "tonumber",
        "coalesce",
        "mvindex",
        "mvdedup",
        "replace",
        "split",
        "mvjoin",
        "nullif",
        "tomv",
        "todouble",
        "toint",
        "sumo.lower",
    ]
)


def alternatives(condition: Expression, names: Names, *, wanted: bool = True, depth: int = 0) -> list[Alternative]:
    """Ways to make a condition true (or false, not `wanted`); the empty alternative asks nothing."""
    if depth > 40:
        return [()]
    match condition:
        case Unary("NOT", operand):
            return alternatives(operand, names, wanted=not wanted, depth=depth + 1)
        case Binary("AND" | "OR" as op, left, right):
            one = alternatives(left, names, wanted=wanted, depth=depth + 1)
            other = alternatives(right, names, wanted=wanted, depth=depth + 1)
            return _both(one, other) if (op == "AND") == wanted else [*one, *other][:MOST]
        case Match(field, op, values):
            return _match(names, field, op, values, wanted)
        case Term(text, wildcard):
            return _resolved(names, "_raw", Want("term", "x".join(pieces(text)) if wildcard else text)) if wanted else [()]
        case Subsearch():
            return [()]
        case Member(operand, items):
            found = [each for item in items if isinstance(item, Literal) for each in _compare(operand, "=", item, names, depth)]
            return (found[:MOST] or [()]) if wanted else [()]
        case Binary(op, left, right) if op in _FLIPPED or op == "LIKE":
            return _comparison(op, (left, right), names, wanted, depth)
        case Call():
            return _call(condition, names, wanted, depth)
        case Literal() | Field():
            return [()]
    return [()]


def _both(one: list[Alternative], other: list[Alternative]) -> list[Alternative]:
    count = min(MOST, max(len(one), len(other)))
    return [(*one[n % len(one)], *other[n % len(other)]) for n in range(count)]


def _match(names: Names, field: str, op: str, values: tuple[str, ...], wanted: bool) -> list[Alternative]:
    if not wanted:
        return _resolved(names, field, Want("absent", sharp=False)) if op == "=" and values == ("*",) else [()]
    if op == "=":
        return [each for value in values for each in _resolved(names, field, _equal(value))][:MOST]
    if op == "!=":
        return _resolved(names, field, Want("differs", values[0]))
    return _resolved(names, field, _bound(op, values[0]))


def _equal(pattern: str) -> Want:
    if pattern == "*":
        return Want("present")
    return Want("pattern", pattern) if has_wildcard(pattern) else Want("equal", "".join(pieces(pattern)))


def _bound(op: str, value: object) -> Want:
    text = str(value)
    if not re.fullmatch(r"-?\d+(\.\d+)?(e[+-]?\d+)?", text):
        return Want("present")
    return Want("more" if op.startswith(">") else "less", text)


def _comparison(op: str, sides: tuple[Expression, Expression], names: Names, wanted: bool, depth: int) -> list[Alternative]:
    left, right = sides
    if op == "LIKE":
        return _call(Call("like", (left, right)), names, wanted, depth)
    asked = op if wanted else _FLIPPED[op]
    if isinstance(left, Literal):
        left, right, asked = right, left, _SWAPPED.get(asked, asked)
    return _compare(left, asked, right, names, depth)


def _compare(subject: Expression, op: str, other: Expression, names: Names, depth: int) -> list[Alternative]:
    if not isinstance(other, Literal) or other.value is None:
        if op in _SWAPPED and isinstance(subject, Field) and isinstance(other, Field):
            high, low = (subject, other) if op.startswith(">") else (other, subject)
            return _both(_resolved(names, high.name, Want("more", "1000")), _resolved(names, low.name, Want("less", "500")))
        return [()]
    value = other.value
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    want = Want("equal", text) if op == "=" else Want("differs", text.replace("*", r"\*")) if op == "!=" else _bound(op, text)
    return _valued(subject, want, names, depth)


def _valued(subject: Expression, want: Want, names: Names, depth: int) -> list[Alternative]:
    """Ways for an expression to have a value that is wanted."""
    if depth > 40:
        return [()]
    match subject:
        case Field(name):
            return _resolved(names, name, want, depth)
        case Call("if" | "case", arguments):
            pairs = _branches(subject.name, arguments)
            for conditions, value in pairs:
                if isinstance(value, Literal) and value.value is not None and want.fits(_text(value.value)):
                    found: list[Alternative] = [()]
                    for condition, wanted in conditions:
                        found = _both(found, alternatives(condition, names, wanted=wanted, depth=depth + 1))
                    return found
            first = next((value for _, value in pairs if not isinstance(value, Literal)), None)
            return [()] if first is None else _valued(first, want, names, depth + 1)
        case Call(name, arguments) if arguments and name in _SAME:
            return _valued(arguments[0], want, names, depth + 1)
        case Call("len", arguments) if want.kind == "more":
            size = int(float(want.value)) + 2
            return _valued(arguments[0], Want("equal", "y" * size), names, depth + 1) if size < 5000 else [()]
        case Call("mvcount" | "isnum", _):
            return [()]
        case Call("match" | "like" | "cidrmatch" | "isnull" | "isnotnull" | "searchmatch", _):
            return _call(subject, names, want.value.lower() in ("true", "1"), depth + 1)
        case Binary("+" | "-" | "*" | "/", left, Literal()) if want.kind in ("more", "less"):
            return _valued(left, Want("more", "100000") if want.kind == "more" else Want("less", "1"), names, depth + 1)
    return [()]


def _branches(name: str, arguments: tuple[Expression, ...]) -> list[tuple[list[tuple[Expression, bool]], Expression]]:
    if name == "if" and len(arguments) == 3:
        return [([(arguments[0], True)], arguments[1]), ([(arguments[0], False)], arguments[2])]
    return [([(condition, True)], value) for condition, value in zip(arguments[::2], arguments[1::2], strict=False)]


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _call(call: Call, names: Names, wanted: bool, depth: int) -> list[Alternative]:
    match call.name, call.arguments:
        case "match" | "regex" | "sumo.matches", (subject, Literal(str() as pattern), *_) if wanted:
            return _valued(subject, Want("regex", pattern), names, depth + 1)
        case "like", (subject, Literal(str() as pattern)) if wanted:
            return _valued(subject, Want("like", pattern), names, depth + 1)
        case "sumo.glob" | "glob", (subject, Literal(str() as pattern), *_) if wanted:
            return _valued(subject, Want("pattern", pattern), names, depth + 1)
        case "cidrmatch", (Literal(str() as network), subject) if wanted:
            return _valued(subject, Want("network", network), names, depth + 1)
        case "isnull" | "isempty" | "isblank" | "sumo.isempty" | "sumo.isblank", (subject,):
            return _valued(subject, Want("absent", sharp=False) if wanted else Want("present"), names, depth + 1)
        case "isnotnull", (subject,):
            return _valued(subject, Want("present") if wanted else Want("absent", sharp=False), names, depth + 1)
        case "in", (subject, *items) if wanted:
            found = [each for item in items if isinstance(item, Literal) for each in _compare(subject, "=", item, names, depth)]
            return found[:MOST] or [()]
        case "searchmatch", (inner,) if not isinstance(inner, Literal):
            return alternatives(inner, names, wanted=wanted, depth=depth + 1)
        case "if" | "case", _ if wanted:
            return _valued(call, Want("equal", "true"), names, depth + 1)
    return [()]


def _resolved(names: Names, name: str, want: Want, depth: int = 0) -> list[Alternative]:
    """A wish for a name as wishes for what it comes from: all sources at once, or the ways of a formula."""
    atoms: list[tuple[Source, object, Want]] = []
    more: list[Alternative] = [()]
    for binding in names.find(name):
        if isinstance(binding, tuple):
            atoms.append((*binding, want))
        elif hasattr(binding, "expression"):
            more = _both(more, list(islice(_valued(binding.expression, want, binding.names, depth + 1), MOST)) or [()])
        elif want.kind in ("more", "equal") and re.fullmatch(r"\d+(\.\d+)?", want.value):
            atoms += _counted(binding, int(float(want.value)))
    return [(*atoms, *each) for each in more]  # type: ignore[misc]


def _counted(binding: object, least: int) -> list[tuple[Source, object, Want]]:
    """More rows for an aggregate over a bound; a distinct count needs distinct values."""
    function = binding.function  # type: ignore[attr-defined]
    argument = [each for each in binding.argument if isinstance(each, tuple)]  # type: ignore[attr-defined]
    if least > MOST_ROWS // 2 or function not in ("count", "dc", "estdc", "sum"):
        return [(*each, Want("more", str(least))) for each in argument] if function in ("sum", "avg", "perc", "median", "range") else []
    for source in binding.sources:  # type: ignore[attr-defined]
        if source.kind == "events":
            source.rows = max(source.rows, min(MOST_ROWS, least + 3))
    for each in binding.by:  # type: ignore[attr-defined]
        if isinstance(each, tuple) and each[1] not in ("_time", "index"):
            each[0].ask(each[1], Want("equal", f"one {each[1]}" if isinstance(each[1], str) else "one", sharp=False))
    if function in ("dc", "estdc"):
        return [(*each, Want("distinct")) for each in argument]
    return [(*each, Want("more", str(least))) for each in argument] if function == "sum" else []
