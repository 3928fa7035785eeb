"""Over what time an objective counts: the last so many days, or the running week, month, quarter or year of a time zone's calendar."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from pilotage.model.problem import fail
from pilotage.model.time import read_span, read_zone
from pilotage.watch.hours import DAYS, instant, local

CALENDARS = ("week", "month", "quarter", "year")


def check_start(period: str, start: str) -> None:
    """Raises PilotageError `slo-invalid`: a weekday for weeks, a day to 28 for months, a month for quarters and years, else nothing."""
    good = not start
    if period == "week":
        good = good or start in DAYS
    elif period in CALENDARS:
        good = good or (start.isdigit() and 1 <= int(start) <= (28 if period == "month" else 12))
    if not good:
        hint = "write `mon` … `sun` for weeks, 1 to 28 for months, 1 to 12 for quarters and years"
        raise fail("slo-invalid", f"a {period} cannot start with `{start[:40]}`", hint=hint)


def bounds(period: str, start: str, zone: str, now: float) -> tuple[float, float]:
    """Begin and end of the period that `now` is in, epoch seconds; a rolling one ends now."""
    if period not in CALENDARS:
        return now - read_span(period).seconds, now
    place = read_zone(zone)
    today = local(now, place).date()
    first = _first(period, start, today)
    return instant(first, 0, place), instant(_next(period, first), 0, place)


def before(period: str, start: str, zone: str, now: float) -> tuple[float, float]:
    """The period before the one that `now` is in."""
    begin, end = bounds(period, start, zone, now)
    return (begin - (end - begin), begin) if period not in CALENDARS else bounds(period, start, zone, begin - 1)


def _first(period: str, start: str, today: date) -> date:
    if period == "week":
        return today - timedelta(days=(today.weekday() - DAYS.index(start or "mon")) % 7)
    if period == "month":
        day = int(start or 1)
        first = today.replace(day=day)
        return first if first <= today else _months(first, -1)
    length = 3 if period == "quarter" else 12
    return _months(today.replace(day=1), -((today.month - int(start or 1)) % length))


def _next(period: str, first: date) -> date:
    return first + timedelta(days=7) if period == "week" else _months(first, {"month": 1, "quarter": 3, "year": 12}[period])


def _months(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    return day.replace(year=months // 12, month=months % 12 + 1)


def midnight(now: float, zone: ZoneInfo) -> float:
    """The begin of the day on the wall clock."""
    return instant(local(now, zone).date(), 0, zone)
