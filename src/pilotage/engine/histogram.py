"""How many events lie when: counts of the event part of a query over equal slices of time, in a range that fits the data."""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa

from pilotage.engine.events import event_part, filtering, text_of, with_scan
from pilotage.engine.inquiry import Inquiry, open_inquiry
from pilotage.engine.run import Search
from pilotage.language.plan.nodes import Aggregation, Bin, Node, Scan, Series, TimeRange
from pilotage.language.plan.walk import inputs
from pilotage.language.sql.lowering import lower
from pilotage.language.sql.output import typed
from pilotage.language.sql.series import long
from pilotage.model.problem import Problem
from pilotage.model.time import NANOSECONDS, read_zone
from pilotage.store.open import Store

MOST_SERIES = 12
OTHER = "\x1fother"
_DAY = 86_400 * NANOSECONDS
_STEPS = (
    *((value, "ms") for value in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *((value, "s") for value in (1, 2, 5, 10, 15, 30)),
    *((value, "m") for value in (1, 2, 5, 10, 15, 30)),
    *((value, "h") for value in (1, 2, 3, 6, 12)),
    *((value, "d") for value in (1, 2, 5, 10, 15, 30, 90, 180, 365, 3650)),
)
_UNIT = {"ms": NANOSECONDS // 1000, "s": NANOSECONDS, "m": 60 * NANOSECONDS, "h": 3600 * NANOSECONDS, "d": _DAY}
# Days of what the engine's dates hold; beyond, a day is 24 hours.
_DATES = (0, 49_709 * _DAY)


@dataclass(frozen=True, slots=True)
class Slices:
    """A width and where each slice begins, epoch nanoseconds, ascending; `origin` a beginning (None: days of the zone's calendar)."""

    value: int
    unit: str
    starts: tuple[int, ...]
    origin: int | None = 0

    @property
    def width(self) -> int:
        """Nanoseconds; of days the usual 24 hours."""
        return self.value * _UNIT[self.unit]


@dataclass(frozen=True, slots=True)
class Counts:
    """One series: a value of the field (None where events lack it), or all values beyond the limit when `other`."""

    name: str | None
    counts: tuple[int, ...]
    other: bool = False


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts within `[earliest, latest)` epoch nanoseconds; without events and without a range there are no slices."""

    earliest: int | None
    latest: int | None
    slices: Slices | None
    series: tuple[Counts, ...]
    total: int
    event_query: str | None
    messages: tuple[Problem, ...]


def histogram(
    store: Store, search: Search, *, buckets: int = 60, by: str | None = "severity", days: int = 30, stop: threading.Event | None = None
) -> Histogram:
    """Count the events of a search in about `buckets` slices, split by a field.

    A side of the range that the search leaves open is where the events of the last `days` begin or end. Raises `PilotageError`.
    """
    with open_inquiry(store, search, stop) as inquiry:
        part = filtering(event_part(inquiry.plan))
        text = text_of(part)
        found = _range(inquiry, part, days)
        if found is None:
            # For what planning has to say: perhaps why there is nothing.
            lower(inquiry.context, part)
            return Histogram(None, None, None, (), 0, text, tuple(inquiry.context.messages))
        low, high, fitted = found
        zone = read_zone(search.zone)
        slices = slices_of(low, high, buckets, zone)
        series = _counted(inquiry, with_scan(part, lambda scan: replace(scan, time=TimeRange(low, high))), slices, by)
        if fitted:
            low, high = slices.starts[0], max(high, _after(slices, zone))
        messages = tuple(
            m for m in inquiry.context.messages if not (m.code == "unknown-field" and m.sentence.startswith(f"no field `{by}`"))
        )
        return Histogram(low, high, slices, series, sum(sum(each.counts) for each in series), text, messages)


def _range(inquiry: Inquiry, part: Node, days: int) -> tuple[int, int, bool] | None:
    """Begin, end and whether either was found in the data; None when there are no events to find it in."""
    source = next(node for node in inputs(part) if not hasattr(node, "input"))
    asked = source.time if isinstance(source, Scan) else TimeRange()
    if asked.earliest is not None and asked.latest is not None:
        return asked.earliest, max(asked.latest, asked.earliest + 1), False
    now, facts = inquiry.context.now, inquiry.context.facts
    recent = asked
    if asked.earliest is None:
        recent = TimeRange((now if asked.latest is None else asked.latest) - days * _DAY, asked.latest)
    bounds = facts.bounds(with_scan(part, lambda scan: replace(scan, time=recent)), "_time")
    if bounds is None and recent != asked:
        bounds = facts.bounds(part, "_time")
    elif bounds is not None and recent != asked:
        inquiry.context.warn(
            "range-fitted", f"no time range was given: shown are events of the last {days} days", hint="choose a range to see others"
        )
    if bounds is None:
        return None if asked.earliest is None else (asked.earliest, max(now, asked.earliest + 1), False)
    low = bounds[0] if asked.earliest is None else asked.earliest
    high = asked.latest if asked.latest is not None else bounds[1] + 1
    if asked.earliest is not None and asked.latest is None:
        high = max(high, now)
    return low, max(high, low + 1), True


def slices_of(low: int, high: int, most: int, zone: ZoneInfo) -> Slices:
    """The narrowest usual slices that cover `[low, high)` nanoseconds with about `most` of them; days and hours begin in `zone`."""
    value, unit = next(((v, u) for v, u in _STEPS if (high - low) <= most * v * _UNIT[u]), _STEPS[-1])
    if unit == "d" and _DATES[0] <= low and high <= _DATES[1]:
        return Slices(value, unit, _days(low, high, value, zone), None)
    width = value * _UNIT[unit]
    origin = _midnight(low, zone) if unit == "h" else 0
    first = origin + (low - origin) // width * width
    return Slices(value, unit, tuple(range(first, high, width)), origin)


def _days(low: int, high: int, value: int, zone: ZoneInfo) -> tuple[int, ...]:
    """Midnights, every `value` days counted from 1970 as the engine counts them."""
    number = datetime.fromtimestamp(low // NANOSECONDS, zone).toordinal() - _EPOCH
    number -= number % value
    starts: list[int] = []
    while not starts or starts[-1] < high:
        starts.append(_start_of_day(number, zone))
        number += value
    return tuple(starts[:-1])


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()


def _start_of_day(number: int, zone: ZoneInfo) -> int:
    return int((datetime(1970, 1, 1) + timedelta(days=number)).replace(tzinfo=zone).timestamp()) * NANOSECONDS  # noqa: DTZ001 - zoned next


def _midnight(time: int, zone: ZoneInfo) -> int:
    if not _DATES[0] <= time <= _DATES[1]:
        return 0
    return _start_of_day(datetime.fromtimestamp(time // NANOSECONDS, zone).toordinal() - _EPOCH, zone)


def _after(slices: Slices, zone: ZoneInfo) -> int:
    """Where the last slice ends."""
    last = slices.starts[-1]
    if slices.origin is not None:
        return last + slices.width
    return _start_of_day(datetime.fromtimestamp(last // NANOSECONDS, zone).toordinal() - _EPOCH + slices.value, zone)


def _counted(inquiry: Inquiry, part: Node, slices: Slices, by: str | None) -> tuple[Counts, ...]:
    """Each series over the slices, the largest first, events without the field last."""
    # Days follow the calendar of the zone, which no width describes; all else is so much after an origin.
    if slices.origin is None:
        cut = Bin(part, "_time", "_time", float(slices.value), "d")
    else:
        value, unit = (slices.value * 24, "h") if slices.unit == "d" else (slices.value, slices.unit)
        cut = Bin(part, "_time", "_time", float(value), unit, align=slices.origin / NANOSECONDS)
    count = Aggregation("count", None, "count")
    node = Series(part, (count,), "_time", by, cut, limit=MOST_SERIES, other=OTHER, null_name="")

    def statement() -> str:
        relation = lower(inquiry.context, part if by else node)
        return typed(long(relation, node)[0] if by else relation)[0]

    table = inquiry.ask(statement)
    if not table.num_columns:
        return ()
    over, *names, values = table.columns
    times = over.cast(pa.timestamp("ns", "UTC")).cast(pa.int64()).to_pylist()
    counts: dict[str, list[int]] = {}
    for time, name, number in zip(times, names[0].to_pylist() if names else [""] * len(times), values.to_pylist(), strict=True):
        cells = counts.setdefault(name or "", [0] * len(slices.starts))
        cells[max(0, bisect_right(slices.starts, time) - 1)] += int(number or 0)
    ordered = sorted(counts.items(), key=lambda item: (item[0] == "", item[0] == OTHER, -sum(item[1]), item[0]))
    return tuple(Counts("OTHER" if name == OTHER else name or None, tuple(cells), name == OTHER) for name, cells in ordered)
