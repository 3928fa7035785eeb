"""`gentimes`: a row a step of time."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from pilotage.language.plan.nodes import Node, Rows
from pilotage.language.syntax.arguments import Arguments, Option
from pilotage.language.syntax.command import Command, Example
from pilotage.model.problem import fail

MOST = 100_000
OPTIONS = (
    Option("start", "time or days", "required", "`mm/dd/yyyy[:hh:mm:ss]`, or a number of days from today's midnight, as `-7`."),
    Option("end", "time or days", "today's midnight", "Where the last step ends, written as `start`."),
    Option("increment", "span", "1d", "A number of `s`, `m`, `h` or `d`."),
)
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2}|\d{4})(?::(\d{1,2}):(\d{1,2}):(\d{1,2}))?")
_STEP = re.compile(r"(\d{1,9})([smhd])?")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_COLUMNS = ("starttime", "endtime", "starthuman", "endhuman")
_HUMAN = "%a %b %e %H:%M:%S %Y"


def generate(arguments: Arguments) -> Node:
    """`gentimes start=<time> [end=<time>] [increment=<span>]`."""
    arguments.finish()
    if "start" not in arguments.given:
        raise arguments.unexpected("`start=` with a date or a number of days")
    start, end = _moment(arguments, "start"), _moment(arguments, "end")
    found = _STEP.fullmatch(arguments.string("increment", "1d"))
    if found is None or int(found[1]) == 0:
        raise arguments.bad("increment", "write a length such as `6h`")
    step = timedelta(**{_UNITS[found[2] or "d"]: int(found[1])})
    if (end - start) / step > MOST:
        raise fail("rows-limited", f"`gentimes` makes at most {MOST} rows", span=arguments.span, hint="use a longer `increment`")
    rows = []
    while start < end:
        last = start + step - timedelta(seconds=1)
        rows.append((int(start.timestamp()), int(last.timestamp()), start.strftime(_HUMAN), last.strftime(_HUMAN)))
        start += step
    return Rows(_COLUMNS, tuple(rows), command="gentimes", span=arguments.span)


def _moment(arguments: Arguments, name: str) -> datetime:
    zone = arguments.context.zone
    midnight = datetime.fromtimestamp(arguments.context.now // 10**9, zone).replace(hour=0, minute=0, second=0)
    written = arguments.string(name, "0")
    if re.fullmatch(r"[+-]?\d{1,5}", written):
        return midnight + timedelta(days=int(written))
    found = _DATE.fullmatch(written)
    if found is None:
        raise arguments.bad(name, "write `mm/dd/yyyy`, `mm/dd/yyyy:hh:mm:ss` or a number of days such as `-7`")
    month, day, year, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return datetime(year + 2000 if year < 100 else year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError as error:
        raise arguments.bad(name, "there is no such day or time") from error


def write(node: Node) -> str | None:
    """The `Rows` of a `gentimes`: its bounds and its step, in seconds."""
    if not isinstance(node, Rows) or node.columns != _COLUMNS or not node.values:
        return None
    first, last = node.values[0], node.values[-1]
    starts, ends = int(str(first[0])), int(str(last[1])) + 1
    step = int(str(first[1])) + 1 - starts
    return f"gentimes start={_date(str(first[2]))} end={_date(str(last[3]), after=True)} increment={step}s" if ends > starts else None


def _date(human: str, *, after: bool = False) -> str:
    moment = datetime.strptime(" ".join(human.split()), "%a %b %d %H:%M:%S %Y") + timedelta(seconds=after)  # noqa: DTZ007 - a clock on the wall
    return moment.strftime("%m/%d/%Y:%H:%M:%S")


COMMAND = Command(
    name="gentimes",
    spellings={"spl": ("gentimes",)},
    synopsis="gentimes start=<time> [end=<time>] [increment=<span>]",
    summary="Makes a row a step of time with its `starttime` and `endtime` in epoch seconds and both in words.",
    generate=generate,
    print=write,
    options=OPTIONS,
    examples=(Example("| gentimes start=10/01/2026 end=10/05/2026 increment=12h", "Eight rows of half a day."),),
)
