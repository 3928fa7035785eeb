"""`eval`: new columns by expressions, left to right."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.nodes import Extend, Node
from pilotage.language.syntax.arguments import Arguments
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import eval_text
from pilotage.language.syntax.scanner import quote, unescape
from pilotage.model.problem import fail

_TARGET = re.compile(r"[^\W\d][\w.:{}@#$-]*|\{[^{}=,]+\}")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*|\{[A-Za-z0-9_. ]+\}")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`eval <target>=<expression>[, …]`."""
    assignments: list[tuple[str, Expression]] = []
    while True:
        target = _target(arguments)
        arguments.expect("=", f"after `{target}`")
        if arguments.peek() == "=":
            raise arguments.unexpected("one `=` for an assignment")
        assignments.append((target, arguments.read_expression()))
        if not arguments.accept(","):
            break
        if arguments.done():  # a comma left over at the end is seen in the wild
            break
    if not arguments.done():
        raise arguments.unexpected("an operator, `,` or the end of the assignment")
    return Extend(rows, tuple(assignments), command="eval", span=arguments.span)


def _target(arguments: Arguments) -> str:
    arguments.space()
    start = arguments.position
    raw = arguments.double()
    if raw is None:
        raw = arguments.single()
    if raw is not None:
        if not raw:
            raise fail("syntax", "a field needs a name", span=arguments.since(start))
        return unescape(raw)
    found = arguments.take(_TARGET)
    if found is None:
        raise arguments.unexpected("a field name to assign to")
    name = found[0]
    if re.search(r"\{[^{}]+\}", name) and not re.fullmatch(r"\{[^{}]+\}", name):
        hint = 'build the name first: `eval n="a_".f | eval {n}=…`'
        raise fail("unsupported", f"`eval` supports a dynamic name only as a whole, `{name}`", span=arguments.since(start), hint=hint)
    return name


def write(node: Node) -> str | None:
    """An `Extend`."""
    if not isinstance(node, Extend):
        return None
    return "eval " + ", ".join(f"{_target_text(target)}={eval_text(value)}" for target, value in node.assignments)


def _target_text(target: str) -> str:
    return target if _PLAIN.fullmatch(target) else quote(target, "'")


COMMAND = Command(
    name="eval",
    spellings={"spl": ("eval",)},
    synopsis="eval <field>=<expression>[, <field>=<expression>]…",
    summary="Calculates columns, left to right; each assignment sees the ones before it. A field that exists is replaced.",
    parse=parse,
    print=write,
    examples=(
        Example('index=main | eval seconds=ms/1000, slow=if(seconds>2, "yes", "no")', "The second assignment uses the first."),
        Example('index=main | eval label=service . ":" . host', "A dot joins texts; a null makes the result null."),
        Example("index=main | eval {metric}=value", "The column is named by the value of `metric` in each row."),
    ),
    notes=(
        "`a.b` joins the fields a and b; if neither exists and a column `a.b` does, that column is meant. Write `'a.b'` to be sure.",
        "A dynamic name is supported as a whole, `{f}=…`, not as a part of a name.",
    ),
)
