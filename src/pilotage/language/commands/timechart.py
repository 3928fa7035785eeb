"""`timechart`: aggregates over a complete grid of time, one column a series."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.nodes import Bin, Node, Series
from pilotage.language.plan.walk import time_range
from pilotage.language.syntax.aggregates import aggregations_text, read_aggregations
from pilotage.language.syntax.arguments import Arguments, Option, word_text
from pilotage.language.syntax.buckets import ALIGNTIME, BINS, MINSPAN, NOTHING, SPAN, automatic_span, bin_text, read_bin
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.series_options import OPTIONS, check_names, read_choice, series_text
from pilotage.model.problem import fail

GRID = (
    Option("cont", "boolean", "t", "Whether buckets without data appear."),
    Option("fixedrange", "boolean", "t", "Whether the grid covers the time range of the search, not only the data."),
    Option("partial", "boolean", "t", "Whether the first and last bucket appear when the range cuts them."),
)


def parse(arguments: Arguments, rows: Node) -> Node:
    """`timechart [options] <aggregate> … [BY <field> [options] [where …]]`."""
    aggregations = read_aggregations(arguments)
    if arguments.keyword("over"):
        hint = "`timechart` is always over time; use `chart … OVER` for another field"
        raise fail("syntax", "`timechart` has no OVER", span=arguments.since(arguments.position - 4), hint=hint)
    by = None
    if arguments.keyword("by"):
        by = arguments.read_word("a field after BY").text
    arguments.take_options()
    choice = read_choice(arguments)
    if by is not None and not arguments.done():
        error = arguments.unexpected("an option or the end")
        raise fail("syntax", error.problem.sentence, span=error.problem.span, hint="`timechart` takes one BY field; join two by `eval`")
    arguments.finish()
    check_names(aggregations, "_time", by, arguments.span)
    return Series(
        rows,
        aggregations,
        "_time",
        by,
        over_bin=_grid(arguments, rows),
        fill=arguments.boolean("cont", default=True),
        fixed_range=arguments.boolean("fixedrange", default=True),
        partial=arguments.boolean("partial", default=True),
        limit=choice.limit,
        bottom=choice.bottom,
        rank=choice.rank,
        use_other=arguments.boolean("useother", default=True),
        use_null=arguments.boolean("usenull", default=True),
        other=arguments.string("otherstr", "OTHER"),
        null_name=arguments.string("nullstr", "NULL"),
        range=time_range(rows),
        separator=arguments.string("sep", ": "),
        format=arguments.given["format"].text if "format" in arguments.given else None,
        command="timechart",
        span=arguments.span,
    )


def _grid(arguments: Arguments, rows: Node) -> Bin:
    time = time_range(rows)
    grid = read_bin(arguments, NOTHING, "_time", "_time", time=time)
    if grid.span_value is not None:
        return grid
    width = automatic_span(time, arguments.context.now, grid.bins, grid.minimum_span)
    return grid if width is None else replace(grid, span_value=width.count, unit=width.unit, bins=100, minimum_span=None)


def write(node: Node) -> str | None:
    """A `Series` over buckets of time."""
    if not isinstance(node, Series) or node.over != "_time" or node.over_bin is None or node.by_bin is not None:
        return None
    flags = (("cont", node.fill), ("fixedrange", node.fixed_range), ("partial", node.partial))
    text = "timechart" + bin_text(node.over_bin) + "".join(f" {name}=f" for name, on in flags if not on)
    text += f"{series_text(node)} {aggregations_text(node.aggregations)}"
    return text if node.by is None else f"{text} BY {word_text(node.by)}"


COMMAND = Command(
    name="timechart",
    spellings={"spl": ("timechart",)},
    synopsis="timechart [span=<time span>] [bins=<N>] [<option>…] <aggregate> [AS <name>]… [BY <field> [where <aggregate> in top<N>]]",
    summary="Aggregates over equal slices of time and shows each value of the BY field as a column.",
    parse=parse,
    print=write,
    options=(SPAN, BINS, MINSPAN, ALIGNTIME, *GRID, *OPTIONS),
    examples=(
        Example("index=main earliest=-4h | timechart count", "The span follows the time range: here 5 minutes."),
        Example("index=main | timechart span=1h avg(ms) BY service limit=5 useother=f", "The five services with the largest sum."),
        Example("index=main | timechart span=1d perc95(ms) AS p95, count", "Several results."),
    ),
    notes=("`where` chooses series by `in topN` and `in bottomN` only; comparisons such as `where max>10` are refused.",),
)
