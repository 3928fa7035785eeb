"""Histograms: the range that fits, usual widths, every event in exactly one slice, the event part of a query."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.engine.histogram import histogram, slices_of
from pilotage.engine.run import Engine, Search
from pilotage.model.problem import PilotageError
from pilotage.store.open import open_store

SECOND = 1_000_000_000
NOW = 1_767_607_200 * SECOND  # 2026-01-05T10:00:00Z
LEVELS = ("INFO", "WARN", "")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = open_store(tmp_path_factory.mktemp("histogram") / "store")
    events = sys.modules["pilotage_test_script"].events
    rows = [
        {"_time": datetime.fromtimestamp(NOW / SECOND - 60 * k, UTC).isoformat(), "severity": LEVELS[k % 3], "n": k, "_raw": f"event {k}"}
        for k in range(90)
    ]
    opened.backend.insert("pilotage.logs", events("main", rows, NOW))
    opened.backend.insert("pilotage.logs", events("old", [{"_time": "2024-06-01T00:00:00Z"}, {"_time": "2024-06-01T00:00:50Z"}], NOW))
    many = [{"_time": "2026-01-05T09:00:00Z", "g": f"g{k % 20:02}"} for k in range(60)]
    opened.backend.insert("pilotage.logs", events("wide", many, NOW))
    yield opened
    opened.close()


def ask(store, query, *, earliest=None, latest=None, zone="UTC", **options):
    return histogram(store, Search(query, earliest=earliest, latest=latest, now=NOW, zone=zone), **options)


def test_without_a_range_it_is_the_one_of_the_data(store):
    found = ask(store, "index=main")
    assert (found.slices.value, found.slices.unit) == (2, "m")
    assert found.earliest <= NOW - 89 * 60 * SECOND < found.earliest + found.slices.width
    assert found.latest > NOW
    assert found.total == sum(sum(s.counts) for s in found.series) == 90
    assert [m.code for m in found.messages] == ["range-fitted"]
    assert all(len(s.counts) == len(found.slices.starts) for s in found.series)


def test_with_a_range_it_is_that(store):
    found = ask(store, "index=main", earliest="-30m", latest="now")
    assert (found.earliest, found.latest) == (NOW - 1800 * SECOND, NOW)
    assert (found.slices.value, found.slices.unit, len(found.slices.starts)) == (30, "s", 60)
    assert found.total == 30
    assert found.messages == ()


def test_an_open_end_reaches_now_and_what_lies_after(store):
    assert ask(store, "index=main", earliest="-30m").latest > NOW
    assert ask(store, "index=main n>40", earliest="-2h").latest >= NOW


def test_series_are_values_the_largest_first_and_absence_last(store):
    found = ask(store, "index=main n<10", earliest="-30m", latest="+1s")
    assert [(s.name, sum(s.counts)) for s in found.series] == [("INFO", 4), ("WARN", 3), (None, 3)]


def test_many_values_are_the_largest_and_the_others(store):
    found = ask(store, "index=wide", by="g")
    assert len(found.series) == 13
    assert (found.series[-1].name, found.series[-1].other, sum(found.series[-1].counts)) == ("OTHER", True, 24)


def test_a_field_that_nothing_has_is_one_series_and_no_complaint(store):
    found = ask(store, "index=main", by="nothing", earliest="-30m", latest="now")
    assert [(s.name, sum(s.counts)) for s in found.series] == [(None, 30)]
    assert found.messages == ()


def test_without_a_field_it_is_one_series(store):
    assert [(s.name, sum(s.counts)) for s in ask(store, "index=main", by=None).series] == [(None, 90)]


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("index=main n<10 | stats count by n", 10),
        ("index=main | where n<10 | timechart count", 10),
        ("index=main | head 3", 90),
        ("index=main | eval m=n*2 | where m<10 | fields m | sort m | table m", 5),
        ('index=main | rex "event (?<k>\\\\d+)" | where k=7 | top k', 1),
        ("index=main | rename _time as t | stats count", 90),
        ("index=main | stats count by n | where count>5", 90),
    ],
)
def test_it_is_about_the_events_behind_a_result(store, query, total):
    found = ask(store, query)
    assert found.total == total


def test_the_event_part_is_a_query(store):
    found = ask(store, "index=main n<10 | eval m=1 | where m=1 | stats count")
    again = Engine(store).start(Search(f"{found.event_query} | stats count", now=NOW))
    assert b"".join(again.ndjson()) == b'{"count":10}\n'


def test_when_nothing_is_recent_it_is_what_there_is(store):
    found = ask(store, "index=old")
    assert found.total == 2
    assert (found.slices.value, found.slices.unit) == (1, "s")


def test_no_event_and_no_range_is_nothing(store):
    found = ask(store, "index=main nothing=here")
    assert (found.earliest, found.latest, found.slices, found.series, found.total) == (None, None, None, (), 0)
    assert ask(store, "index=none").messages[0].code == "unknown-index"


def test_no_event_in_a_range_is_an_empty_one(store):
    found = ask(store, "index=main nothing=here", earliest="-1h", latest="now")
    assert (found.total, found.series, len(found.slices.starts)) == (0, (), 60)


def test_days_begin_where_the_reader_is(store):
    zone = ZoneInfo("America/New_York")
    found = ask(store, "index=main", earliest="-60d", latest="now", zone="America/New_York")
    assert (found.slices.value, found.slices.unit, found.total) == (1, "d", 89)
    assert all(datetime.fromtimestamp(s // SECOND, zone).hour == 0 for s in found.slices.starts)
    # 60 days ago it was summer time in no place; the slices still are days of that zone, and the events are on theirs.
    day = [s for s, c in zip(found.slices.starts, map(sum, zip(*(s.counts for s in found.series), strict=True)), strict=True) if c]
    assert [datetime.fromtimestamp(s // SECOND, zone).date().isoformat() for s in day] == ["2026-01-05"]


def test_a_query_that_is_none_is_refused(store):
    with pytest.raises(PilotageError, match="unknown-command"):
        ask(store, "index=main | nonsense")


@given(
    st.integers(-(10**18), 6 * 10**18),
    st.integers(1, 4 * 10**18),
    st.integers(1, 500),
    st.sampled_from(["UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia"]),
)
def test_slices_cover_the_range_in_order(low, length, most, zone):
    slices = slices_of(low, low + length, most, ZoneInfo(zone))
    assert slices.starts[0] <= low
    assert list(slices.starts) == sorted(set(slices.starts))
    assert slices.starts[-1] < low + length
    assert slices.starts[-1] + slices.width + 7200 * SECOND >= low + length
    if slices.unit != "d" or slices.value != 3650:
        assert len(slices.starts) <= most + 2
