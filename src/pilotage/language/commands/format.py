"""`format`: rows as one search clause."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Transform
from pilotage.language.syntax.arguments import Arguments, Option, option_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.scanner import quote

OPTIONS = (
    Option("mvsep", "text", "OR", "What stands between the values of a multivalue."),
    Option("maxresults", "integer", "0", "The most rows; 0 = 50,000. A message says when there are more."),
    Option("emptystr", "text", '"NOT ()"', "The clause when there are no rows."),
)
PARTS = ("(", "(", "AND", ")", "OR", ")")
EMPTY = "NOT ()"


def parse(arguments: Arguments, rows: Node) -> Node:
    """`format [option=value]… ["row prefix" "column prefix" "column separator" "column end" "row separator" "row end"]`."""
    arguments.take_options()
    parts: list[str] = []
    while len(parts) < len(PARTS) and not arguments.done():
        parts.append(arguments.read_word("a prefix or separator").text)
        arguments.take_options()
    if 0 < len(parts) < len(PARTS):
        raise arguments.unexpected("all six prefixes and separators, or none")
    arguments.finish()
    options = (
        ("parts", "\n".join(part.replace("\n", " ") for part in parts or PARTS)),
        ("mvsep", arguments.string("mvsep", "OR")),
        ("maxresults", arguments.integer("maxresults", 0)),
        ("emptystr", arguments.string("emptystr", EMPTY)),
    )
    return Transform(rows, "format", options, command="format", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Transform` of this name."""
    if not isinstance(node, Transform) or node.name != "format":
        return None
    given = dict(node.options)
    texts = ["format"]
    texts += [option_text("mvsep", str(given["mvsep"]))] if given["mvsep"] != "OR" else []
    texts += [option_text("maxresults", int(given["maxresults"] or 0))] if given["maxresults"] else []
    texts += [f"emptystr={quote(str(given['emptystr']))}"] if given["emptystr"] != EMPTY else []
    parts = str(given["parts"]).split("\n")
    return " ".join([*texts, *(map(quote, parts) if tuple(parts) != PARTS else [])])


COMMAND = Command(
    name="format",
    spellings={"spl": ("format",)},
    synopsis='format [mvsep=<text>] [maxresults=<N>] [emptystr=<text>] ["<row prefix>" "<column prefix>" "<column separator>" '
    '"<column end>" "<row separator>" "<row end>"]',
    summary="Makes of all rows one row with the field `search`: a search clause that matches what any row says.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main [search index=main level=error | dedup host | table host | format]", "What a sub-search does by itself."),
        Example('index=main | table host | format "(" "(" "&&" ")" "||" ")"', "The text for another system."),
    ),
    notes=("Fields beginning with `_` are left out; the fields `search` and `query` are put in as they are.",),
)
