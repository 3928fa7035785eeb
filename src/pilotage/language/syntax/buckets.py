"""Options that describe buckets (`span bins minspan aligntime start end`), and the automatic span of a chart over time."""

from __future__ import annotations

from dataclasses import replace

from pilotage.language.plan.nodes import Bin, Node, Rows, TimeRange
from pilotage.language.syntax.arguments import Arguments, Option, number_text
from pilotage.model.time import NANOSECONDS, SECONDS, TimeSpan, read_time, write_time

SPAN = Option("span", "number or time span", "automatic", "Width of a bucket: `10`, `5m`, `1d`, `1mon`; it wins over `bins`.")
BINS = Option("bins", "integer", "100", "At most this many buckets, rounded to a convenient width.")
MINSPAN = Option("minspan", "number or time span", "none", "No bucket narrower than this when the width is automatic.")
ALIGNTIME = Option("aligntime", "time, earliest or latest", "the zone's midnight", "Where a bucket of time starts.")
START = Option("start", "number", "smallest value", "Lower end of the numbers to divide.")
END = Option("end", "number", "largest value", "Upper end of the numbers to divide.")

BUCKET = "_bucket"
"""Where the commands that aggregate by themselves keep the bucket of `_time` until they show it as that."""
NOTHING = Rows((), ())
"""The ignored input of a `Bin` that only describes buckets."""

_STEPS = (*(TimeSpan(n, "s") for n in (1, 5, 10, 30)), *(TimeSpan(n, "m") for n in (1, 5, 10, 30)), TimeSpan(1, "h"), TimeSpan(1, "d"))


def read_bin(arguments: Arguments, rows: Node, field: str, alias: str, *, time: TimeRange, bins: int = 100) -> Bin:
    """The bucketing that the options given so far describe; they are used up, so that a later field can have its own."""
    names = ("span", "bins", "minspan", "aligntime", "start", "end")
    width, floor = arguments.length("span"), arguments.length("minspan")
    if field == "_time" and isinstance(width, float):
        width = TimeSpan(width, "s")
    result = Bin(
        rows,
        field,
        alias,
        span_value=width.count if isinstance(width, TimeSpan) else width,
        unit=width.unit if isinstance(width, TimeSpan) else "",
        bins=arguments.integer("bins", bins, 1),
        align=_align(arguments, time),
        start=arguments.number("start"),
        end=arguments.number("end"),
        minimum_span=floor.seconds if isinstance(floor, TimeSpan) else floor,
        command=arguments.command,
        span=arguments.span,
    )
    for name in names:
        arguments.given.pop(name, None)
    return result


def automatic_span(time: TimeRange, now: int, bins: int, minimum: float | None) -> TimeSpan | None:
    """The smallest of 1s … 30m 1h 1d 1mon that cuts the range into at most `bins` buckets; `None` when the range has no start."""
    if time.earliest is None:
        return None
    latest = now if time.latest is None else time.latest
    seconds = max(0, latest - time.earliest) / NANOSECONDS
    for step in _STEPS:
        width = step.count * SECONDS[step.unit]
        if seconds <= width * bins and (minimum is None or width >= minimum):
            return step
    return TimeSpan(1, "mon")


def time_buckets(arguments: Arguments, rows: Node, time: TimeRange) -> Bin:
    """The buckets of `span=` (a width, `auto` or nothing: by the range) as the column `BUCKET`, so that `_time` stays what it is."""
    word = arguments.given.get("span")
    if word is not None and word.text.lower() != "auto":
        return replace(read_bin(arguments, rows, "_time", BUCKET, time=time), command="bin")
    arguments.given.pop("span", None)
    found = Bin(rows, "_time", BUCKET, command="bin", span=arguments.span)
    width = automatic_span(time, arguments.context.now, found.bins, None)
    return found if width is None else replace(found, span_value=width.count, unit=width.unit)


def bin_text(node: Bin, bins: int = 100) -> str:
    """The options of a bucketing, each with a leading space."""
    parts = []
    if node.span_value is not None:
        parts.append(f"span={number_text(node.span_value)}{node.unit}")
    if node.bins != bins:
        parts.append(f"bins={node.bins}")
    if node.align is not None:
        parts.append(f'aligntime="{write_time(round(node.align * NANOSECONDS))}"')
    pairs = (("start", node.start), ("end", node.end), ("minspan", node.minimum_span))
    parts += [f"{name}={number_text(value)}" for name, value in pairs if value is not None]
    return "".join(f" {part}" for part in parts)


def _align(arguments: Arguments, time: TimeRange) -> float | None:
    word = arguments.given.get("aligntime")
    if word is None:
        return None
    if word.text.lower() in ("earliest", "latest"):
        # A search of all time begins with the epoch and ends now.
        side = time.earliest or 0 if word.text.lower() == "earliest" else time.latest
        return (arguments.context.now if side is None else side) / NANOSECONDS
    return read_time(word.text, now=arguments.context.now, zone=arguments.context.zone, span=word.span) / NANOSECONDS
