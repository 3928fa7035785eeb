"""`timeslice`: the start of the slice of time that a message lies in."""

from __future__ import annotations

import re

from pilotage.language.plan.expressions import Binary, Call, Field, Literal
from pilotage.language.plan.nodes import Bin, Extend, Node
from pilotage.language.plan.walk import time_range
from pilotage.language.syntax.command import Example
from pilotage.language.syntax.operator import Operator, Stage
from pilotage.model.problem import Span
from pilotage.model.time import NANOSECONDS, SECONDS, TimeSpan, read_span

_LENGTH = re.compile(r"\d*\.?\d+\s*[A-Za-z]+")
_BUCKETS = re.compile(r"(\d{1,6})\s*buckets?\b", re.IGNORECASE)
_AUTOMATIC = 100
"""Slices when no length is given but a variable without a value."""


def parse(stage: Stage, rows: Node) -> Node:
    """`timeslice [by] 5m [as name]`, `timeslice 30 buckets`, `timeslice`: epoch milliseconds."""
    stage.keyword("by")
    stage.space()
    length: TimeSpan | None = None
    bins = 0
    if found := stage.take(_BUCKETS):
        bins = max(int(found[1]), 1)
    elif found := stage.take(_LENGTH):
        length = read_slice(found[0], Span(*found.span()))
    elif stage.accept("*"):
        bins = _AUTOMATIC
    name = stage.new_name() if stage.keyword("as") else "_timeslice"
    stage.finish()
    stage.names.define(name, f"_{name}_end")
    if length is None and not bins:
        return _whole(stage, rows, name)
    time = time_range(rows)
    cut = Bin(
        rows,
        "_time",
        name,
        span_value=length.count if length else None,
        unit=length.unit if length else "",
        bins=bins or _AUTOMATIC,
        start=None if time.earliest is None else time.earliest / NANOSECONDS,
        end=None if time.earliest is None else (time.latest or stage.context.now) / NANOSECONDS,
        command="timeslice",
        span=stage.span,
    )
    return Extend(cut, _cells(name, length), command="timeslice", span=stage.span)


def _cells(name: str, length: TimeSpan | None) -> tuple[tuple[str, Call | Binary], ...]:
    start = (name, Call("sumo.millis", (Field(name),)))
    if length is None or length.unit not in SECONDS:
        return (start,)
    width = Literal(round(length.seconds * 1000))
    return start, (f"_{name}_end", Binary("-", Field(name), Literal(-float(width.value or 0))))


def _whole(stage: Stage, rows: Node, name: str) -> Node:
    """One slice: the range of the search."""
    start = (time_range(rows).earliest or 0) // 1_000_000
    return Extend(rows, ((name, Literal(start)),), command="timeslice", span=stage.span)


def read_slice(text: str, span: Span) -> TimeSpan:
    """A length of time as Sumo writes it: `5m`, `1h`, `2w`. Raises code `span-invalid`."""
    return read_span(text.replace(" ", ""), span)


OPERATOR = Operator(
    spellings=("timeslice",),
    synopsis="timeslice [by] <length> | <n> buckets [as <name>]",
    summary="Adds the start of each message's slice of time as `_timeslice`, in epoch milliseconds, aligned to the clock.",
    parse=parse,
    examples=(
        Example("* | timeslice 5m | count by _timeslice", "Messages every five minutes."),
        Example("* | timeslice 30 buckets | avg(ms) by _timeslice", "About thirty slices."),
    ),
    notes=("`__timeslice_end` is where the slice ends, for lengths up to a week.", "Without a length the whole range is one slice."),
)
