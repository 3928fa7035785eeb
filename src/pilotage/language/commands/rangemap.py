"""`rangemap`: a name for the range that a number lies in."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Binary, Call, Expression, Field, Literal
from pilotage.language.plan.nodes import Extend, Node
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import unescape
from pilotage.model.problem import fail

OPTIONS = (
    Option("field", "field", "required", "The field with the number."),
    Option("default", "text", "None", "What to say of a number outside all ranges."),
    Option("<name>", "range", "none", "A range, as `low=0-30`; both ends belong to it. Any number of them."),
)
_NAME = re.compile(r'("(?:[^"\\]|\\.)*"|[^\s=,"|]+)\s*=\s*')
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s,"|]+')
_RANGE = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*-\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`rangemap field=<field> (<name>=<low>-<high>)… [default=<text>]`."""
    field, default = None, "None"
    ranges: list[tuple[str, float, float]] = []
    while not arguments.done():
        if arguments.accept(","):
            continue
        name, value, start = _pair(arguments)
        if name == "field":
            field = Field(value, span=arguments.since(start))
        elif name == "default":
            default = value
        else:
            ranges.append((name, *_bounds(arguments, value, start)))
    if field is None:
        raise arguments.unexpected("`field=` with the field to look at")
    if not ranges:
        ranges = [("low", 0, 30), ("elevated", 30, 70), ("severe", 70, 100)]
    return Extend(rows, (("range", _named(field, ranges, default)),), command="rangemap", span=arguments.span)


def _pair(arguments: Arguments) -> tuple[str, str, int]:
    start = arguments.position
    name = arguments.take(_NAME)
    value = arguments.take(_VALUE) if name else None
    if name is None or value is None:
        raise arguments.unexpected("`field=`, `default=` or a range such as `low=0-30`")
    plain = [unescape(each[1:-1]) if each.startswith('"') else each for each in (name[1], value[0])]
    return plain[0], plain[1], start


def _bounds(arguments: Arguments, value: str, start: int) -> tuple[float, float]:
    found = _RANGE.fullmatch(value)
    if found is None or float(found[1]) > float(found[2]):
        raise fail("option-value", f"`{value}` is no range", span=arguments.since(start), hint="write the two ends, as in `low=0-30`")
    return float(found[1]), float(found[2])


def _named(field: Field, ranges: list[tuple[str, float, float]], default: str) -> Expression:
    tests = [Binary("AND", Binary(">=", field, _number(low)), Binary("<=", field, _number(high))) for _, low, high in ranges]
    apart = all(a[2] < b[1] or b[2] < a[1] for i, a in enumerate(ranges) for b in ranges[i + 1 :])
    if apart:
        pairs = [part for test, (name, _, _) in zip(tests, ranges, strict=True) for part in (test, Literal(name))]
        return Call("case", (*pairs, Literal(value=True), Literal(default)))
    # A number in several ranges gets all their names.
    names = [Call("if", (test, Literal(name), Literal(None))) for test, (name, _, _) in zip(tests, ranges, strict=True)]
    return Call("coalesce", (Call("mvappend", tuple(names)), Literal(default)))


def _number(value: float) -> Literal:
    return Literal(int(value) if value.is_integer() else value)


def write(node: Node) -> None:
    """Nothing: the `eval` it stands for is written."""
    del node


COMMAND = Command(
    name="rangemap",
    spellings={"spl": ("rangemap",)},
    synopsis="rangemap field=<field> [<name>=<low>-<high>]… [default=<text>]",
    summary="Sets `range` to the name of the range in which the number lies; without ranges to low, elevated or severe.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main | stats count | rangemap field=count low=0-5 high=6-99 default=severe", "The name for a count."),),
    notes=("A number in several ranges gets all their names as a multivalue. A field without a number gets the default.",),
)
