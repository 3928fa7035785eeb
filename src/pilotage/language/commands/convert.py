"""`convert`: values in another form, in place or under a new name."""

from __future__ import annotations

import re

from pilotage.language.plan.cells import Conversion, Convert
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import nearest
from pilotage.model.problem import fail

FORMAT = "%m/%d/%Y %H:%M:%S"
OPTIONS = (Option("timeformat", "time format", f'"{FORMAT}"', "How `ctime` writes a time and `mktime` reads one."),)
FUNCTIONS = ("auto", "ctime", "dur2sec", "memk", "mktime", "mstime", "none", "num", "rmcomma", "rmunit")

_FUNCTION = re.compile(r"([A-Za-z_]\w*)\s*\(")
_COMMA = re.compile(r"[\s,]*")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`convert [timeformat=] <function>(<field>) [AS <name>] …`."""
    found: list[Conversion] = []
    arguments.take_options()
    while not arguments.done():
        found.append(_conversion(arguments))
        arguments.take(_COMMA)
        arguments.take_options()
    if not found:
        raise arguments.unexpected("a conversion such as `ctime(_time)`")
    return Convert(rows, tuple(found), arguments.string("timeformat", FORMAT), command="convert", span=arguments.span)


def _conversion(arguments: Arguments) -> Conversion:
    start = arguments.position
    call = arguments.take(_FUNCTION)
    if call is None:
        raise arguments.unexpected("a conversion such as `ctime(_time)`")
    name = call[1].lower()
    if name not in FUNCTIONS:
        hint = nearest(name, FUNCTIONS) or "its functions are " + ", ".join(f"`{each}`" for each in FUNCTIONS)
        raise fail("unknown-function", f"`convert` has no function `{call[1]}`", span=arguments.since(start), hint=hint)
    field = "*" if arguments.accept(")") else arguments.read_word("a field").text
    if arguments.text[arguments.position - 1] != ")":
        arguments.expect(")", f"after `{field}`")
    alias = arguments.read_word("a new name").text if arguments.keyword("as") else None
    if alias is not None and alias.count("*") != field.count("*"):
        raise fail("wildcard-mismatch", f"`{field}` and `{alias}` need the same number of `*`", span=arguments.since(start))
    return Conversion(name, field, alias)


def write(node: Node) -> str | None:
    """A `Convert`."""
    if not isinstance(node, Convert):
        return None
    parts = [_call(each) for each in node.conversions]
    return " ".join(["convert", *([option_text("timeformat", node.format)] if node.format != FORMAT else []), *parts])


def _call(each: Conversion) -> str:
    return f"{each.function}({word_text(each.field)})" + (f" AS {word_text(each.alias)}" if each.alias is not None else "")


COMMAND = Command(
    name="convert",
    spellings={"spl": ("convert",)},
    synopsis="convert [timeformat=<format>] <function>(<field>) [AS <name>]…",
    summary="Brings values into another form: times to texts and back, texts with units or commas to numbers.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | convert ctime(_time) AS when", "A time as `01/31/2026 10:00:00` in the time zone of the search."),
        Example('index=main | convert timeformat="%H:%M" ctime(start) mktime(clock)', "The same format writes and reads."),
        Example("index=main | convert auto(*) none(version)", "Every field that looks like a number but one."),
    ),
    notes=(
        "`auto` decides value by value: plain numbers, `1,234`, `01:02:03` (seconds) and `12m` (kilobytes); anything else stays.",
        "`num`, `dur2sec`, `mstime`, `memk` and `mktime` make a value null that they cannot read; the others leave it.",
    ),
)
