"""Who is on call, across the days on which clocks change."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.problem import PilotageError
from pilotage.watch.hours import Hours
from pilotage.watch.rota import Exchange, Rota, Rotation, turn

NEW_YORK = ZoneInfo("America/New_York")
PEOPLE = {"ana": ("ana-mail", "ana-sms"), "bo": ("bo-mail",), "cy": ("cy-mail",)}


def at(text, zone=NEW_YORK, fold=0):
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp()


def weekly(**more):
    return Rota(PEOPLE, (Rotation(("ana", "bo"), "2026-01-05T09:00", "1w"),), "America/New_York", **more)


@pytest.mark.parametrize(
    ("time", "person"),
    [
        ("2026-01-05T08:59", None),
        ("2026-01-05T09:00", "ana"),
        ("2026-01-12T08:59", "ana"),
        ("2026-01-12T09:00", "bo"),
        ("2026-03-09T08:59", "ana"),
        ("2026-03-09T09:00", "bo"),
        ("2026-11-02T08:59", "ana"),
        ("2026-11-02T09:00", "bo"),
    ],
)
def test_the_week_is_handed_over_at_nine_on_the_wall_clock(time, person):
    assert weekly().on_call(at(time)) == person


def test_what_reaches_the_person():
    assert weekly().channels(at("2026-01-05T10:00")) == ("ana-mail", "ana-sms")
    assert weekly().channels(at("2025-01-05T10:00")) == ()


def test_an_exchange_goes_before_all():
    rota = weekly(exchanges=(Exchange("cy", "2026-01-06T18:00", "2026-01-07T08:00"),))
    assert rota.on_call(at("2026-01-06T17:59")) == "ana"
    assert rota.on_call(at("2026-01-06T18:00")) == "cy"
    assert rota.on_call(at("2026-01-07T08:00")) == "ana"


def test_the_first_rotation_whose_hours_cover_the_time():
    day = Rotation(("ana",), "2026-01-01T00:00", "1w", Hours("America/New_York"))
    rota = Rota(PEOPLE, (day, Rotation(("bo", "cy"), "2026-01-01T00:00", "1d")), "America/New_York")
    assert rota.on_call(at("2026-01-05T10:00")) == "ana"
    assert rota.on_call(at("2026-01-05T20:00")) in ("bo", "cy")
    assert Rota(PEOPLE, (day,), "America/New_York").on_call(at("2026-01-04T10:00")) is None


@given(st.integers(0, 3 * 365 * 86400), st.sampled_from(["1h", "12h", "1d", "1w"]))
def test_turns_never_go_back(offset, every):
    rotation = Rotation(("ana", "bo"), "2025-10-20T01:30", every)
    time = at("2025-10-20T01:30") + offset
    number = turn(rotation, time, NEW_YORK)
    assert number <= turn(rotation, time + 600, NEW_YORK) <= number + 1


def test_in_the_hour_that_comes_twice_nobody_gets_the_phone_back():
    rotation = Rotation(("ana", "bo", "cy"), "2026-10-31T01:30", "12h")
    first, second = turn(rotation, at("2026-11-01T01:40"), NEW_YORK), turn(rotation, at("2026-11-01T01:10", fold=1), NEW_YORK)
    assert first == second == 2


@pytest.mark.parametrize(
    ("rota", "code"),
    [
        (Rota(PEOPLE, ()), "rota-invalid"),
        (Rota(PEOPLE, (Rotation((), "2026-01-05T09:00"),)), "rota-invalid"),
        (Rota(PEOPLE, (Rotation(("zoe",), "2026-01-05T09:00"),)), "person-unknown"),
        (Rota(PEOPLE, (Rotation(("ana",), "soon"),)), "rota-invalid"),
        (Rota(PEOPLE, (Rotation(("ana",), "2026-01-05T09:00", "1mon"),)), "rota-invalid"),
        (Rota(PEOPLE, (Rotation(("ana",), "2026-01-05T09:00", "5m"),)), "rota-invalid"),
        (Rota(PEOPLE, (Rotation(("ana",), "2026-01-05T09:00"),), "Nowhere"), "zone-unknown"),
        (Rota(PEOPLE, (Rotation(("ana",), "2026-01-05T09:00"),), exchanges=(Exchange("bo", "2026-01-02", "2026-01-01"),)), "rota-invalid"),
    ],
)
def test_what_cannot_be_is_refused(rota, code):
    with pytest.raises(PilotageError) as caught:
        rota.check()
    assert caught.value.problem.code == code
