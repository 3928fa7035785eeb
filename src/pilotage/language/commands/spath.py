"""`spath`: what a JSON text holds, by path or all of it."""

from __future__ import annotations

from pilotage.language.plan.expressions import Call, Field, Literal
from pilotage.language.plan.nodes import Extend, Node
from pilotage.language.plan.spreading import Spread
from pilotage.language.syntax.arguments import Arguments, Option, word_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (
    Option("input", "field", "_raw", "The field with the JSON text."),
    Option("output", "field", "the path", "The field for what the path leads to."),
    Option("path", "path", "everything", "`a.b`, `a{}.b` for every member of an array, `a{0}` for its first."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`spath [input=] [output=] [[path=]<path>]`."""
    arguments.take_options()
    path = arguments.string("path", "")
    if not path and not arguments.done():
        path = arguments.read_word("a path").text
    arguments.finish()
    source = arguments.string("input", "_raw")
    if not path:
        if "output" in arguments.given:
            raise arguments.refuse("output", "`output` without a path", "write `path=` too")
        return Spread(rows, source, command="spath", span=arguments.span)
    found = Call("spath", (Field(source, span=arguments.span), Literal(path)), span=arguments.span)
    return Extend(rows, ((arguments.string("output", path), found),), command="spath", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Spread` of JSON; with a path, the `eval` it stands for is written."""
    if not isinstance(node, Spread) or node.form != "json":
        return None
    return "spath" + (f" input={word_text(node.field)}" if node.field != "_raw" else "")


COMMAND = Command(
    name="spath",
    spellings={"spl": ("spath",)},
    synopsis="spath [input=<field>] [output=<field>] [[path=]<path>]",
    summary="Takes fields out of JSON: what one path leads to, or a field for every path in the text, such as `a.b{}.c`.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | spath", "A field for everything in the text of the event."),
        Example("index=main | spath input=payload output=first path=items{0}.name", "One value; places count from 0."),
    ),
    notes=(
        "A field whose path has `{}` is a multivalue. All of a text is read, not only its first 5,000 characters.",
        "Without a path, at most 1,000 fields and 10 levels. XML is not read: see `xmlkv`.",
    ),
)
