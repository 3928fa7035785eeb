"""`mcatalog`: which metrics and dimensions there are."""

from __future__ import annotations

from pilotage.language.plan.branches import Incoming, Union
from pilotage.language.plan.nodes import Aggregate, Node
from pilotage.language.syntax.aggregates import read_aggregations
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.measures import exactly
from pilotage.language.syntax.scope import read_by, read_clause, scanned
from pilotage.model.names import METRICS_INDEX
from pilotage.model.problem import fail

OPTIONS = (
    Option("prestats", "boolean", "f", "Only `f`."),
    Option("append", "boolean", "f", "After the rows there are."),
)


def generate(arguments: Arguments) -> Node:
    """`| mcatalog values(<field>) … [WHERE <clause>] [BY <dimension> …]`."""
    aggregations = read_aggregations(arguments, "where", "groupby")
    for item in aggregations:
        if item.function != "values":
            raise fail("unsupported", f"`mcatalog` has only `values`, not `{item.function}`", span=item.span, hint="use `mstats`")
    condition = exactly(read_clause(arguments)) if arguments.keyword("where") else None
    by = arguments.read_fields("a dimension after BY") if read_by(arguments) else ()
    arguments.finish()
    if arguments.boolean("prestats", default=False):
        raise arguments.refuse("prestats", "`prestats=t`")
    points = scanned(arguments, condition, (METRICS_INDEX,))
    return Aggregate(points, aggregations, tuple(dict.fromkeys(by)), command="mcatalog", span=arguments.span)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`… | mcatalog append=t …`."""
    found = generate(arguments)
    if isinstance(rows, Incoming):
        return found
    if not arguments.boolean("append", default=False):
        hint = "add `append=t` to put its rows behind those before"
        raise fail("not-first", "`mcatalog` makes its own rows and stands first, after a `|`", span=arguments.word, hint=hint)
    return Union(rows, (found,), command="append", span=arguments.span)


def write(node: Node) -> str | None:
    """Nothing: its plan is written as `search` and `stats`."""
    del node
    return None


COMMAND = Command(
    name="mcatalog",
    spellings={"spl": ("mcatalog",)},
    synopsis="| mcatalog values(metric_name | _dims | <dimension>)… [WHERE <condition>] [BY <dimension>…]",
    summary="Lists metrics, names of dimensions (`_dims`) or values of a dimension. Stands first.",
    generate=generate,
    parse=parse,
    print=write,
    options=OPTIONS,
    examples=(
        Example("| mcatalog values(metric_name) WHERE index=metrics", "Every metric, in one multivalue."),
        Example("| mcatalog values(_dims) WHERE index=metrics BY metric_name", "The dimensions of each metric."),
    ),
    notes=("Only points within the time range of the search are looked at.",),
)
