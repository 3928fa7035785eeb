"""Mutings by recurrence rule in a time zone, against the wall clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.problem import PilotageError
from pilotage.watch.facts import Facts
from pilotage.watch.matching import Match
from pilotage.watch.muting import Muting, muted

BERLIN = ZoneInfo("Europe/Berlin")
FACTS = Facts("a1", "m1", "latency of checkout", "critical", "open", 0.0, {"service": "pay"}, {"team": "core"})


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def test_one_window():
    muting = Muting("2026-01-05T22:00", 90, zone="Europe/Berlin")
    assert muting.ends(at("2026-01-05T21:59")) is None
    assert muting.ends(at("2026-01-05T22:00")) == at("2026-01-05T23:30")
    assert muting.ends(at("2026-01-05T23:30")) is None


@pytest.mark.parametrize("day", ["2026-03-28", "2026-03-29", "2026-03-30", "2026-10-24", "2026-10-25", "2026-10-26"])
def test_a_nightly_window_stays_at_its_hour_when_clocks_change(day):
    muting = Muting("2026-01-01T04:00", 60, zone="Europe/Berlin", rrule="FREQ=DAILY")
    assert muting.ends(at(f"{day}T03:59")) is None
    assert muting.ends(at(f"{day}T04:30")) == at(f"{day}T05:00")


def test_weekends_are_joined_to_one():
    muting = Muting("2026-01-03T00:00", 1440, zone="Europe/Berlin", rrule="RRULE:FREQ=WEEKLY;BYDAY=SA,SU")
    assert muting.ends(at("2026-01-10T05:00")) == at("2026-01-12T00:00")
    assert muting.ends(at("2026-01-12T00:00")) is None


def test_count_until_and_set_positions():
    assert len(Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;COUNT=3").windows(0, 4e9)) == 3
    ended = Muting("2026-01-05T00:00", 60, zone="Europe/Berlin", rrule="FREQ=DAILY;UNTIL=20260107T230000Z")
    assert [begin for begin, _ in ended.windows(0, 4e9)] == [at(f"2026-01-0{day}T00:00") for day in (5, 6, 7, 8)]
    last_friday = Muting("2026-01-01T18:00", 60, zone="Europe/Berlin", rrule="FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1")
    assert last_friday.windows(at("2026-02-01T00:00"), at("2026-03-01T00:00")) == [(at("2026-02-27T18:00"), at("2026-02-27T19:00"))]


@given(st.integers(0, 400 * 86400))
def test_what_ends_is_what_a_window_says(offset):
    muting = Muting("2025-11-01T23:30", 120, zone="Europe/Berlin", rrule="FREQ=WEEKLY;BYDAY=MO,TU,SU")
    time = at("2025-11-01T00:00") + offset
    inside = [end for begin, end in muting.windows(time - 86400, time + 86400) if begin <= time < end]
    assert muting.ends(time) == (inside[0] if inside else None)


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        (Match(), True),
        (Match(monitors=("m1",)), True),
        (Match(monitors=("latency*",)), True),
        (Match(monitors=("errors", "other*")), False),
        (Match(levels=("warning",)), False),
        (Match(labels={"team": ("core", "edge")}), True),
        (Match(labels={"team": ("edge",)}), False),
        (Match(labels={"absent": ("*",)}), False),
        (Match(group={"service": ("p*",)}, labels={"team": ("core",)}), True),
        (Match(group={"service": ("cart",)}), False),
    ],
)
def test_whom_a_muting_is_for(match, fits):
    assert match.fits(FACTS) is fits
    found = muted({"night": Muting("2026-01-05T00:00", 60, match)}, FACTS, 1_767_571_200.0)
    assert found == (("night", 1_767_574_800.0) if fits else None)


def test_of_several_the_one_that_ends_last_counts():
    both = {
        "a": Muting("2026-01-05T00:00", 60),
        "b": Muting("2026-01-05T00:00", 120),
        "off": Muting("2026-01-05T00:00", 999, enabled=False),
    }
    assert muted(both, FACTS, 1_767_571_200.0) == ("b", 1_767_578_400.0)


@pytest.mark.parametrize(
    ("muting", "code"),
    [
        (Muting("2026-01-05T00:00", 0), "minutes-invalid"),
        (Muting("2026-01-05T00:00Z", 60), "start-invalid"),
        (Muting("yesterday", 60), "start-invalid"),
        (Muting("2026-01-05T00:00", 60, zone="Nowhere"), "zone-unknown"),
        (Muting("2026-01-05T00:00", 60, rrule="every day"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=SECONDLY"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;BYDAY=XX"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;BYEASTER=1"), "rrule-invalid"),
        (Muting("0001-01-05T00:00", 60), "start-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;INTERVAL=0"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;INTERVAL=-1"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;INTERVAL=1.5"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;INTERVAL="), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;COUNT=0"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;INTERVAL=1\nRRULE:FREQ=SECONDLY"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY\n"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;INTERVAL=1 RRULE:FREQ=SECONDLY"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=SECONDLY;FREQ=DAILY"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;UNTIL=20269999T000000Z"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;BYHOUR=25"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=0,10,20,30,40"), "rrule-invalid"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"), "rrule-never"),
        (Muting("2026-01-05T00:00", 60, rrule="FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31"), "rrule-never"),
    ],
)
def test_what_cannot_be_is_refused(muting, code):
    with pytest.raises(PilotageError) as caught:
        muting.check()
    assert caught.value.problem.code == code


def test_a_rule_is_not_followed_without_end():
    hourly = Muting("1970-01-01T00:00", 10, rrule="FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))))
    with pytest.raises(PilotageError) as caught:
        hourly.windows(at("2026-01-05T00:00"), at("2026-01-06T00:00"))
    assert caught.value.problem.code == "rrule-long"


@given(st.text("FREQ=DAILYWK;INTVBMOHUSPC0123-+,\n", max_size=40))
def test_whatever_is_written_it_is_refused_in_our_words_or_followed(text):
    muting = Muting("2026-01-05T00:00", 60, rrule="FREQ=WEEKLY;" + text)
    try:
        muting.check()
        muting.windows(1_767_571_200.0, 1_767_571_200.0 + 86400 * 30)
    except PilotageError as error:
        assert error.problem.code in ("rrule-invalid", "rrule-never")  # noqa: PT017 - either outcome is right


@pytest.mark.parametrize("rule", ["FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;INTERVAL=0", "FREQ=SECONDLY"])
def test_a_kept_muting_that_cannot_be_followed_is_named_once_and_mutes_nothing(rule, caplog):
    name = f"old {rule}"
    both = {name: Muting("2026-01-05T00:00", 60, rrule=rule), "night": Muting("2026-01-05T00:00", 60)}
    for _ in range(3):
        assert muted(both, FACTS, 1_767_571_200.0) == ("night", 1_767_574_800.0)
    assert [each.muting for each in caplog.records if each.message == "muting ignored"] == [name]
