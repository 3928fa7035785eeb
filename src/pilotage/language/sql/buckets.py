"""Buckets of time and of numbers: the start of a bucket as SQL, spans chosen by range, and complete time grids."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from pilotage.language.plan.nodes import Node, Sparkline
from pilotage.language.plan.walk import time_range
from pilotage.language.sql.context import Context
from pilotage.language.sql.fragments import NANOSECONDS, Sql, call, infix, literal, moment
from pilotage.model.problem import Span, fail

MOST_SLICES = 100
"""Slices of a sparkline that chooses its own."""
MOST_DRAWN = 10_000
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "mon": 2_629_800, "q": 7_889_400, "y": 31_557_600}
_INTERVALS = {
    "us": "toIntervalMicrosecond",
    "ms": "toIntervalMillisecond",
    "s": "toIntervalSecond",
    "m": "toIntervalMinute",
    "h": "toIntervalHour",
    "d": "toIntervalDay",
    "w": "toIntervalWeek",
    "mon": "toIntervalMonth",
    "q": "toIntervalQuarter",
    "y": "toIntervalYear",
}
_DATES = {"d", "w", "mon", "q", "y"}
_LOCAL = {"h", *_DATES}
_FRACTIONS = {"us", "ms"}
_STEPS: tuple[tuple[float, str], ...] = (
    (1, "s"), (5, "s"), (10, "s"), (30, "s"), (1, "m"), (5, "m"), (10, "m"), (30, "m"), (1, "h"), (1, "d"), (1, "mon"),
)  # fmt: skip


def seconds_of(value: float, unit: str) -> float:
    """Length of a span in seconds (a mean month, quarter and year)."""
    return value * _SECONDS[unit]


def automatic(earliest: int, latest: int, bins: int, minimum: float | None = None) -> tuple[float, str]:
    """The smallest usual span that cuts `[earliest, latest)` nanoseconds into at most `bins` buckets, at least `minimum` seconds wide."""
    width = max(latest - earliest, 1) / NANOSECONDS
    for value, unit in _STEPS:
        span = seconds_of(value, unit)
        if width / span <= bins and span >= (minimum or 0):
            return value, unit
    return (1, "mon")


def sliced(context: Context, spark: Sparkline, rows: Node, span: Span) -> Sparkline:
    """A sparkline's slices over the time range of `rows`, or over their times where that is open. Raises code `too-many-buckets`."""
    bounds = time_range(rows)
    earliest, latest = bounds.earliest, bounds.latest
    if earliest is None or latest is None:
        found = context.facts.bounds(rows, "_time") or (context.now - 3600 * NANOSECONDS, context.now - 1)
        earliest, latest = earliest or found[0], latest or found[1] + 1
    width = spark.seconds or seconds_of(*automatic(earliest, latest, MOST_SLICES))
    step = max(1, round(width * NANOSECONDS))
    start = earliest // step * step
    count = max(1, -((start - latest) // step))
    if count > MOST_DRAWN:
        sentence = f"the sparkline would have {count} slices, the most is {MOST_DRAWN}"
        raise fail("too-many-buckets", sentence, span=span, hint="give it a longer span")
    return Sparkline(spark.function, width, start, count)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Buckets of `value` units, aligned in `zone`, or to `align` epoch seconds."""

    value: float
    unit: str
    zone: str
    align: float | None = None

    @property
    def seconds(self) -> float:
        """Width in seconds."""
        return seconds_of(self.value, self.unit)

    def interval(self) -> Sql:
        """The width as a ClickHouse interval."""
        value, unit = self._whole()
        return call(_INTERVALS[unit], value)

    def _whole(self) -> tuple[int, str]:
        """The span in a unit of which it is a whole number."""
        value, unit = self.value, self.unit
        smaller = {
            "y": ("mon", 12),
            "q": ("mon", 3),
            "w": ("d", 7),
            "d": ("h", 24),
            "h": ("m", 60),
            "m": ("s", 60),
            "s": ("ms", 1000),
            "ms": ("us", 1000),
        }
        while value != int(value) and unit in smaller:
            unit, factor = smaller[unit]
            value *= factor
        return max(1, round(value)), unit

    def native(self, time: Sql) -> Sql:
        """The bucket's start in the engine's cheapest type (DateTime, Date or DateTime64): what is grouped by and filled."""
        value, unit = self._whole()
        if self.align is not None and unit not in _DATES:
            step = literal(round(seconds_of(value, unit) * NANOSECONDS))
            origin = literal(round(self.align * NANOSECONDS))
            shifted = infix(exp.Sub, call("toUnixTimestamp64Nano", time), origin)
            floored = infix(exp.Mul, call("toInt64", call("floor", infix(exp.Div, shifted, step))), step)
            return call("fromUnixTimestamp64Nano", infix(exp.Add, floored, origin))
        if unit == "w" and value == 1:
            return call("toStartOfWeek", time, 0, self.zone)
        zone = [self.zone] if unit in _LOCAL else []
        return call("toStartOfInterval", time, self.interval(), *zone)

    def moment(self, native: Sql) -> Sql:
        """A native bucket start as DateTime64(9)."""
        _, unit = self._whole()
        if unit in _DATES:
            return call("toDateTime64", call("toDateTime", native, self.zone), 9, self.zone)
        return call("toDateTime64", native, 9)

    def start(self, time: Sql) -> Sql:
        """The bucket's start as DateTime64(9)."""
        return self.moment(self.native(time))

    def fill(self, earliest: int | None, latest: int | None) -> exp.WithFill:
        """A complete axis over `[earliest, latest)`, or over the data where unknown."""
        first = self.native(moment(earliest)) if earliest is not None else None
        last = call("plus", self.native(moment(latest - 1)), self.interval()) if latest is not None else None
        return exp.WithFill(from_=first, to=last, step=self.interval())


def number_label(number: Sql, span: Sql) -> Sql:
    """`"30-40"` for a number in buckets of `span`."""
    low = infix(exp.Mul, call("floor", infix(exp.Div, number, span)), span)
    return call("concat", call("toString", low), "-", call("toString", infix(exp.Add, low, span)))


def number_floor(number: Sql, span: Sql) -> Sql:
    """The lower end of a number's bucket."""
    return infix(exp.Mul, call("floor", infix(exp.Div, number, span)), span)


def nice_span(number: Sql, bins: int, start: float | None, end: float | None) -> Sql:
    """The smallest power of ten that cuts the numbers of the whole column into at most `bins` buckets, as SQL over a window."""
    low = literal(start) if start is not None else exp.Window(this=call("min", number), over="OVER")
    high = literal(end) if end is not None else exp.Window(this=call("max", number), over="OVER")
    width = call("greatest", infix(exp.Sub, high, low), 1e-9)
    return call("pow", 10, call("ceil", call("log10", infix(exp.Div, width, literal(bins)))))
