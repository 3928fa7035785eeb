"""Mutings and maintenance windows: when whom not to tell. Alerts are recorded all the same; one that outlives its muting is told then.

The times are a start on the wall clock of a zone, a length in minutes, and an RFC 5545 recurrence rule if it repeats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from pilotage.model.problem import fail
from pilotage.model.time import read_zone
from pilotage.watch.facts import Facts
from pilotage.watch.hours import local
from pilotage.watch.matching import Match

LONGEST_MINUTES = 366 * 1440
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSETPOS", "WKST")
DAY = 86_400.0
_HINT = "write an RFC 5545 rule such as `FREQ=WEEKLY;BYDAY=SA,SU`"


@dataclass(frozen=True, slots=True)
class Muting:
    """Who is not told of what when. `start` is `YYYY-MM-DDTHH:MM` on the wall clock of `zone`; `maintenance` is how lists call it."""

    start: str
    minutes: int
    match: Match = field(default_factory=Match)
    zone: str = "UTC"
    rrule: str = ""
    maintenance: bool = False
    comment: str = ""
    enabled: bool = True

    def check(self) -> None:
        """Raises PilotageError `zone-unknown`, `start-invalid`, `minutes-invalid`, `rrule-invalid`, `rrule-never`."""
        zone = read_zone(self.zone)
        start = _start(self.start)
        if not 1 <= self.minutes <= LONGEST_MINUTES:
            raise fail("minutes-invalid", f"a muting of {self.minutes} minutes is not possible, 1 to {LONGEST_MINUTES} are")
        if self.rrule and next(iter(_rule(self.rrule, start, zone)), None) is None:
            raise fail("rrule-never", "the recurrence rule never comes true", hint=_HINT)

    def windows(self, since: float, until: float) -> list[tuple[float, float]]:
        """The times it is in force that touch `[since, until)`, epoch seconds `[from, to)`, in order; 1,000 at most."""
        zone, start, length = read_zone(self.zone), _start(self.start), self.minutes * 60.0
        if not self.rrule:
            begin = start.replace(tzinfo=zone).timestamp()
            return [(begin, begin + length)] if begin < until and begin + length > since else []
        found: list[tuple[float, float]] = []
        rule = _rule(self.rrule, start, zone)
        first = local(since, zone).replace(tzinfo=None) - timedelta(seconds=length, hours=3)
        for wall in rule.xafter(first, inc=True):
            begin = wall.replace(tzinfo=zone).timestamp()
            if begin >= until or len(found) >= 1000:
                break
            if begin + length > since:
                found.append((begin, begin + length))
        return found

    def ends(self, time: float) -> float | None:
        """When the muting that is in force at `time` ends, overlapping repetitions joined; None when none is."""
        end: float | None = None
        for begin, stop in self._around(time):
            if begin <= (time if end is None else end) < stop:
                end = stop
        return end

    def _around(self, time: float) -> tuple[tuple[float, float], ...]:
        # Expanding an old rule takes milliseconds, and mutings are looked at with every notification: once a day is enough.
        day = int(time // DAY)
        return _windows(self.start, self.minutes, self.zone, self.rrule, day)


@lru_cache(maxsize=512)
def _windows(start: str, minutes: int, zone: str, rrule: str, day: int) -> tuple[tuple[float, float], ...]:
    one = Muting(start, minutes, zone=zone, rrule=rrule)
    return tuple(one.windows(day * DAY, (day + 2) * DAY + minutes * 60.0))


def muted(mutings: Mapping[str, Muting], facts: Facts, time: float) -> tuple[str, float] | None:
    """The name of the muting that holds an alert's notifications back at `time`, and until when: of several the one that ends last."""
    found = [
        (end, name) for name, each in mutings.items() if each.enabled and each.match.fits(facts) and (end := each.ends(time)) is not None
    ]
    return (max(found)[1], max(found)[0]) if found else None


def _start(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise fail("start-invalid", f"`{text[:80]}` is not a time", hint="write `2026-01-05T22:00`, on the wall clock of `zone`") from error
    if found.tzinfo is not None:
        raise fail("start-invalid", f"`{text[:80]}` has an offset of its own", hint="leave it out: the time is that of `zone`")
    return found


def _rule(text: str, start: datetime, zone: ZoneInfo):  # type: ignore[no-untyped-def]  # noqa: ANN202 - dateutil's own class
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - 0.04 CPU-seconds for those who repeat a muting

    written = text.strip().removeprefix("RRULE:").upper()
    parts = dict(part.partition("=")[::2] for part in written.split(";") if part)
    for name in parts:
        if name not in PARTS:
            raise fail("rrule-invalid", f"`{name[:40]}` is not a part of recurrence rules known here", hint=f"parts: {', '.join(PARTS)}")
    if parts.get("FREQ") not in FREQUENCIES:
        raise fail("rrule-invalid", "the recurrence rule repeats neither daily, weekly, monthly nor yearly", hint=_HINT)
    if re.fullmatch(r"\d{8}T\d{6}Z", until := parts.get("UNTIL", "")):
        utc = datetime.strptime(until, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        parts["UNTIL"] = utc.astimezone(zone).strftime("%Y%m%dT%H%M%S")
    try:
        return rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise fail("rrule-invalid", f"`{text[:120]}` is not a recurrence rule", hint=_HINT) from error
