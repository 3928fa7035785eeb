"""Hours of the week on the wall clock of a place: office hours of a team, on-call hours, with holidays; right across DST changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from pilotage.model.problem import fail
from pilotage.model.time import read_zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
FAR_DAYS = 400


def minutes_of(text: str) -> int:
    """`HH:MM`, to `24:00`, as minutes since midnight. Raises PilotageError `clock-invalid`."""
    if not _CLOCK.fullmatch(text):
        raise fail("clock-invalid", f"`{text[:80]}` is not a time of day", hint="write `09:00`, at most `24:00`")
    return int(text[:2]) * 60 + int(text[3:])


def instant(day: date, minutes: int, zone: ZoneInfo) -> float:
    """Epoch seconds of a wall-clock time; one that a DST change skips is read as if the clock had not been changed yet."""
    wall = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(minutes=minutes)
    return wall.timestamp()


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start` to `end` on `days`; an end before the start is on the next day. `holidays` are dates `YYYY-MM-DD` without hours."""

    zone: str = "UTC"
    days: tuple[str, ...] = ("mon", "tue", "wed", "thu", "fri")
    start: str = "09:00"
    end: str = "17:00"
    holidays: tuple[str, ...] = ()

    def check(self) -> None:
        """Raises PilotageError `zone-unknown`, `clock-invalid`, `days-invalid`, `holiday-invalid`."""
        read_zone(self.zone)
        minutes_of(self.start)
        minutes_of(self.end)
        if not self.days or set(self.days) - set(DAYS):
            raise fail("days-invalid", f"`{', '.join(self.days)[:80]}` are not days of the week", hint=f"write {', '.join(DAYS)}")
        for each in self.holidays:
            try:
                date.fromisoformat(each)
            except ValueError as error:
                raise fail("holiday-invalid", f"`{each[:80]}` is not a date", hint="write `2026-12-25`") from error

    def spans(self, first: date, last: date) -> list[tuple[float, float]]:
        """The hours that begin on the days `first` to `last`, epoch seconds `[from, to)`, in order."""
        zone, begin, end = read_zone(self.zone), minutes_of(self.start), minutes_of(self.end)
        end += 1440 if end <= begin else 0
        found = []
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if DAYS[day.weekday()] in self.days and day.isoformat() not in self.holidays:
                found.append((instant(day, begin, zone), instant(day, end, zone)))
        return found

    def covers(self, time: float) -> bool:
        """Whether the instant (epoch seconds) lies within the hours."""
        day = datetime.fromtimestamp(time, read_zone(self.zone)).date()
        return any(begin <= time < end for begin, end in self.spans(day - timedelta(days=1), day))

    def opening(self, time: float) -> float | None:
        """The first instant from `time` on that lies within the hours, or None when there is none within 400 days."""
        day = datetime.fromtimestamp(time, read_zone(self.zone)).date()
        for begin, end in self.spans(day - timedelta(days=1), day + timedelta(days=FAR_DAYS)):
            if time < end:
                return max(time, begin)
        return None


ALWAYS = Hours("UTC", DAYS, "00:00", "24:00")


def local(time: float, zone: ZoneInfo) -> datetime:
    """The wall clock at an instant."""
    return datetime.fromtimestamp(time, UTC).astimezone(zone)
