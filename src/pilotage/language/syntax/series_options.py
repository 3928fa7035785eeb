"""What `timechart` and `chart` share: how many series, which, and what the rest is called."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pilotage.language.plan.nodes import Aggregation, Series
from pilotage.language.syntax.aggregates import function_of
from pilotage.language.syntax.arguments import Arguments, Option, option_text
from pilotage.model.problem import PilotageError, Span, fail

OPTIONS = (
    Option("limit", "integer, topN or bottomN", "10", "How many series to show; 0 = all."),
    Option("agg", "aggregate", "sum", "What chooses the biggest series, over the values of the first result."),
    Option("useother", "boolean", "t", "Whether the other series are added up in one."),
    Option("usenull", "boolean", "t", "Whether rows without the BY field have a series."),
    Option("otherstr", "text", "OTHER", "Name of the series of all others."),
    Option("nullstr", "text", "NULL", "Name of the series of rows without the BY field."),
    Option("sep", "text", '": "', "Between result and series in a column's name when there are several results."),
    Option("format", "text", "none", "Pattern of such a name: `$AGG$` and `$VAL$`."),
    Option("dedup_splitvals", "boolean", "f", "Only `f`: each value of a multivalue BY field counts."),
)

RANKS = ("sum", "avg", "min", "max", "count", "dc", "median", "stdev", "stdevp", "var", "varp")
"""What can choose the series that are shown."""
_LIMIT = re.compile(r"(top|bottom)?\s*(\d{1,9})", re.IGNORECASE)
_WHERE = re.compile(r"where\b\s*(?P<agg>\w+)\s+(?P<negated>not\s*)?in\s*(?P<side>top|bottom)\s*(?P<count>\d{1,9})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which series are shown."""

    limit: int
    bottom: bool
    rank: str


def read_choice(arguments: Arguments) -> Choice:
    """The series from `limit=`, `agg=` and a `where sum in top10` that may stand here."""
    limit, bottom, rank = 10, False, "sum"
    if word := arguments.given.get("limit"):
        found = _LIMIT.fullmatch(word.text)
        if found is None:
            raise arguments.bad("limit", "write a number, `top5` or `bottom5`")
        limit, bottom = int(found[2]), (found[1] or "").lower() == "bottom"
    if word := arguments.given.get("agg"):
        rank = _rank(arguments, word.text, word.span)
    arguments.space()
    start = arguments.position
    if found := arguments.take(_WHERE):
        if found["negated"]:
            raise _unsupported(arguments.since(start))
        rank = _rank(arguments, found["agg"], Span(found.start("agg"), found.end("agg")))
        limit, bottom = int(found["count"]), found["side"].lower() == "bottom"
    elif arguments.keyword("where"):
        raise _unsupported(Span(start, arguments.end))
    if arguments.boolean("dedup_splitvals", default=False):
        raise arguments.refuse("dedup_splitvals", "`dedup_splitvals=t`")
    return Choice(limit, bottom, rank)


def check_names(aggregations: tuple[Aggregation, ...], over: str, by: str | None, span: Span) -> None:
    """Refuse a chart of a field against itself, and a result named like the row field, with code `name-twice`."""
    if by == over:
        raise fail("name-twice", f"`{over}` is both the row and the column field", span=span, hint="choose two different fields")
    for aggregation in aggregations:
        if by is None and aggregation.alias == over:
            sentence = f"`{over}` is both a result and the row field"
            raise fail("name-twice", sentence, span=aggregation.span, hint="give the result another name with AS")


def _rank(arguments: Arguments, text: str, span: Span) -> str:
    name, parameter = function_of(arguments, text, span)
    if parameter is not None:
        raise fail("unsupported", "series cannot be chosen by a percentile", span=span, hint="choose them by `sum`, `avg` or `max`")
    if name not in RANKS:
        hint = f"choose them by {', '.join(RANKS)}"
        raise fail("unsupported", f"series cannot be chosen by `{name}`", span=span, hint=hint)
    return name


def _unsupported(span: Span) -> PilotageError:
    hint = "write `where sum in top5`, or filter the rows before the chart"
    return fail("unsupported", "only `where <aggregate> in topN` or `bottomN` chooses series here", span=span, hint=hint)


def series_text(node: Series) -> str:
    """The options shared by both charts, each with a leading space."""
    parts = []
    if node.bottom:
        parts.append(f"limit=bottom{node.limit}")
    elif node.limit != 10:
        parts.append(option_text("limit", node.limit))
    texts = (
        ("agg", node.rank, "sum"),
        ("otherstr", node.other, "OTHER"),
        ("nullstr", node.null_name, "NULL"),
        ("sep", node.separator, ": "),
    )
    parts += [option_text(name, value) for name, value, default in texts if value != default]
    if node.format is not None:
        parts.append(option_text("format", node.format))
    parts += [option_text(name, value=False) for name, on in (("useother", node.use_other), ("usenull", node.use_null)) if not on]
    return "".join(f" {part}" for part in parts)
