"""`mcollect` and `meventcollect`: one syntax for writing rows as points."""

from __future__ import annotations

from pilotage.language.plan.knowledge import Write
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import BOOLEANS, Arguments, Option, option_text, words_text

SEPARATOR = "\x1f"
"""Between the names of dimensions in a node's options."""
OPTIONS = (
    Option("index", "text", "none", "The metrics index to write to."),
    Option("split", "boolean or allnums", "f", "`t`: each field that is no dimension is a metric; `allnums`: each numeric field is."),
    Option("prefix_field", "field", "none", "A field whose value and a `.` stand before the metric's name."),
    Option("host", "text", "none", "The points' host; by default the row's."),
    Option("source", "text", "none", "The points' source; by default the row's."),
    Option("sourcetype", "text", "mcollect_stash", "The points' sourcetype; by default the row's, if it has one."),
    Option("file", "text", "none", "Accepted; no file is written on the way."),
    Option("spool", "boolean", "t", "Accepted; with `f` nothing is written, and a message says so."),
)
MARKER = Option("marker", "text", "none", '`"name=value, …"`, dimensions added to each point.')
_TEXTS = ("prefix_field", "marker", "host", "source", "sourcetype")


def read_points(arguments: Arguments, rows: Node) -> Write:
    """`index=<index> [options] [<dimension> …]`."""
    arguments.take_options()
    dimensions = () if arguments.done() else arguments.read_fields("a dimension")
    arguments.finish()
    if "index" not in arguments.given:
        raise arguments.unexpected("`index=` and the index to write to")
    split = arguments.string("split", "f").lower()
    if split != "allnums" and split not in BOOLEANS:
        raise arguments.bad("split", "write `t`, `f` or `allnums`")
    kind = split if split == "allnums" else "true" if BOOLEANS[split] else "false"
    if kind == "true" and not dimensions:
        raise arguments.refuse("split", "`split=t` without dimensions", "name the fields that are dimensions, as in `split=t host`")
    options: list[tuple[str, str | int | bool | None]] = [(name, arguments.string(name, "") or None) for name in _TEXTS]
    options += [("split", kind), ("dimensions", SEPARATOR.join(dimensions) or None)]
    options.append(("testmode", not arguments.boolean("spool", default=True)))
    return Write(rows, "points", arguments.string("index", ""), tuple(options), command=arguments.command, span=arguments.span)


def points_text(node: Write) -> str:
    """The arguments of a `Write` of points."""
    given = dict(node.options)
    parts = [option_text("index", node.target)]
    if given["split"] != "false":
        parts.append(option_text("split", value=True) if given["split"] == "true" else option_text("split", "allnums"))
    parts += [option_text(name, str(given[name])) for name in _TEXTS if given[name]]
    parts += [option_text("spool", value=False)] if given["testmode"] else []
    names = tuple(name for name in str(given["dimensions"] or "").split(SEPARATOR) if name)
    return " ".join([*parts, words_text(names)] if names else parts)
