"""Mutings and maintenance windows: when whom not to tell. Alerts are recorded all the same; one that outlives its muting is told then.

The times are a start on the wall clock of a zone, a length in minutes, and an RFC 5545 recurrence rule if it repeats.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from pilotage.model.problem import PilotageError, fail
from pilotage.model.time import read_zone
from pilotage.watch.facts import Facts
from pilotage.watch.hours import local
from pilotage.watch.matching import Match

LONGEST_MINUTES = 366 * 1440
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSETPOS", "WKST")
DAY = 86_400.0
FIRST_YEAR, LAST_YEAR = 1970, 2200
LONGEST_RULE = 500
LARGEST_INTERVAL = 1000
MOST_A_DAY = 24
MOST_LOOKED_AT = 300_000
"""Repetitions counted from the start of a rule, 34 years of hourly ones: who asks for more would keep the notifications waiting."""
HORIZON = timedelta(days=40 * 366)
log = logging.getLogger(__name__)
_PART = re.compile(r"([A-Z]+)=([A-Z0-9,+-]+)")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, ArithmeticError)
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
        """Raises PilotageError `zone-unknown`, `start-invalid`, `minutes-invalid`, `rrule-invalid`, `rrule-never`, `rrule-long`."""
        zone = read_zone(self.zone)
        start = _start(self.start)
        if not 1 <= self.minutes <= LONGEST_MINUTES:
            raise fail("minutes-invalid", f"a muting of {self.minutes} minutes is not possible, 1 to {LONGEST_MINUTES} are")
        if self.rrule and next(_times(self.rrule, start, start + HORIZON, zone), None) is None:
            raise fail("rrule-never", "the recurrence rule never comes true", hint=_HINT)

    def windows(self, since: float, until: float) -> list[tuple[float, float]]:
        """The times it is in force that touch `[since, until)`, epoch seconds `[from, to)`, in order; 1,000 at most.

        Raises PilotageError as `check` does.
        """
        zone, start, length = read_zone(self.zone), _start(self.start), self.minutes * 60.0
        if not self.rrule:
            begin = start.replace(tzinfo=zone).timestamp()
            return [(begin, begin + length)] if begin < until and begin + length > since else []
        found: list[tuple[float, float]] = []
        first = local(since, zone).replace(tzinfo=None) - timedelta(seconds=length, hours=3)
        last = local(until, zone).replace(tzinfo=None) + timedelta(hours=3)
        for wall in _times(self.rrule, start, last, zone):
            if wall < first:
                continue
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
        found = _windows(self.start, self.minutes, self.zone, self.rrule, day)
        if isinstance(found, PilotageError):
            raise found
        return found


@lru_cache(maxsize=512)
def _windows(start: str, minutes: int, zone: str, rrule: str, day: int) -> tuple[tuple[float, float], ...] | PilotageError:
    one = Muting(start, minutes, zone=zone, rrule=rrule)
    try:
        return tuple(one.windows(day * DAY, (day + 2) * DAY + minutes * 60.0))
    except PilotageError as error:
        return error  # kept as an answer, so that what fails slowly does so once a day


def muted(mutings: Mapping[str, Muting], facts: Facts, time: float) -> tuple[str, float] | None:
    """The name of the muting that holds an alert's notifications back at `time`, and until when: of several the one that ends last.

    A kept muting that cannot be followed holds nothing back: a message too many does less harm than none at all.
    """
    found: list[tuple[float, str]] = []
    for name, each in mutings.items():
        if not each.enabled or not each.match.fits(facts):
            continue
        try:
            end = each.ends(time)
        except PilotageError as error:
            complain(name, error.problem.code, error.problem.sentence)
            continue
        if end is not None:
            found.append((end, name))
    return (max(found)[1], max(found)[0]) if found else None


@lru_cache(maxsize=512)
def complain(name: str, code: str, reason: str) -> None:
    """Log, once, that a kept muting is of no use."""
    log.warning("muting ignored", extra={"muting": name, "code": code, "reason": reason})


def _start(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise fail("start-invalid", f"`{text[:80]}` is not a time", hint="write `2026-01-05T22:00`, on the wall clock of `zone`") from error
    if found.tzinfo is not None:
        raise fail("start-invalid", f"`{text[:80]}` has an offset of its own", hint="leave it out: the time is that of `zone`")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise fail("start-invalid", f"the year {found.year} is not possible, {FIRST_YEAR} to {LAST_YEAR} are")
    return found


def _times(text: str, start: datetime, last: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The repetitions up to `last`, both on the wall clock. Raises PilotageError `rrule-invalid`, `rrule-long`."""
    from dateutil.rrule import rrulestr  # noqa: PLC0415 - 0.04 CPU-seconds for those who repeat a muting

    parts = _parts(text)
    count = _whole(parts, "COUNT", MOST_LOOKED_AT)
    try:
        # With an end the library stops, also where a rule never comes true; it takes none beside COUNT, which is counted here.
        parts["UNTIL"] = min(last, _until(parts.get("UNTIL", ""), zone) or last).strftime("%Y%m%dT%H%M%S")
        rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items() if name != "COUNT"), dtstart=start)
        for number, wall in enumerate(islice(rule, count)):
            if number >= MOST_LOOKED_AT:
                raise fail("rrule-long", f"the rule repeats more than {MOST_LOOKED_AT} times from its start", hint="let it start later")
            yield wall
    except _BROKEN as error:
        raise fail("rrule-invalid", f"`{text[:120]}` is not a recurrence rule", hint=_HINT) from error


def _until(text: str, zone: ZoneInfo) -> datetime | None:
    if not text:
        return None
    if not _UNTIL.fullmatch(text):
        raise fail("rrule-invalid", f"`{text[:40]}` is not a time that a rule can end at", hint="write `UNTIL=20260107T230000Z`")
    if text.endswith("Z"):
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)
    return datetime.strptime(text, "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")  # noqa: DTZ007 - on the wall clock


def _parts(text: str) -> dict[str, str]:
    """The parts of one rule, by name. Raises PilotageError `rrule-invalid`."""
    if not text.isascii() or not text.isprintable() or len(text) > LONGEST_RULE:
        what = f"the recurrence rule holds foreign letters or control characters, or more than {LONGEST_RULE} letters"
        raise fail("rrule-invalid", what, hint=_HINT)
    parts: dict[str, str] = {}
    for part in filter(None, text.strip().upper().removeprefix("RRULE:").split(";")):
        found = _PART.fullmatch(part)
        if found is None or found[1] in parts:
            raise fail("rrule-invalid", f"`{part[:40]}` is not a part of a recurrence rule, or there twice", hint=_HINT)
        if found[1] not in PARTS:
            raise fail(
                "rrule-invalid", f"`{found[1][:40]}` is not a part of recurrence rules known here", hint=f"parts: {', '.join(PARTS)}"
            )
        parts[found[1]] = found[2]
    if parts.get("FREQ") not in FREQUENCIES:
        raise fail("rrule-invalid", "the recurrence rule repeats neither daily, weekly, monthly nor yearly", hint=_HINT)
    _whole(parts, "INTERVAL", LARGEST_INTERVAL)
    a_day = (parts.get("BYHOUR", "").count(",") + 1) * (parts.get("BYMINUTE", "").count(",") + 1)
    if a_day > MOST_A_DAY:
        raise fail("rrule-invalid", f"the recurrence rule repeats {a_day} times a day, {MOST_A_DAY} are possible", hint="mute for longer")
    return parts


def _whole(parts: Mapping[str, str], name: str, most: int) -> int | None:
    value = parts.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= most:
        raise fail("rrule-invalid", f"`{name}={value[:40]}` is not possible, 1 to {most} are")
    return int(value)
