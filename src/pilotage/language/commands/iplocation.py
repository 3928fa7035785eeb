"""`iplocation`: where network addresses are."""

from __future__ import annotations

from pilotage.language.plan.locations import Locate
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (
    Option("prefix", "text", "none", "Stands before the names of the new fields."),
    Option("allfields", "boolean", "f", "Also `Continent`, `MetroCode` and `Timezone`."),
    Option("lang", "text", "en", "The language of the names, such as `de`; where the database has none, English."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`iplocation [prefix=] [allfields=] [lang=] <field>`."""
    arguments.take_options()
    field = arguments.read_word("the field with the address").text
    arguments.finish()
    return Locate(
        rows,
        field,
        arguments.string("prefix", ""),
        arguments.boolean("allfields", default=False),
        arguments.string("lang", "en"),
        command="iplocation",
        span=arguments.span,
    )


def write(node: Node) -> str | None:
    """A `Locate`."""
    if not isinstance(node, Locate):
        return None
    parts = ["iplocation", *([option_text("prefix", node.prefix)] if node.prefix else [])]
    parts += [option_text("allfields", True)] if node.everything else []
    parts += [option_text("lang", node.language)] if node.language != "en" else []
    return " ".join([*parts, word_text(node.field)])


COMMAND = Command(
    name="iplocation",
    spellings={"spl": ("iplocation",)},
    synopsis="iplocation [prefix=<text>] [allfields=<bool>] [lang=<code>] <field>",
    summary="Adds `City`, `Country`, `Region`, `lat` and `lon` of the network address in the field, from a local database.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | iplocation clientip | stats count BY Country", "Where the requests come from."),
        Example("index=main | iplocation prefix=src_ allfields=t src", "All that is known, as `src_City` and so on."),
    ),
    notes=(
        'The database is a file in MaxMind\'s format, named in the configuration: `[search]` `iplocation_database = "city.mmdb"`.',
        "Without one the fields are null and the result says so; an address the database does not know has none.",
        "A field of that name keeps its value where the database knows none.",
    ),
)
