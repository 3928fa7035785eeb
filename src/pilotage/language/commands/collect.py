"""`collect`: rows become events of an index."""

from __future__ import annotations

from pilotage.language.plan.knowledge import Write
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text
from pilotage.language.syntax.command import Command, Example

OPTIONS = (
    Option("index", "text", "none", "The index to write to."),
    Option("addtime", "boolean", "t", "Whether the text of a row without `_raw` begins with its time."),
    Option("file", "text", "none", "Accepted; no file is written on the way."),
    Option("host", "text", "none", "The events' host; by default this server."),
    Option("marker", "text", "none", '`"name=value, …"`, added to each event.'),
    Option("output_format", "text", "raw", "`raw`; `hec` is accepted and means the same, as fields keep their types."),
    Option("run_in_preview", "boolean", "f", "Accepted; there are no previews."),
    Option("source", "text", "search", "The events' source."),
    Option("sourcetype", "text", "stash", "The events' sourcetype."),
    Option("spool", "boolean", "t", "Accepted; with `f` nothing is written, as with `testmode=t`."),
    Option("testmode", "boolean", "f", "Write nothing, only pass the rows on; a message says so."),
    Option("uselb", "boolean", "t", "Accepted; there is one place to write to."),
)
_TEXTS = ("host", "marker", "source", "sourcetype")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`collect index=<index> [option=value]…`."""
    arguments.finish()
    if "index" not in arguments.given:
        raise arguments.unexpected("`index=` and the index to write to")
    form = arguments.string("output_format", "raw")
    if form not in ("raw", "hec"):
        raise arguments.bad("output_format", "use `raw` or `hec`")
    for name in ("run_in_preview", "uselb"):
        arguments.boolean(name, default=True)
    options: list[tuple[str, str | int | bool | None]] = [(name, arguments.string(name, "") or None) for name in _TEXTS]
    options.append(("addtime", arguments.boolean("addtime", default=True)))
    options.append(("testmode", arguments.boolean("testmode", default=False) or not arguments.boolean("spool", default=True)))
    return Write(rows, "events", arguments.string("index", ""), tuple(options), command="collect", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Write` of events."""
    if not isinstance(node, Write) or node.kind != "events":
        return None
    given = dict(node.options)
    parts = ["collect", option_text("index", node.target)]
    parts += [option_text(name, str(given[name])) for name in _TEXTS if given[name]]
    parts += [] if given["addtime"] else [option_text("addtime", value=False)]
    return " ".join([*parts, *([option_text("testmode", value=True)] if given["testmode"] else [])])


COMMAND = Command(
    name="collect",
    spellings={"spl": ("collect", "stash", "summaryindex")},
    synopsis='collect index=<index> [source=<text>] [sourcetype=<text>] [host=<text>] [marker="<name>=<value>, …"] [addtime=<bool>] '
    "[testmode=<bool>]",
    summary="Writes the rows as events of an index, all or none after the last row, and passes them on. Needs the scope `ingest`.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | stats count BY host | collect index=summary", "A count kept for later searches."),
        Example('index=main error | collect index=incidents marker="case=7"', "Events copied into another index."),
    ),
    notes=(
        "An event's time is the row's `_time`, else the start of the search; its text is `_raw`, else the fields as `name=value`.",
        "Fields keep their types; `host`, `source`, `sourcetype` and `index` of a row become `orig_host` and so on.",
        "Running it again writes the events again.",
    ),
)
