"""`fieldformat`: how a field is shown, without changing its value."""

from __future__ import annotations

import re

from pilotage.language.plan.display import Format
from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import eval_text
from pilotage.language.syntax.scanner import quote, unescape

_TARGET = re.compile(r"[^\W\d][\w.:{}@#$-]*")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`fieldformat <field>=<expression>[, …]`."""
    found: list[tuple[str, Expression]] = []
    while True:
        arguments.space()
        raw = arguments.double()
        if raw is None:
            raw = arguments.single()
        bare = arguments.take(_TARGET) if raw is None else None
        if raw is None and bare is None:
            raise arguments.unexpected("the field to show")
        name = unescape(raw) if raw is not None else bare[0] if bare else ""
        arguments.expect("=", f"after `{name}`")
        found.append((name, arguments.read_expression()))
        if not arguments.accept(","):
            break
    if not arguments.done():
        raise arguments.unexpected("an operator, `,` or the end of the expression")
    return Format(rows, tuple(found), command="fieldformat", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Format`."""
    if not isinstance(node, Format):
        return None
    return "fieldformat " + ", ".join(f"{_target(name)}={eval_text(shown)}" for name, shown in node.assignments)


def _target(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else quote(name, "'")


COMMAND = Command(
    name="fieldformat",
    spellings={"spl": ("fieldformat",)},
    synopsis="fieldformat <field>=<expression>",
    summary="Shows the field as the expression says; every command, `sort` and `where` too, goes on working with the value.",
    parse=parse,
    print=write,
    examples=(
        Example(
            'index=main | stats sum(bytes) AS bytes BY host | fieldformat bytes=tostring(bytes, "commas") | sort -bytes',
            "By size, shown with commas.",
        ),
    ),
    notes=(
        "The text takes the value's place in the rows that are handed out, as table, NDJSON, Arrow or CSV alike.",
        "It follows the field through `rename`, `fields` and `table`, and ends at commands that make other rows, such as `stats`.",
        "Inside brackets (`append`, `join` and the like) it has no effect.",
    ),
)
