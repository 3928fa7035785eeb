"""`sort`: order rows by one or more keys."""

from __future__ import annotations

from pilotage.language.plan.nodes import Node, Sort
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.sort_keys import read_sort_keys, sort_keys_text


def parse(arguments: Arguments, rows: Node) -> Node:
    """`sort [N | limit=N] [+|-]<field> … [desc]`."""
    arguments.take_options()
    count = arguments.read_number()
    keys = read_sort_keys(arguments)
    arguments.finish()
    if count is not None and "limit" in arguments.given:
        raise arguments.bad("limit", "give the number of rows once")
    limit = arguments.integer("limit", 10_000) if count is None else count
    return Sort(rows, keys, limit, command="sort", span=arguments.span)


def write(node: Node) -> str | None:
    """A `Sort`."""
    return f"sort {node.limit} {sort_keys_text(node.keys)}" if isinstance(node, Sort) else None


COMMAND = Command(
    name="sort",
    spellings={"spl": ("sort",)},
    synopsis="sort [<N>|limit=<N>] [+|-]<field>|auto(<field>)|num(<field>)|str(<field>)|ip(<field>)… [desc]",
    summary="Orders rows: numbers by size, other values as text, nulls last. Keeps 10,000 rows unless a number is given; 0 = all.",
    parse=parse,
    print=write,
    options=(Option("limit", "integer", "10000", "How many rows to keep; 0 = all."),),
    examples=(
        Example("index=main | sort 0 -ms, service", "All rows, the largest `ms` first."),
        Example("index=main | sort 5 num(version) desc", "A trailing `desc` turns the order round."),
        Example("index=main | sort ip(client)", "Addresses by their numbers."),
    ),
)
