"""Hours of the week across the days on which clocks change."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.problem import PilotageError
from pilotage.watch.hours import ALWAYS, DAYS, Hours

BERLIN = ZoneInfo("Europe/Berlin")


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("time", "inside"),
    [
        ("2026-03-27T08:59", False),
        ("2026-03-27T09:00", True),
        ("2026-03-27T16:59", True),
        ("2026-03-27T17:00", False),
        ("2026-03-28T12:00", False),
        ("2026-03-30T09:00", True),
        ("2026-03-30T08:59", False),
        ("2026-10-26T09:00", True),
        ("2026-10-26T08:59", False),
        ("2026-12-25T12:00", False),
    ],
)
def test_office_hours_follow_the_wall_clock(time, inside):
    assert Hours("Europe/Berlin", holidays=("2026-12-25",)).covers(at(time)) is inside


def test_hours_over_midnight_belong_to_the_day_they_begin_on():
    night = Hours("Europe/Berlin", ("sat",), "22:00", "06:00")
    # The night to Sunday, 29 March 2026, has seven hours.
    assert night.spans(date(2026, 3, 28), date(2026, 3, 28)) == [(at("2026-03-28T22:00"), at("2026-03-29T06:00"))]
    assert at("2026-03-29T06:00") - at("2026-03-28T22:00") == 7 * 3600
    assert night.covers(at("2026-03-29T05:59"))
    assert not night.covers(at("2026-03-29T06:00"))
    assert not night.covers(at("2026-03-28T05:00"))


def test_the_next_opening():
    hours = Hours("Europe/Berlin")
    assert hours.opening(at("2026-03-27T17:00")) == at("2026-03-30T09:00")
    assert hours.opening(at("2026-03-30T10:00")) == at("2026-03-30T10:00")
    assert Hours(
        "UTC", ("mon",), holidays=tuple(f"{y}-{m:02}-{d:02}" for y in (2026, 2027) for m in range(1, 13) for d in range(1, 29))
    ).opening(at("2026-01-01T00:00")) == at("2026-03-30T11:00")


@given(st.integers(0, 4_000_000_000))
def test_always_is_always(time):
    assert ALWAYS.covers(float(time))


@given(
    st.integers(1_600_000_000, 1_900_000_000), st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
)
def test_covered_is_what_the_wall_clock_says(time, zone):
    wall = datetime.fromtimestamp(time, ZoneInfo(zone))
    expected = DAYS[wall.weekday()] in ("mon", "tue", "wed", "thu", "fri") and 9 <= wall.hour < 17
    assert Hours(zone).covers(float(time)) is expected


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        (Hours("Mars/Olympus"), "zone-unknown"),
        (Hours(start="9:00"), "clock-invalid"),
        (Hours(end="24:01"), "clock-invalid"),
        (Hours(days=("monday",)), "days-invalid"),
        (Hours(days=()), "days-invalid"),
        (Hours(holidays=("25.12.2026",)), "holiday-invalid"),
    ],
)
def test_hours_that_mean_nothing_are_refused(hours, code):
    with pytest.raises(PilotageError) as caught:
        hours.check()
    assert caught.value.problem.code == code
