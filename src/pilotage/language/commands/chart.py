"""`chart`: aggregates over the values or buckets of a field, one column a value of another."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.nodes import Aggregate, Bin, Node, Series
from pilotage.language.plan.walk import time_range
from pilotage.language.syntax.aggregates import aggregations_text, read_aggregations
from pilotage.language.syntax.arguments import Arguments, Option, word_text
from pilotage.language.syntax.buckets import ALIGNTIME, BINS, END, MINSPAN, NOTHING, SPAN, START, automatic_span, bin_text, read_bin
from pilotage.language.syntax.command import Command, Example
from pilotage.language.syntax.series_options import OPTIONS, check_names, read_choice, series_text
from pilotage.model.problem import fail

_BINS = 300
_CONT = Option("cont", "boolean", "f", "Only `f`: buckets without rows do not appear.")


def parse(arguments: Arguments, rows: Node) -> Node:
    """`chart [options] <aggregate> … [OVER <field> [bucket options]] [BY <field> [bucket options] [<field> …]]`."""
    aggregations = read_aggregations(arguments)
    fields: list[tuple[str, Bin | None]] = []
    if arguments.keyword("over"):
        fields.append(_field(arguments, rows, "a field after OVER"))
    most = len(fields) + 1 if fields else 2
    if arguments.keyword("by"):
        fields.append(_field(arguments, rows, "a field after BY"))
        if len(fields) < most and not arguments.done() and not arguments.see_word("where"):
            fields.append(_field(arguments, rows, "a second field after BY"))
    arguments.take_options()
    choice = read_choice(arguments)
    if not arguments.done():
        error = arguments.unexpected("an option or the end")
        raise fail("syntax", error.problem.sentence, span=error.problem.span, hint="`chart` takes two fields: one a row, one a column")
    if arguments.boolean("cont", default=False):
        raise arguments.refuse("cont", "`cont=t`", "use `timechart` for a grid without gaps")
    if not fields:
        return Aggregate(rows, aggregations, command="chart", span=arguments.span)
    (over, over_bin), (by, by_bin) = (*fields, (None, None))[:2]
    check_names(aggregations, over or "", by, arguments.span)
    return Series(
        rows,
        aggregations,
        over or "",
        by,
        over_bin=over_bin,
        by_bin=by_bin,
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
        command="chart",
        span=arguments.span,
    )


def _field(arguments: Arguments, rows: Node, wanted: str) -> tuple[str, Bin | None]:
    """A field and its buckets: those of the options before it (for the first) and right behind it."""
    name = arguments.read_word(wanted).text
    arguments.take_options()
    time = time_range(rows)
    described = {"span", "bins", "minspan", "aligntime", "start", "end"} & arguments.given.keys()
    if not described and name != "_time":
        return name, None
    buckets = read_bin(arguments, NOTHING, name, name, time=time, bins=_BINS)
    if name == "_time" and buckets.span_value is None:
        width = automatic_span(time, arguments.context.now, buckets.bins, buckets.minimum_span)
        if width is not None:
            buckets = replace(buckets, span_value=width.count, unit=width.unit, bins=_BINS, minimum_span=None)
    return name, buckets


def write(node: Node) -> str | None:
    """A `Series` that needs no grid."""
    if not isinstance(node, Series) or node.fill or node.fixed_range or not node.partial:
        return None
    text = f"chart{series_text(node)} {aggregations_text(node.aggregations)} OVER {word_text(node.over)}"
    if node.over_bin is not None:
        text += bin_text(node.over_bin, _BINS)
    if node.by is not None:
        text += f" BY {word_text(node.by)}"
    return text if node.by_bin is None else text + bin_text(node.by_bin, _BINS)


COMMAND = Command(
    name="chart",
    spellings={"spl": ("chart",)},
    synopsis="chart [<option>…] <aggregate> [AS <name>]… [OVER <field> [<bucket option>…]] [BY <field> [<bucket option>…] [<field>]]",
    summary="Aggregates over the values of one field, with a column for each value of another.",
    parse=parse,
    print=write,
    options=(SPAN, replace(BINS, default=str(_BINS)), MINSPAN, ALIGNTIME, START, END, _CONT, *OPTIONS),
    examples=(
        Example("index=main | chart count OVER service BY status", "A row a service, a column a status."),
        Example("index=main | chart count BY service status", "The same."),
        Example("index=main | chart avg(ms) OVER size span=100", "The row field in buckets of 100."),
    ),
    notes=("Numbers are put into buckets only when `span` or `bins` is given.", "`cont=t` is refused."),
)
