# ruff: noqa: N999 - the file is named like its command
"""`return`: fields of the first rows as text for the search around."""

from __future__ import annotations

import re

from pilotage.language.plan.nodes import Limit, Node, Transform
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import quote
from pilotage.model.problem import fail

_ALIAS = re.compile(r"([^\s,()\"'=|\[\]]+)\s*=\s*")
_COMMAS = re.compile(r"[\s,]*")
_PLAIN = re.compile(r"\$?[\w.:/@{}*-]+")
MOST = 10_000


def parse(arguments: Arguments, rows: Node) -> Node:
    """`return [N] <field> | <name>=<field> | $<field> …`."""
    start = arguments.position
    count = arguments.read_number()
    if count is not None and not 0 < count <= MOST:
        raise fail("arguments", f"`return` gives 1 to {MOST} rows, not {count}", span=arguments.since(start))
    items: list[str] = []
    while not arguments.done():
        arguments.take(_COMMAS)
        if arguments.done():
            break
        alias = arguments.take(_ALIAS)
        word = arguments.read_word("a field").text
        items.append(f"{alias[1]}={word}" if alias else word)
    if not items:
        raise arguments.unexpected("a field")
    fields = tuple(dict.fromkeys(item.removeprefix("$").rpartition("=")[2] for item in items))
    limited = Limit(rows, 1 if count is None else count, command="return", span=arguments.span)
    options = (("items", "\n".join(items)),)
    return Transform(limited, "return", options, fields, keeps=False, command="return", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Transform` of this name over its limit, which it prints itself."""
    if isinstance(node, Limit) and node.command == "return":
        return ""
    if not isinstance(node, Transform) or node.name != "return" or not isinstance(node.input, Limit):
        return None
    items = str(dict(node.options)["items"]).split("\n")
    count = [str(node.input.count)] if node.input.count != 1 else []
    return " ".join(["return", *count, *map(_item, items)])


def _item(item: str) -> str:
    alias, equals, field = item.rpartition("=")
    return f"{alias}{equals}{field if _PLAIN.fullmatch(field) else quote(field)}"


COMMAND = Command(
    name="return",
    spellings={"spl": ("return",)},
    synopsis="return [<N>] <field> | <name>=<field> | $<field> …",
    summary="Makes of the first rows (1 by default) one row with the field `search`, text for the search around a sub-search.",
    parse=parse,
    print=write,
    examples=(
        Example("index=main [search index=main level=error | return 5 host]", "Events of the first five hosts with an error."),
        Example("index=main user=[search index=main login | return $user]", "The value alone."),
    ),
    notes=("One row with nothing but `$` fields is the bare value, several are `(a) OR (b)`.",),
)
