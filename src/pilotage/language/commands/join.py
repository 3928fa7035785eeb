"""`join`: rows with the matching rows of another search beside them."""

from __future__ import annotations

import re

from pilotage.language.plan.branches import Join
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, words_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.other_search import MOST
from pilotage.language.syntax.printing import BRANCH

TYPES = {"inner": "inner", "left": "left", "outer": "left"}
OPTIONS = (
    Option("type", "text", "inner", "`inner`, `left` or `outer` (the same as `left`)."),
    Option("max", "integer", "1", "How many rows of the other search may match a row; 0 = all."),
    Option("overwrite", "boolean", "t", "Whether columns of both are those of the other search."),
    Option("usetime", "boolean", "f", "Only `f`."),
    Option("earlier", "boolean", "t", "Accepted; it only matters with `usetime=t`."),
)
_BRACKET = re.compile(r"\s*\[")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`join [option=value]… <field>… [<search>]`."""
    names: list[str] = []
    arguments.take_options()
    while not arguments.done() and not arguments.see(_BRACKET):
        names.append(arguments.read_word("a field or `[`").text)
        arguments.accept(",")
        arguments.take_options()
    other = arguments.read_search()
    arguments.finish()
    kind = arguments.string("type", "inner").lower()
    if kind not in TYPES:
        raise arguments.bad("type", "write `inner`, `left` or `outer`")
    if arguments.boolean("usetime", default=False):
        raise arguments.refuse("usetime", "`usetime=t`")
    arguments.boolean("earlier", default=True)
    overwrite = arguments.boolean("overwrite", default=True)
    pairs = tuple((name, name) for name in dict.fromkeys(names))
    return Join(rows, other, pairs, TYPES[kind], arguments.integer("max", 1), overwrite, MOST, command="join", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Join` of fields of the same name."""
    if not isinstance(node, Join) or any(a != b for a, b in node.fields):
        return None
    options = [option_text("type", node.kind)] if node.kind != "inner" else []
    options += [option_text("max", node.most)] if node.most != 1 else []
    options += ["overwrite=f"] if not node.overwrite else []
    return " ".join(["join", *options, *([words_text(tuple(a for a, _ in node.fields))] if node.fields else []), BRANCH])


COMMAND = Command(
    name="join",
    spellings={"spl": ("join",)},
    synopsis="join [type=inner|left|outer] [max=<integer>] [overwrite=<boolean>] [<field>…] [<search>]",
    summary="Puts the columns of the matching row of another search beside each row; rows without a match are left out unless `type=left`.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example(
            "index=main | stats count BY trace_id | join trace_id [search index=traces | table trace_id name duration]", "Logs of spans."
        ),
        Example("index=main | join type=left max=0 host [search index=main | stats dc(service) AS services BY host]", "A figure a host."),
    ),
    notes=(
        "The other search gives at most 50,000 rows.",
        "Without fields the rows must be equal in every field that both sides have, those that begin with `_` left aside.",
    ),
)
