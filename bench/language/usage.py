"""Which fields an expression or a node reads, and what it takes their values for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from bench.language.wants import Want
from pilotage.language.plan.branches import Subsearch
from pilotage.language.plan.expressions import Call, Expression, Field, Literal
from pilotage.language.plan.nodes import Node

_ARITHMETIC = frozenset("+-*/%")
_NUMBERS = frozenset(
    ["round", "abs", "floor", "ceiling", "ceil", "sqrt", "pow", "exp", "ln", "log", "tonumber", "toint", "todouble", "sigfig"]
)


def uses(expression: Expression, want: Want | None = None) -> Iterator[tuple[str, Want | None]]:
    """The fields an expression reads, and what it takes them for."""
    if isinstance(expression, Subsearch):
        return
    if isinstance(expression, Field):
        yield expression.name, want
        return
    if isinstance(expression, Call):
        inner = _argument_want(expression)
        for number, part in enumerate(expression.arguments):
            yield from uses(part, inner if number < 2 else None)
        return
    op = getattr(expression, "op", "")
    inner = Want("number", sharp=False) if op in _ARITHMETIC and op != "+" else None
    name = getattr(expression, "field", None)
    if isinstance(name, str):
        yield name, None
    for known in fields(expression):
        value = getattr(expression, known.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Expression):
                yield from uses(part, inner)


def _argument_want(call: Call) -> Want | None:
    constants = [part.value for part in call.arguments if isinstance(part, Literal) and isinstance(part.value, str)]
    if call.name in _NUMBERS:
        return Want("number", sharp=False)
    if call.name in ("strftime", "relative_time", "sumo.formatdate"):
        return Want("moment", sharp=False)
    if call.name == "strptime" and constants:
        return Want("moment", constants[0], sharp=False)
    if call.name in ("cidrmatch", "ipmask", "isprivateip"):
        return Want("address", sharp=False)
    places = [part.value for part in call.arguments[1:] if isinstance(part, Literal) and isinstance(part.value, int | float)]
    if (call.name == "mvindex" and any(places)) or call.name in ("mvcount", "mvfilter", "mvmap", "mvjoin"):
        return Want("multi", sharp=False)
    if call.name == "split" and constants:
        return Want("many", constants[-1], sharp=False)
    if call.name.startswith("json_") and not constants:
        return Want("json", sharp=False)
    return None


def everything(expression: Expression) -> Iterator[Expression]:
    yield expression
    for known in fields(expression):
        value = getattr(expression, known.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Expression):
                yield from everything(part)


def field_names(node: Node) -> Iterator[str]:
    """Names a node holds in attributes that mean fields."""
    for attribute in ("field", "fields", "by", "source", "keys"):
        value = getattr(node, attribute, None)
        for each in (value,) if isinstance(value, str) else value or ():
            name = each if isinstance(each, str) else getattr(each, "field", None)
            if isinstance(name, str) and name and "*" not in name:
                yield name
