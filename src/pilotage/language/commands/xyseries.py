"""`xyseries`: rows into columns, the inverse of `untable`."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.arguments import Arguments, Option, option_text, words_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (
    Option("sep", "text", '": "', "What stands between the name of a value field and that of a series, when there are several."),
    Option("format", "text", "$AGG$<sep>$VAL$", "A pattern for the columns' names, as `sep`."),
    Option("grouped", "boolean", "f", "Accepted; rows of one x always become one row."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`xyseries <x> <name> <value>…`."""
    names = arguments.read_fields("a field")
    arguments.finish()
    arguments.boolean("grouped", default=False)
    if len(names) < 3:
        raise arguments.unexpected("a field for the values")
    form = arguments.string("format", "") or None
    options = (
        ("x", names[0]),
        ("name", names[1]),
        ("values", "\n".join(names[2:])),
        ("separator", arguments.string("sep", ": ")),
        ("format", form),
    )
    return Transform(rows, "xyseries", options, tuple(dict.fromkeys(names)), keeps=False, command="xyseries", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Transform` of this name."""
    if not isinstance(node, Transform) or node.name != "xyseries":
        return None
    given = dict(node.options)
    options = [option_text("sep", str(given["separator"]))] if given["separator"] != ": " else []
    options += [option_text("format", str(given["format"]))] if given["format"] else []
    return " ".join(["xyseries", *options, words_text((str(given["x"]), str(given["name"]), *str(given["values"]).split("\n")))])


COMMAND = Command(
    name="xyseries",
    spellings={"spl": ("xyseries", "maketable")},
    synopsis="xyseries [sep=<text>] [format=<text>] <x-field> <name-field> <value-field>…",
    summary="Makes a row a value of the first field with a column a value of the second; the cells are the values of the others.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main | stats count BY host, service | xyseries host service count", "A table of hosts by services."),),
)
