"""The wall clock of a slice: zones, changes of the clock, holidays, excluded periods."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotage.learn.calendar import Calendar
from pilotage.learn.contract import Rhythm
from pilotage.model.problem import PilotageError

RHYTHM = Rhythm.of(300)


def at(*moment: int, zone: str = "UTC") -> int:
    return int(datetime(*moment, tzinfo=ZoneInfo(zone)).timestamp())  # type: ignore[arg-type,misc]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 4_000_000_000), st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"])
)
def test_slots_are_those_of_the_wall_clock(second: int, zone: str) -> None:
    times = second // 300 * 300 + np.arange(600, dtype=np.int64) * 300
    day, week = Calendar(zone=zone).slots(times, RHYTHM)
    for i in (0, 17, 299, 599):
        local = datetime.fromtimestamp(int(times[i]), tz=UTC).astimezone(ZoneInfo(zone))
        assert day[i] == (local.hour * 60 + local.minute) // 5
        assert week[i] == local.weekday() * 288 + day[i]


def test_the_hour_that_comes_twice_has_the_same_slots() -> None:
    times = np.array([at(2026, 10, 25, 0, 30), at(2026, 10, 25, 1, 30)])
    day, _ = Calendar(zone="Europe/Berlin").slots(times, RHYTHM)
    assert day[0] == day[1] == 30
    day, _ = Calendar(zone="Europe/Berlin").slots(np.array([at(2026, 3, 29, 0, 55), at(2026, 3, 29, 1, 0)]), RHYTHM)
    assert day.tolist() == [23, 36]


def test_holidays_are_sundays() -> None:
    pytest.importorskip("holidays", reason="the optional package `holidays`")
    times = np.array([at(2026, 5, 1, 12), at(2026, 5, 4, 12)])  # a Friday, Labour Day in Germany; a Monday
    assert (Calendar(country="DE").slots(times, RHYTHM)[1] // 288).tolist() == [6, 0]
    assert (Calendar(country="US").slots(times, RHYTHM)[1] // 288).tolist() == [4, 0]
    with pytest.raises(PilotageError) as caught:
        Calendar(country="XX").slots(times, RHYTHM)
    assert caught.value.problem.code == "country-unknown"


def test_excluded_periods_are_half_open() -> None:
    times = np.arange(0, 3000, 300, dtype=np.int64)
    assert np.flatnonzero(Calendar(excluded=((600, 1200), (2700, 9000))).left_out(times)).tolist() == [2, 3, 9]


@pytest.mark.parametrize(
    ("seconds", "per_day", "lag"), [(300, 288, 6), (60, 1440, 30), (3600, 24, 1), (86400, 1, 1), (777, 1, 2), (1, 86400, 60)]
)
def test_rhythm(seconds: int, per_day: int, lag: int) -> None:
    assert (Rhythm.of(seconds).per_day, Rhythm.of(seconds).lag) == (per_day, lag)


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(PilotageError):
        Calendar(zone="Mars/Olympus").slots(np.array([0]), RHYTHM)
