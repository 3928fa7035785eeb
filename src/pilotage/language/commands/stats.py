"""`stats`: one row a group."""

from __future__ import annotations

from pilotage.language.plan.nodes import Aggregate, Node, Rows
from pilotage.language.syntax.aggregates import aggregations_text, read_aggregations
from pilotage.language.syntax.arguments import Arguments, Option, words_text
from pilotage.language.syntax.command import Command, Example
from pilotage.model.problem import fail

OPTIONS = (
    Option("partitions", "integer", "1", "Accepted; the engine chooses how to divide the work."),
    Option("allnum", "boolean", "f", "Only `f`: values that are no numbers are left out one by one."),
    Option("delim", "text", '" "', "Only the default: multivalue results are arrays, never joined text."),
    Option("dedup_splitvals", "boolean", "f", "Only `f`: each value of a multivalue BY field counts."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`stats <aggregate> … [BY <field> …]`."""
    aggregations = read_aggregations(arguments)
    by: tuple[str, ...] = ()
    if arguments.keyword("by"):
        by = arguments.read_fields("a field after BY")
    arguments.finish()
    _check(arguments)
    for aggregation in aggregations:
        if aggregation.alias in by:
            sentence = f"`{aggregation.alias}` is both a result and a BY field"
            raise fail("name-twice", sentence, span=aggregation.span, hint="give the result another name with AS")
    return Aggregate(rows, aggregations, tuple(dict.fromkeys(by)), command="stats", span=arguments.span)


def generate(arguments: Arguments) -> Node:
    """`| stats …` with no rows before it, as people begin a branch with one row of zeros."""
    node = parse(arguments, Rows((), ()))
    if isinstance(node, Aggregate) and node.by:
        hint = "name the events first, as in `index=main | stats …`"
        raise fail("no-source", "`stats` with BY needs rows to work on and cannot stand first", span=arguments.word, hint=hint)
    return node


def _check(arguments: Arguments) -> None:
    arguments.integer("partitions", 1)
    for name in ("allnum", "dedup_splitvals"):
        if arguments.boolean(name, default=False):
            raise arguments.refuse(name, f"`{name}=t`")
    if arguments.string("delim", " ") != " ":
        raise arguments.refuse("delim", "`delim`", 'join the values afterwards, as in `eval f=mvjoin(f, ",")`')


def write(node: Node) -> str | None:
    """An `Aggregate`."""
    if not isinstance(node, Aggregate):
        return None
    return f"stats {aggregations_text(node.aggregations)}" + (f" BY {words_text(node.by)}" if node.by else "")


COMMAND = Command(
    name="stats",
    spellings={"spl": ("stats",)},
    synopsis="stats <aggregate> [AS <name>]… [BY <field>…]",
    summary="Aggregates rows: one row a combination of the BY fields, or one row in all. Rows where a BY field is null are left out.",
    parse=parse,
    generate=generate,
    print=write,
    options=OPTIONS,
    examples=(
        Example("index=main | stats count avg(ms) AS average BY service", "Count and average of each service."),
        Example("index=main | stats count(eval(status>=500)) AS errors, count AS all", "Rows for which a condition holds."),
        Example("index=main | stats perc95(ms) BY service, region", "The 95th percentile."),
        Example("| stats count AS errors", "Without rows before it: one row with the count 0."),
        Example("index=main | stats max(*) AS max_* BY host", "One aggregate for each column that fits the pattern."),
    ),
)
