"""Time zones of sources whose times do not name one: when the offset from UTC changes, as a table the engine looks things up in."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pilotage.model.problem import fail

YEARS_BACK, YEARS_AHEAD = 15, 2
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def check_zone(name: str) -> None:
    """Raises `unknown-time-zone`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise fail("unknown-time-zone", f"`{name[:80]}` is no time zone of this machine", hint="such as `Europe/Berlin`") from error


@functools.lru_cache(maxsize=64)
def offsets(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """(local time, offset from UTC), both in seconds: from that local time on the offset holds. The first holds before it too.

    Around `year`; a local time that a change skips or repeats counts with the offset before it.
    """
    zone = ZoneInfo(name)
    moment, end = datetime(year - YEARS_BACK, 1, 1, tzinfo=UTC), datetime(year + YEARS_AHEAD, 1, 1, tzinfo=UTC)
    offset = _offset(zone, moment)
    found = [(int(moment.timestamp()) + offset, offset)]
    while moment < end:
        if _offset(zone, moment + _DAY) != offset:
            change = _change(zone, moment)
            offset = _offset(zone, change)
            # The clock that jumps back shows an hour twice, the one that jumps ahead leaves one out: the later end is past both.
            found.append((int(change.timestamp()) + max(found[-1][1], offset), offset))
        moment += _DAY
    return tuple(found)


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    return (moment.astimezone(zone).utcoffset() or timedelta()) // _SECOND


def _change(zone: ZoneInfo, moment: datetime) -> datetime:
    """The second of the day after `moment` from which the offset is another."""
    before, low, high = _offset(zone, moment), 0, 86_400
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, moment + middle * _SECOND) == before else (low, middle)
    return moment + high * _SECOND
