"""Times and spans as people write them: Splunk modifiers (`-24h@h`), ISO 8601, epoch seconds, and spans (`5m`, `1month`).

Offsets of days and longer, and every snap, follow the wall clock of the given zone, so `-1d` keeps the hour over a DST change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from pilotage.model.problem import Span, fail

NANOSECONDS = 1_000_000_000
_LARGEST = 2**63 - 1

_SPELLINGS = {
    "us": "us",
    "ms": "ms",
    "s": "s sec secs second seconds",
    "m": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "w": "w week weeks",
    "mon": "mon month months",
    "q": "q qtr qtrs quarter quarters",
    "y": "y yr yrs year years",
}
UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()}
"""Every spelling of a unit of time → its canonical short form."""

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
"""Seconds in a unit of fixed length (a day as the nominal 24 h); months and longer have none."""

_EXAMPLES = "write `-24h`, `-1d@d`, `now`, an ISO 8601 time such as `2026-01-05T10:00:00Z`, or epoch seconds"
_EPOCH = re.compile(r"\d{1,20}(\.\d{1,18})?")
_SPLUNK = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})(?::(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2}))?")
_ISO = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"
    r"(?:[T ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9})\d*)?)?)?"
    r"\s?(?P<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?",
)
_STEP = re.compile(r"(?P<sign>[+-])(?P<count>\d{0,12})(?P<unit>[a-z]*)|@(?P<snap>[a-z]+)(?P<weekday>[0-7])?")
_SPAN = re.compile(r"(?P<count>\d+(?:\.\d+)?)?\s*(?P<unit>[A-Za-z]+)")


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A length of time: `count` of `unit` (canonical, see `UNITS`)."""

    count: float
    unit: str

    @property
    def seconds(self) -> float:
        """Nominal length: a month counts 30 days, a quarter 91, a year 365."""
        return self.count * {**SECONDS, "mon": 30 * 86400.0, "q": 91 * 86400.0, "y": 365 * 86400.0}[self.unit]

    def __str__(self) -> str:
        return f"{self.count:g}{self.unit}" if self.count < 1e6 else f"{int(self.count)}{self.unit}"


def read_time(text: str, *, now: int, zone: ZoneInfo, span: Span | None = None) -> int:
    """The instant `text` names, in epoch nanoseconds.

    `now` is epoch nanoseconds; a time without an offset of its own is read in `zone`. Raises code `time-invalid` or `time-range`.
    """
    written = text.strip()
    try:
        if _EPOCH.fullmatch(written):
            result = int(Decimal(written) * NANOSECONDS)
        elif found := _ISO.fullmatch(written) or _SPLUNK.fullmatch(written):
            result = _calendar(found.groupdict(), zone)
        elif written.lower().startswith("rt"):
            raise fail(
                "time-real", f"real-time searches are not supported, `{text}`", span=span, hint="repeat the search with `-5m` to `now`"
            )
        else:
            result = _modifier(written.lower(), now, zone, span)
    except (ValueError, OverflowError) as error:
        reason = "" if f"`{written.lower()}`" in str(error) else f": {error}"
        raise fail("time-invalid", f"`{text}` is not a time{reason}", span=span, hint=_EXAMPLES) from error
    if not -_LARGEST <= result <= _LARGEST:
        hint = "epoch times are seconds, with a fraction if needed" if written.isdigit() else "use a year between 1900 and 2262"
        raise fail("time-range", f"`{text}` lies outside the years 1678 to 2262", span=span, hint=hint)
    return result


def read_formatted(text: str, form: str, *, zone: ZoneInfo, span: Span | None = None) -> int:
    """The instant `text` names under the strptime format `form` (Splunk's `timeformat=`), in epoch nanoseconds."""
    try:
        moment = datetime.strptime(text, form)  # noqa: DTZ007 - the zone is put on the next line
        return _nanoseconds(moment if moment.tzinfo else moment.replace(tzinfo=zone))
    except (ValueError, OverflowError, re.error) as error:
        raise fail("time-invalid", f"`{text}` does not fit the format `{form}`", span=span, hint="check `timeformat=`") from error


def write_time(instant: int) -> str:
    """Text that `read_time` turns back into exactly `instant`, whatever the zone."""
    if instant <= 0:
        whole, rest = divmod(instant, NANOSECONDS)
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=whole)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
    whole, rest = divmod(instant, NANOSECONDS)
    return f"{whole}.{rest:09d}".rstrip("0").rstrip(".")


def read_span(text: str, span: Span | None = None) -> TimeSpan:
    """A length of time: `5m`, `10sec`, `1month`, `mon` (one). Raises code `span-invalid`."""
    found = _SPAN.fullmatch(text.strip())
    hint = "write a number and a unit: `30s`, `5m`, `1h`, `1d`, `1w`, `1mon`"
    if found is None:
        raise fail("span-invalid", f"`{text}` is not a time span", span=span, hint=hint)
    count, unit = float(found["count"] or 1), found["unit"].lower()
    if unit in ("cs", "ds"):
        count, unit = count * (10 if unit == "cs" else 100), "ms"
    if unit not in UNITS:
        raise fail("span-invalid", f"`{found['unit']}` is not a unit of time", span=span, hint=hint)
    if not 0 < count < 1e12:
        raise fail("span-invalid", f"a time span must be longer than nothing, `{text}`", span=span, hint=hint)
    if count != int(count) and UNITS[unit] not in SECONDS:
        raise fail("span-invalid", f"a span of months or longer needs a whole number, `{text}`", span=span, hint=hint)
    return TimeSpan(count, UNITS[unit])


def read_zone(name: str, span: Span | None = None) -> ZoneInfo:
    """The time zone called `name` (IANA). Raises code `zone-unknown`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise fail("zone-unknown", f"no time zone `{name}`", span=span, hint="use an IANA name such as `UTC` or `Europe/Berlin`") from error


def _calendar(parts: dict[str, str | None], zone: ZoneInfo) -> int:
    """Epoch nanoseconds of a written date; missing parts are 0."""
    year, month, day, hour, minute, second = (int(parts[key] or 0) for key in ("year", "month", "day", "hour", "minute", "second"))
    fraction = int((parts.get("fraction") or "0").ljust(9, "0"))
    offset = parts.get("zone")
    if offset is None:
        return _nanoseconds(datetime(year, month, day, hour, minute, second, tzinfo=zone)) + fraction
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    if offset not in ("Z", "z"):
        digits = offset[1:].replace(":", "").ljust(4, "0")
        if int(digits[:2]) > 23 or int(digits[2:]) > 59:
            raise ValueError(f"no offset {offset}")
        moved = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        moment = moment - moved if offset[0] == "+" else moment + moved
    return _nanoseconds(moment) + fraction


def _modifier(text: str, now: int, zone: ZoneInfo, span: Span | None) -> int:
    """`now`, offsets and snaps, applied left to right."""
    position, instant = 0, now
    for word in ("now()", "now"):
        if text.startswith(word):
            position = len(word)
            break
    if not text:
        raise ValueError("it is empty")
    while position < len(text):
        found = _STEP.match(text, position)
        if found is None or not found[0]:
            raise ValueError(f"cannot read `{text[position:]}`")
        instant = _snap(instant, found, zone, span) if found["snap"] else _shift(instant, found, zone, span)
        position = found.end()
    return instant


def _unit(spelling: str, span: Span | None) -> str:
    if spelling not in UNITS or UNITS[spelling] in ("us", "ms"):
        raise fail("time-invalid", f"`{spelling}` is not a unit of time", span=span, hint="units are s m h d w mon q y")
    return UNITS[spelling]


def _shift(instant: int, found: re.Match[str], zone: ZoneInfo, span: Span | None) -> int:
    if not found["count"] and not found["unit"]:
        raise ValueError(f"`{found[0]}` needs a number and a unit")
    count = int(found["count"] or 1) * (-1 if found["sign"] == "-" else 1)
    unit = _unit(found["unit"] or "s", span)
    if unit in ("s", "m", "h"):
        return instant + count * int(SECONDS[unit]) * NANOSECONDS
    local, rest = _local(instant, zone)
    if unit in ("d", "w"):
        moved = local.replace(tzinfo=None) + timedelta(days=count * (7 if unit == "w" else 1))
        return _nanoseconds(moved.replace(tzinfo=zone)) + rest
    months = local.year * 12 + local.month - 1 + count * {"mon": 1, "q": 3, "y": 12}[unit]
    if not 12 <= months < 10000 * 12:
        raise OverflowError("the year is out of range")
    year, month = divmod(months, 12)
    return _nanoseconds(local.replace(year=year, month=month + 1, day=min(local.day, _days(year, month + 1)), fold=0)) + rest


def _snap(instant: int, found: re.Match[str], zone: ZoneInfo, span: Span | None) -> int:
    unit = _unit(found["snap"], span)
    if found["weekday"] and unit != "w":
        raise ValueError(f"only weeks have a numbered day, `{found[0]}`")
    local, _ = _local(instant, zone)
    if unit in ("s", "m", "h"):
        # The offset is not always whole hours, so cut the wall clock and keep its fold.
        cut = local.replace(microsecond=0, second=local.second if unit == "s" else 0)
        return _nanoseconds(cut.replace(minute=0) if unit == "h" else cut)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if unit == "w":
        back = (local.isoweekday() - int(found["weekday"] or 0)) % 7
        day = (day.replace(tzinfo=None) - timedelta(days=back)).replace(tzinfo=zone)
    elif unit != "d":
        month = {"mon": day.month, "q": (day.month - 1) // 3 * 3 + 1, "y": 1}[unit]
        day = day.replace(month=month, day=1)
    return _nanoseconds(day)


def _local(instant: int, zone: ZoneInfo) -> tuple[datetime, int]:
    """The wall-clock time of `instant` in `zone`, and the nanoseconds below its microsecond."""
    micros, rest = divmod(instant, 1000)
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)).astimezone(zone), rest


def _nanoseconds(moment: datetime) -> int:
    passed = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return ((passed.days * 86400 + passed.seconds) * 1_000_000 + passed.microseconds) * 1000


def _days(year: int, month: int) -> int:
    return 31 if month == 12 else (datetime(year, month + 1, 1, tzinfo=UTC) - timedelta(days=1)).day
