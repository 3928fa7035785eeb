"""`transpose`: rows into columns."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.arguments import Arguments, Option, option_text
from pilotage.language.syntax.command import Command, Example

DEFAULT = 5
OPTIONS = (
    Option("column_name", "field", "column", "The column with the names of the fields."),
    Option("header_field", "field", "none", "The field that names the new columns; else `row 1`, `row 2` and so on."),
    Option("include_empty", "boolean", "t", "Keep fields without any value."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`transpose [<rows>] [column_name=] [header_field=] [include_empty=]`."""
    arguments.take_options()
    number = arguments.read_number()
    arguments.finish()
    options = (
        ("rows", DEFAULT if number is None else number),
        ("said", number is not None),
        ("column", arguments.string("column_name", "column")),
        ("header", arguments.string("header_field", "") or None),
        ("empty", arguments.boolean("include_empty", default=True)),
    )
    fields = (str(options[3][1]),) if options[3][1] else ()
    return Transform(rows, "transpose", options, fields, command="transpose", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Transform` of this name."""
    if not isinstance(node, Transform) or node.name != "transpose":
        return None
    given = dict(node.options)
    parts = ["transpose"] + ([str(given["rows"])] if given["said"] else [])
    parts += [option_text("column_name", str(given["column"]))] if given["column"] != "column" else []
    parts += [option_text("header_field", str(given["header"]))] if given["header"] else []
    return " ".join(parts + ([] if given["empty"] else [option_text("include_empty", value=False)]))


COMMAND = Command(
    name="transpose",
    spellings={"spl": ("transpose",)},
    synopsis="transpose [<rows>] [column_name=<field>] [header_field=<field>] [include_empty=<boolean>]",
    summary="Makes a row of each field and a column of each of the first rows: 5, or the number given; 0 = all.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | stats count, avg(ms) BY host | transpose 0 header_field=host", "A column a host, a row an aggregate."),
        Example("index=main | stats count BY host | transpose column_name=what", "Five columns `row 1` to `row 5`."),
    ),
    notes=("Fields that start with `_` are left out but `_time`. A field whose name is taken already gets its number.",),
)
