"""What the wall clock says about a slice: its slot of the local day and week, holidays as Sundays, periods to leave out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib.util import find_spec
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from pilotage.learn.contract import DAY_S, Rhythm, Slots
from pilotage.model.problem import fail
from pilotage.model.time import read_zone

Times = NDArray[np.int64]
SUNDAY = 6
QUARTER_S = 900
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True, slots=True)
class Calendar:
    """Whose days these are.

    `zone` is an IANA name; `country` an ISO code whose public holidays count as Sundays; `excluded` half-open ranges of epoch seconds
    that are neither learnt from nor judged.
    """

    zone: str = "UTC"
    country: str | None = None
    excluded: tuple[tuple[int, int], ...] = ()

    def left_out(self, times: Times) -> NDArray[np.bool_]:
        """Which slices (by their start, epoch seconds) lie in an excluded period."""
        found = np.zeros(times.size, dtype=bool)
        for start, end in self.excluded:
            found |= (times >= start) & (times < end)
        return found

    def slots(self, times: Times, rhythm: Rhythm) -> Slots:
        """Slot of the day and slot of the week (Monday first) of each slice, `[2, n]`, by the wall clock."""
        local = times + _offsets(times, self.zone)
        day = local // DAY_S
        slot = (local - day * DAY_S) * rhythm.per_day // DAY_S
        weekday = (day + EPOCH_WEEKDAY) % 7
        if self.country is not None and times.size:
            days, index = np.unique(day, return_inverse=True)
            free = np.array([_day(int(d)) in holidays(self.country, _day(int(d)).year) for d in days])
            weekday = np.where(free[index], SUNDAY, weekday)
        return np.stack([slot, weekday * rhythm.per_day + slot]).astype(np.int64)


@lru_cache(maxsize=256)
def holidays(country: str, year: int) -> frozenset[date]:
    """Public holidays of an ISO country code in a year, from the package `holidays`. Raises `calendar-package`, `country-unknown`."""
    if find_spec("holidays") is None:
        raise fail("calendar-package", "holidays need the package `holidays`", hint="install `pilotage[detect]`")
    from holidays import country_holidays  # noqa: PLC0415

    try:
        return frozenset(country_holidays(country, years=year))
    except NotImplementedError as error:
        raise fail("country-unknown", f"no holidays are known of `{country}`", hint="use an ISO 3166 code such as `DE`") from error


def _day(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


def _offsets(times: Times, zone: str) -> Times:
    """Seconds between local time and UTC at each slice; looked up once a quarter of an hour, on which every change falls."""
    if zone == "UTC" or times.size == 0:
        return np.zeros(times.size, dtype=np.int64)
    where: ZoneInfo = read_zone(zone)
    quarters, index = np.unique(times // QUARTER_S, return_inverse=True)
    day = max(1, DAY_S // QUARTER_S)
    # A day whose ends agree holds no change: two look-ups a day instead of ninety-six.
    found = np.zeros(quarters.size, dtype=np.int64)
    for begin in range(0, quarters.size, day):
        end = min(begin + day, quarters.size)
        first, last = _offset(int(quarters[begin]), where), _offset(int(quarters[end - 1]), where)
        found[begin:end] = first if first == last else [_offset(int(q), where) for q in quarters[begin:end]]
    return found[index]


def _offset(quarter: int, where: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(quarter * QUARTER_S, tz=UTC).astimezone(where).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0
