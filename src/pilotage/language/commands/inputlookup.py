"""`inputlookup`: the rows of a lookup."""

from __future__ import annotations

from pilotage.language.plan.branches import Union
from pilotage.language.plan.expressions import Expression
from pilotage.language.plan.knowledge import LookupRows
from pilotage.language.plan.nodes import Node
from pilotage.language.syntax.arguments import Arguments, Option, option_text, word_text
from pilotage.language.syntax.clause import ClauseParser
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.printing import clause_text
from pilotage.model.problem import fail

OPTIONS = (
    Option("append", "boolean", "f", "Behind a pipe: put the lookup's rows after these. It must then be `t`."),
    Option("start", "integer", "0", "The row to begin with; 0 is the first."),
    Option("max", "integer", "1000000000", "The most rows."),
    Option("strict", "boolean", "f", "Accepted; a lookup that is not there is always an error."),
)
MOST = 1_000_000_000


def generate(arguments: Arguments) -> Node:
    """`| inputlookup [append=<bool>] [start=<N>] [max=<N>] <lookup> [where <search>]`."""
    rows = _read(arguments)
    arguments.boolean("append", default=False)
    return rows


def parse(arguments: Arguments, rows: Node) -> Node:
    """`… | inputlookup append=t <lookup>`."""
    other = _read(arguments)
    if not arguments.boolean("append", default=False):
        hint = "add `append=t` to put its rows behind those before"
        raise fail("not-first", "`inputlookup` makes its own rows and stands first, after a `|`", span=arguments.word, hint=hint)
    return Union(rows, (other,), command="inputlookup", span=arguments.span)


def _read(arguments: Arguments) -> LookupRows:
    arguments.take_options()
    table = arguments.read_word("the name of a lookup")
    arguments.take_options()
    condition: Expression | None = None
    if arguments.keyword("where"):
        condition = ClauseParser(arguments).clause()
    arguments.finish()
    arguments.boolean("strict", default=False)
    most = arguments.integer("max", MOST)
    return LookupRows(
        table.text,
        arguments.integer("start", 0),
        0 if most == MOST else most,
        condition,
        command="inputlookup",
        span=arguments.span,
    )


def write(node: Node) -> str | None:
    """A `LookupRows`, or one after other rows."""
    if isinstance(node, Union) and node.command == "inputlookup" and len(node.others) == 1:
        other = node.others[0]
        return _text(other, append=True) if isinstance(other, LookupRows) else None
    return _text(node, append=False) if isinstance(node, LookupRows) else None


def _text(node: LookupRows, *, append: bool) -> str:
    parts = ["inputlookup", *([option_text("append", value=True)] if append else [])]
    parts += [option_text("start", node.start)] if node.start else []
    parts += [option_text("max", node.most)] if node.most else []
    parts.append(word_text(node.table))
    return " ".join([*parts, "where", clause_text(node.condition)] if node.condition is not None else parts)


COMMAND = Command(
    name="inputlookup",
    spellings={"spl": ("inputlookup",)},
    synopsis="| inputlookup [append=<bool>] [start=<N>] [max=<N>] <lookup> [where <search>]",
    summary="Gives the rows of a lookup in its order; with `append=t` after the rows before it.",
    generate=generate,
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("| inputlookup hosts.csv where owner=ann*", "The rows of one owner."),
        Example("index=main | stats count BY host | inputlookup append=t hosts.csv", "The table of hosts below a count."),
    ),
    notes=("`start` counts rows of the lookup; `max` those that are left by `where`.",),
)
