"""`mstats`: aggregates over metric points."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.branches import Incoming, Union
from pilotage.language.plan.expressions import Term
from pilotage.language.plan.nodes import Aggregate, FillNull, Node, Project, Rename, Scan, Series
from pilotage.language.plan.walk import chain, everything
from pilotage.language.syntax.aggregates import read_aggregations
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.buckets import BUCKET, NOTHING, SPAN, time_buckets
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.measures import PREFIX, columns_of, condition_of, exactly, metrics_of, over_columns
from pilotage.language.syntax.scope import read_by, read_clause, scanned
from pilotage.language.syntax.series_options import OPTIONS as SERIES
from pilotage.language.syntax.series_options import read_choice
from pilotage.model.names import METRICS_INDEX
from pilotage.model.problem import fail

OPTIONS = (
    Option("prestats", "boolean", "f", "Give the points themselves, for `stats` or `timechart` with the same aggregates behind."),
    Option("append", "boolean", "f", "With `prestats=t`: after the rows there are."),
    Option("chart", "boolean", "f", "A column for each value of the BY field, as `timechart`."),
    Option("fillnull_value", "text", "none", "What stands for a dimension that a point lacks; without it such points are left out."),
    Option("backfill", "boolean", "t", "Accepted; every search covers its whole range."),
    Option("update_period", "integer", "0", "Accepted; there are no previews."),
    Option("chunk_size", "integer", "10000000", "Accepted; the engine chooses how to divide the work."),
)


def generate(arguments: Arguments) -> Node:
    """`| mstats [options] <aggregate> … [WHERE <clause>] [BY <dimension> …] [span=<width>]`."""
    aggregations = read_aggregations(arguments, "where", "groupby")
    metrics = metrics_of(arguments, aggregations)
    condition = exactly(read_clause(arguments)) if arguments.keyword("where") else None
    arguments.take_options()
    by = tuple(dict.fromkeys(arguments.read_fields("a dimension after BY", "where"))) if read_by(arguments) else ()
    arguments.take_options()
    if condition is not None and any(isinstance(part, Term) for part in everything(condition)):
        term = next(part for part in everything(condition) if isinstance(part, Term))
        raise fail("unsupported", "points have no words to look for", span=term.span, hint="compare a dimension, as in `host=a*`")
    if metrics:
        condition = chain("AND", [condition_of(metrics), *([condition] if condition is not None else [])])
    _accepted(arguments)
    points = scanned(arguments, condition, (METRICS_INDEX,))
    if arguments.boolean("prestats", default=False):
        return _points(arguments, points, metrics, by)
    if arguments.boolean("append", default=False):
        raise arguments.refuse("append", "`append=t` without `prestats=t`", "use `| append [| mstats …]`")
    rows: Node = columns_of(metrics, points) if metrics else points
    if by and "fillnull_value" in arguments.given:
        rows = FillNull(rows, arguments.string("fillnull_value", ""), by, command="fillnull")
    items = over_columns(aggregations, metrics)
    if arguments.boolean("chart", default=False):
        return _chart(arguments, rows, replace(Aggregate(rows, items, by), command="mstats"), points)
    _no_chart(arguments)
    if "span" not in arguments.given:
        arguments.finish()
        return Aggregate(rows, items, by, command="mstats", span=arguments.span)
    buckets = time_buckets(arguments, rows, points.time)
    arguments.finish()
    keys = (BUCKET, *(name for name in by if name != "_time"))
    return Rename(Aggregate(buckets, items, keys, command="stats"), ((BUCKET, "_time"),), command="mstats", span=arguments.span)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`… | mstats prestats=t append=t …`."""
    found = generate(arguments)
    if isinstance(rows, Incoming):
        return found
    if not arguments.boolean("append", default=False):
        hint = "add `prestats=t append=t` to put its rows behind those before"
        raise fail("not-first", "`mstats` makes its own rows and stands first, after a `|`", span=arguments.word, hint=hint)
    return Union(rows, (found,), command="append", span=arguments.span)


def _accepted(arguments: Arguments) -> None:
    arguments.boolean("backfill", default=True)
    arguments.integer("update_period", 0)
    arguments.integer("chunk_size", 1)


def _no_chart(arguments: Arguments) -> None:
    for option in SERIES:
        if option.name in arguments.given:
            raise arguments.refuse(option.name, f"`{option.name}` without `chart=t`")


def _points(arguments: Arguments, points: Scan, metrics: tuple[str, ...], by: tuple[str, ...]) -> Node:
    """The points with what a later `stats` or `timechart` may ask for."""
    _no_chart(arguments)
    wide = columns_of(metrics, points, "")
    if "span" in arguments.given:
        wide = replace(time_buckets(arguments, wide, points.time), alias="_time")
    arguments.finish()
    names = dict.fromkeys(("_time", *by, *(metrics or ("metric_name", "_value"))))
    return Project(wide, tuple(names), "table", command="mstats", span=arguments.span)


def _chart(arguments: Arguments, rows: Node, plain: Aggregate, points: Scan) -> Node:
    """The same as a series: over time with a span, else over the first dimension."""
    buckets = time_buckets(arguments, NOTHING, points.time) if "span" in arguments.given else None
    choice = read_choice(arguments)
    arguments.finish()
    keys = ("_time", *plain.by) if buckets is not None else plain.by
    if not 1 <= len(keys) <= 2:
        hint = "give `span=` and one dimension after BY"
        raise fail("unsupported", "`chart=t` takes one row field and one column field", span=arguments.span, hint=hint)
    return Series(
        rows,
        plain.aggregations,
        keys[0],
        keys[1] if len(keys) > 1 else None,
        over_bin=None if buckets is None else replace(buckets, alias="_time", command=""),
        fill=buckets is not None,
        fixed_range=False,
        limit=choice.limit,
        bottom=choice.bottom,
        rank=choice.rank,
        use_other=arguments.boolean("useother", default=True),
        use_null=arguments.boolean("usenull", default=True),
        other=arguments.string("otherstr", "OTHER"),
        null_name=arguments.string("nullstr", "NULL"),
        range=points.time,
        separator=arguments.string("sep", ": "),
        format=arguments.given["format"].text if "format" in arguments.given else None,
        command="mstats",
        span=arguments.span,
    )


def write(node: Node) -> str | None:
    """Nothing: its plan is written as `search`, `eval`, `bin` and `stats`."""
    del node
    return None


COMMAND = Command(
    name="mstats",
    spellings={"spl": ("mstats",)},
    synopsis="| mstats [chart=<bool>] [prestats=<bool>] [fillnull_value=<text>] <aggregate>(<metric>) [AS <name>]… "
    "[WHERE <condition>] [BY <dimension>…] [span=<time span>]",
    summary="Aggregates points of metrics. Stands first.",
    generate=generate,
    parse=parse,
    print=write,
    options=(SPAN, *OPTIONS, *SERIES),
    examples=(
        Example("| mstats avg(cpu.util) AS cpu WHERE index=metrics BY host", "The mean of one metric for each host."),
        Example('| mstats max(_value) WHERE index=metrics AND metric_name="mem.*" BY metric_name span=5m', "Metrics by pattern."),
        Example("| mstats chart=t sum(requests) WHERE index=metrics BY service span=1h", "A column for each service."),
    ),
    notes=(
        "Metrics are named either in the aggregates or by `metric_name=` with `_value`, never both; their names are case-sensitive.",
        "Without `index=` the index `metrics` is read. Points without a BY dimension are left out unless `fillnull_value` is given.",
        f"With patterns such as `avg(cpu.*)` there is a column for each metric found (`{PREFIX}…` inside the plan).",
    ),
)
