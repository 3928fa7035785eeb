"""`outputlookup`: rows become the content of a lookup."""

from __future__ import annotations

from pilotage.language.plan.knowledge import Write
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (
    Option("append", "boolean", "f", "Put the rows after those of the lookup instead of replacing them."),
    Option(
        "key_field",
        "field",
        "none",
        "Replace only rows with the same value of this field (of `_key`, where the lookup has it), add the others.",
    ),
    Option("override_if_empty", "boolean", "t", "Whether no rows empty a lookup that is there."),
    Option("create_empty", "boolean", "f", "Whether no rows make a lookup that is not there."),
    Option("max", "integer", "50000", "The most rows written; a message says when there are more. 0 = all."),
    Option("createinapp", "boolean", "t", "Accepted; there is one place where lookups are."),
    Option("create_context", "text", "app", "Accepted, as `createinapp`."),
    Option("output_format", "text", "csv", "Accepted; only what the rows say is written."),
)
MOST = 50_000
_FLAGS = {"append": False, "override_if_empty": True, "create_empty": False}


def parse(arguments: Arguments, rows: Node) -> Node:
    """`outputlookup [option=value]… <lookup>`."""
    arguments.take_options()
    table = arguments.read_word("the name of a lookup")
    arguments.finish()
    arguments.boolean("createinapp", default=True)
    options: list[tuple[str, str | int | bool | None]] = [
        (name, arguments.boolean(name, default=default)) for name, default in _FLAGS.items()
    ]
    options.append(("key_field", arguments.string("key_field", "") or None))
    options.append(("max", arguments.integer("max", MOST)))
    return Write(rows, "lookup", table.text, tuple(options), command="outputlookup", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Write` to a lookup."""
    if not isinstance(node, Write) or node.kind != "lookup":
        return None
    given = dict(node.options)
    parts = ["outputlookup"]
    parts += [option_text(name, value=bool(given[name])) for name, default in _FLAGS.items() if given[name] != default]
    parts += [option_text("key_field", str(given["key_field"]))] if given["key_field"] else []
    parts += [option_text("max", int(given["max"] or 0))] if given["max"] != MOST else []
    return " ".join([*parts, word_text(node.target)])


COMMAND = Command(
    name="outputlookup",
    spellings={"spl": ("outputlookup",)},
    synopsis="outputlookup [append=<bool>] [key_field=<field>] [override_if_empty=<bool>] [create_empty=<bool>] [max=<N>] <lookup>",
    summary="Makes the rows the content of a lookup, at once after the last row, and passes them on. Needs the scope `ingest`.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | stats latest(_time) AS seen BY host | outputlookup hosts_seen.csv", "When each host was seen last."),
        Example(
            "index=main | stats count BY host | outputlookup append=t key_field=host hosts.csv", "New hosts added, known ones renewed."
        ),
    ),
    notes=("Fields beginning with `_` are left out, but for `_time`, `_raw` and `_key`; values of a multivalue are joined by newlines.",),
)
