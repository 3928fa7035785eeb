"""`regex`: rows whose text matches a pattern, or does not."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Call, Expression, Field, Literal, Unary
from pilotage.language.plan.nodes import Filter, Node
from pilotage.language.plan.regexes import check_balance
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import unescape

_FIELD = re.compile(r"\s*(\"(?:[^\"\\]|\\.)*\"|'[^']*'|[^\s\"'=!|(\[\\^$*+?]+)\s*(!?=)\s*")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`regex [<field>=|<field>!=]"<pattern>"`."""
    arguments.space()
    found = arguments.take(_FIELD)
    name = found[1].strip("\"'") if found else "_raw"
    field = Field(name, span=arguments.since(found.start(1))) if found else Field("_raw")
    start = arguments.position
    raw = arguments.double()
    if raw is None:
        pattern = arguments.text[start : arguments.end].rstrip()
        arguments.position = arguments.end
    else:
        pattern = unescape(raw)
    span = arguments.since(start)
    arguments.finish()
    if not pattern:
        raise arguments.unexpected("a regular expression in quotes")
    check_balance(pattern, span)
    test: Expression = Call("match", (field, Literal(pattern, span=span)), span=span)
    if found is not None and found[2] == "!=":
        test = Unary("NOT", Call("coalesce", (test, Literal(value=False))))
    return Filter(rows, test, command="regex", span=arguments.span)


def write(node: Node) -> None:
    """Nothing: the `where` it stands for is written."""
    del node


COMMAND = Command(
    name="regex",
    spellings={"spl": ("regex",)},
    synopsis='regex [<field>=]"<regex>" | regex <field>!="<regex>"',
    summary="Keeps the rows in whose field (the event's text by default) the pattern occurs; with `!=` those in which it does not.",
    parse=parse,
    print=write,
    examples=(
        Example(r'index=main | regex "user=\d+"', "In the text of the event."),
        Example(r'index=main | regex host!="^web\d+$"', "A row without the field stays."),
    ),
)
