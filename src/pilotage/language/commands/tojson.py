"""`tojson`: the fields of a row as one JSON object."""

from __future__ import annotations

import re

from pilotage.language.plan.cells import ToJson
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example

KINDS = ("auto", "bool", "json", "none", "num", "str")
OPTIONS = (
    Option("default", "type", "none", "How fields are written that no function names: " + ", ".join(f"`{kind}`" for kind in KINDS) + "."),
    Option("fill_null", "boolean", "f", "Write `null` where a field has no value or none of its type."),
    Option("include_internal", "boolean", "f", "Let patterns mean fields that start with `_`, too."),
    Option("output_field", "field", "_raw", "The field for the object."),
)
_FUNCTION = re.compile(rf"[\s,]*({'|'.join(KINDS)})\(\s*", re.IGNORECASE)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`tojson [<type>(<field or pattern>)…] [default=] [fill_null=] [include_internal=] [output_field=]`."""
    members: list[tuple[str, str]] = []
    arguments.take_options()
    while (call := arguments.take(_FUNCTION)) is not None:
        field = "*" if arguments.accept(")") else arguments.read_word("a field").text
        if arguments.text[arguments.position - 1] != ")":
            arguments.expect(")", f"after `{field}`")
        members.append((call[1].lower(), field))
        arguments.take_options()
    arguments.finish()
    default = arguments.string("default", "none").lower()
    if default not in KINDS:
        raise arguments.bad("default", "write one of " + ", ".join(f"`{kind}`" for kind in KINDS))
    return ToJson(
        rows,
        tuple(members),
        default,
        fill_null=arguments.boolean("fill_null", default=False),
        internal=arguments.boolean("include_internal", default=False),
        target=arguments.string("output_field", "_raw"),
        command="tojson",
        span=arguments.span,
    )


def write(node: Node) -> str | None:
    """A `ToJson`."""
    if not isinstance(node, ToJson):
        return None
    parts = [f"{kind}({word_text(field)})" for kind, field in node.members]
    parts += [option_text("default", node.default)] if node.default != "none" else []
    parts += [option_text("fill_null", value=True)] if node.fill_null else []
    parts += [option_text("include_internal", value=True)] if node.internal else []
    parts += [option_text("output_field", node.target)] if node.target != "_raw" else []
    return " ".join(["tojson", *parts])


COMMAND = Command(
    name="tojson",
    spellings={"spl": ("tojson",)},
    synopsis="tojson [<type>(<field>)]… [default=<type>] [fill_null=<boolean>] [include_internal=<boolean>] [output_field=<field>]",
    summary="Writes fields as a JSON object; a function says of which type the values are.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | table service ms | tojson", "All fields with the types they have."),
        Example("index=main | tojson str(zip) num(price*) output_field=doc", "Two of them, as text and as numbers."),
    ),
    notes=("`auto` reads texts: numbers, `true` and `false` and JSON are written as such; `none` keeps the type a value has.",),
)
