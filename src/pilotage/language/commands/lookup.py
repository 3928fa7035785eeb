"""`lookup`: columns of a lookup's matching rows beside each row."""

from __future__ import annotations

from pilotage.language.plan.knowledge import Lookup
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, word_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (
    Option("local", "boolean", "f", "Accepted; there is one place where lookups are."),
    Option("update", "boolean", "f", "Accepted; a lookup is always read as it is now."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`lookup <lookup> <column> [AS <field>] … [OUTPUT|OUTPUTNEW <column> [AS <field>] …]`."""
    arguments.take_options()
    table = arguments.read_word("the name of a lookup")
    keys = _pairs(arguments, "a column to look up by")
    word = arguments.keyword("outputnew", "output")
    outputs = _pairs(arguments, "a column of the lookup") if word else None
    arguments.finish()
    for name in ("local", "update"):
        arguments.boolean(name, default=False)
    # A lookup is keyed by (column, field); what it gives likewise.
    return Lookup(rows, table.text, keys, outputs, fresh_only=word == "outputnew", command="lookup", span=arguments.span)


def _pairs(arguments: Arguments, wanted: str) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    while True:
        arguments.take_options()
        if arguments.done() or arguments.see_word("outputnew") or arguments.see_word("output"):
            break
        column = arguments.read_word(wanted).text
        field = arguments.read_word("a field").text if arguments.keyword("as") else column
        found.append((column, field))
    if not found:
        raise arguments.unexpected(wanted)
    return tuple(found)


def write(node: Node) -> str | None:
    """A `Lookup`."""
    if not isinstance(node, Lookup):
        return None
    text = f"lookup {word_text(node.table)} {_pairs_text(node.keys)}"
    if node.outputs is None:
        return text
    return f"{text} {'OUTPUTNEW' if node.fresh_only else 'OUTPUT'} {_pairs_text(node.outputs)}"


def _pairs_text(pairs: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(_word(column) if column == field else f"{_word(column)} AS {_word(field)}" for column, field in pairs)


def _word(name: str) -> str:
    return f'"{name}"' if name.lower() in ("output", "outputnew") else word_text(name)


COMMAND = Command(
    name="lookup",
    spellings={"spl": ("lookup",)},
    synopsis="lookup <lookup> <column> [AS <field>]… [OUTPUT|OUTPUTNEW <column> [AS <field>]…]",
    summary="Looks up rows in a lookup and sets fields to the columns of the rows that match; without OUTPUT to all its other columns.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | lookup hosts.csv name AS host OUTPUT owner", "The owner of each event's host."),
        Example("index=main | lookup networks cidr AS ip OUTPUTNEW zone AS net_zone", "Only where `net_zone` has no value yet."),
    ),
    notes=(
        "OUTPUT takes the value away where nothing matches; OUTPUTNEW keeps every value that is there.",
        "Several matching rows give a multivalue, up to 1000 or the lookup's `max_matches`.",
        "A row whose key has more than one value is not looked up; a message says so.",
    ),
)
