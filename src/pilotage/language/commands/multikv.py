"""`multikv`: a table inside the text of an event, a row a line."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node
from pilotage.language.plan.spreading import Lines
from pilotage.language.syntax.arguments import Arguments, Option, option_text, words_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (
    Option("forceheader", "integer", "1", "Which line, from 1 and empty ones not counted, names the columns."),
    Option("noheader", "boolean", "f", "No line names the columns: they are `Column_1`, `Column_2` and so on."),
    Option("rmorig", "boolean", "t", "Leave out the row with the whole text."),
    Option("copyattrs", "boolean", "t", "Accepted with `t`: the other fields of the event stand in every row."),
    Option("multitable", "boolean", "t", "Accepted; the whole text is one table."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`multikv [fields <field>…] [filter <term>…] [forceheader=] [noheader=] [rmorig=]`."""
    fields: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    while not arguments.done():
        if arguments.keyword("fields"):
            fields += arguments.read_fields("a field", "filter")
        elif arguments.keyword("filter"):
            terms += arguments.read_fields("a word", "fields")
        elif not arguments.take_option():
            raise arguments.unexpected("`fields`, `filter` or an option")
    arguments.boolean("multitable", default=True)
    if not arguments.boolean("copyattrs", default=True):
        raise arguments.refuse("copyattrs", "`copyattrs=f`", "choose the fields with `fields` afterwards")
    head = 0 if arguments.boolean("noheader", default=False) else arguments.integer("forceheader", 1, minimum=1)
    keep = not arguments.boolean("rmorig", default=True)
    return Lines(rows, head, fields, terms, keep, command="multikv", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Lines`."""
    if not isinstance(node, Lines):
        return None
    parts = ["multikv"] + ([option_text("forceheader", node.head)] if node.head > 1 else [])
    parts += ([] if node.head else [option_text("noheader", value=True)]) + ([option_text("rmorig", value=False)] if node.keep else [])
    parts += [f"fields {words_text(node.fields)}"] if node.fields else []
    return " ".join([*parts, f"filter {words_text(node.terms)}"] if node.terms else parts)


COMMAND = Command(
    name="multikv",
    spellings={"spl": ("multikv",)},
    synopsis="multikv [fields <field>…] [filter <term>…] [forceheader=<integer>] [noheader=<boolean>] [rmorig=<boolean>]",
    summary="Makes a row of each line of a table in the text of an event, with a field a column of its head.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(Example("index=main | multikv fields PID COMMAND filter java", "The lines of `top` that name java."),),
    notes=(
        "Columns are told apart by blanks; what stands beyond the last column belongs to it. An event of one line stays as it is.",
        "Lines are chosen by `filter` without regard to upper and lower case.",
    ),
)
