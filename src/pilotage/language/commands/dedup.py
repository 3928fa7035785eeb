"""`dedup`: the first rows of each combination of fields."""

from __future__ import annotations

from pilotage.language.plan.nodes import Dedup, Node, SortKey
from pilotage.language.syntax.arguments import Arguments, Option, words_text
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.sort_keys import read_sort_keys, sort_keys_text
from pilotage.model.problem import fail

OPTIONS = (
    Option("keepevents", "boolean", "f", "Keep the duplicates too, with the fields emptied."),
    Option("keepempty", "boolean", "f", "Keep rows in which a field is null."),
    Option("consecutive", "boolean", "f", "Compare with the row before only."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`dedup [N] <field> … [options] [sortby <key> …]`."""
    arguments.take_options()
    start = arguments.position
    count = arguments.read_number()
    if count == 0:
        raise fail(
            "arguments", "`dedup` keeps at least 1 row", span=arguments.since(start), hint="write `dedup 1 field` or leave the number out"
        )
    fields = arguments.read_fields("a field to compare", "sortby")
    keys: tuple[SortKey, ...] = ()
    if arguments.keyword("sortby"):
        keys = read_sort_keys(arguments)
    arguments.finish()
    return Dedup(
        rows,
        fields,
        count=1 if count is None else count,
        keep_empty=arguments.boolean("keepempty", default=False),
        keep_events=arguments.boolean("keepevents", default=False),
        consecutive=arguments.boolean("consecutive", default=False),
        sort=keys,
        command="dedup",
        span=arguments.span,
    )


def write(node: Node) -> str | None:
    """A `Dedup`."""
    if not isinstance(node, Dedup):
        return None
    parts = ["dedup", *([str(node.count)] if node.count != 1 else []), words_text(node.fields)]
    flags = (("keepevents", node.keep_events), ("keepempty", node.keep_empty), ("consecutive", node.consecutive))
    parts += [f"{name}=t" for name, on in flags if on]
    return " ".join([*parts, f"sortby {sort_keys_text(node.sort)}"] if node.sort else parts)


COMMAND = Command(
    name="dedup",
    spellings={"spl": ("dedup",)},
    synopsis="dedup [<N>] <field>… [keepevents=<bool>] [keepempty=<bool>] [consecutive=<bool>] [sortby [+|-]<field>…]",
    summary="Keeps the first N rows (1 by default) of each combination of the fields; rows where one is null are left out.",
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | dedup host", "The newest event of each host."),
        Example("index=main | dedup 3 host, service sortby -_time", "Up to three of each pair."),
        Example("index=main | dedup status consecutive=t keepempty=t", "Only changes of the status."),
    ),
)
