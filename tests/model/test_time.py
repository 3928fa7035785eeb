"""Time modifiers, written times and spans."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.problem import PilotageError, Span
from pilotage.model.time import NANOSECONDS, TimeSpan, read_formatted, read_span, read_time, read_zone, write_time

BERLIN = ZoneInfo("Europe/Berlin")
ZULU = ZoneInfo("UTC")
WEDNESDAY = datetime(2026, 1, 7, 10, 30, 45, tzinfo=UTC)


def instant(moment: datetime) -> int:
    return round((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * 1000


def read(text: str, zone: ZoneInfo = ZULU, now: datetime = WEDNESDAY) -> datetime:
    return datetime.fromtimestamp(read_time(text, now=instant(now), zone=zone) / NANOSECONDS, tz=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-01-07T10:30:45"),
        ("now()", "2026-01-07T10:30:45"),
        ("-24h", "2026-01-06T10:30:45"),
        ("-24h@h", "2026-01-06T10:00:00"),
        ("-h", "2026-01-07T09:30:45"),
        ("+1day", "2026-01-08T10:30:45"),
        ("-60", "2026-01-07T10:29:45"),
        ("@d", "2026-01-07T00:00:00"),
        ("@w", "2026-01-04T00:00:00"),
        ("@w0", "2026-01-04T00:00:00"),
        ("@w7", "2026-01-04T00:00:00"),
        ("@w1", "2026-01-05T00:00:00"),
        ("@w4", "2026-01-01T00:00:00"),
        ("-1d@d+2h", "2026-01-06T02:00:00"),
        ("@h-1h", "2026-01-07T09:00:00"),
        ("@mon", "2026-01-01T00:00:00"),
        ("-1mon@mon", "2025-12-01T00:00:00"),
        ("@q", "2026-01-01T00:00:00"),
        ("-2q", "2025-07-07T10:30:45"),
        ("@y", "2026-01-01T00:00:00"),
        ("now-1w@s", "2025-12-31T10:30:45"),
        ("0", "1970-01-01T00:00:00"),
        ("1700000000", "2023-11-14T22:13:20"),
        ("10/27/2024:13:30:00", "2024-10-27T13:30:00"),
        ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00"),
        ("2026-01-05T10:00:00+02:00", "2026-01-05T08:00:00"),
        ("2026-01-05 10:00", "2026-01-05T10:00:00"),
        ("2026-01-05", "2026-01-05T00:00:00"),
    ],
)
def test_reads(text: str, expected: str) -> None:
    assert read(text) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_zone_decides_what_a_day_is() -> None:
    assert read("@d", BERLIN) == datetime(2026, 1, 6, 23, tzinfo=UTC)
    assert read("2026-07-01T00:00:00", BERLIN) == datetime(2026, 6, 30, 22, tzinfo=UTC)


def test_a_day_keeps_the_hour_over_daylight_saving() -> None:
    after = datetime(2026, 3, 29, 12, tzinfo=BERLIN).astimezone(UTC)
    assert read("-1d", BERLIN, after) == datetime(2026, 3, 28, 12, tzinfo=BERLIN).astimezone(UTC)
    assert read("-24h", BERLIN, after) == after - timedelta(hours=24)


def test_month_end_is_clamped() -> None:
    assert read("-1mon", now=datetime(2024, 3, 31, tzinfo=UTC)) == datetime(2024, 2, 29, tzinfo=UTC)


def test_fractions_are_exact() -> None:
    assert read_time("1700000000.123456789", now=0, zone=ZULU) == 1700000000123456789
    assert read_time("2023-11-14T22:13:20.123456789Z", now=0, zone=BERLIN) == 1700000000123456789


@pytest.mark.parametrize(
    "text", ["", "yesterday", "-5parsecs", "@", "-", "2026-13-01", "10/32/2024:00:00:00", "@d1", "-99999y", "1h", "rt-5m"]
)
def test_refuses_with_a_hint(text: str) -> None:
    with pytest.raises(PilotageError) as caught:
        read_time(text, now=0, zone=ZULU, span=Span(3, 9))
    assert caught.value.problem.span == Span(3, 9)
    assert caught.value.problem.hint


def test_milliseconds_are_refused_not_misread() -> None:
    with pytest.raises(PilotageError, match="time-range"):
        read_time("1700000000000", now=0, zone=ZULU)


def test_own_format() -> None:
    assert read_formatted("05.01.2026", "%d.%m.%Y", zone=BERLIN) == instant(datetime(2026, 1, 4, 23, tzinfo=UTC))
    with pytest.raises(PilotageError, match="time-invalid"):
        read_formatted("5", "%Y-%m", zone=BERLIN)


def test_unknown_zone() -> None:
    with pytest.raises(PilotageError, match="zone-unknown"):
        read_zone("Mars/Olympus")
    with pytest.raises(PilotageError, match="zone-unknown"):
        read_zone("../etc/passwd")


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("5m", 5, "m"),
        ("1month", 1, "mon"),
        ("10sec", 10, "s"),
        ("mon", 1, "mon"),
        ("5min", 5, "m"),
        ("500ms", 500, "ms"),
        ("2ds", 200, "ms"),
        ("1W", 1, "w"),
    ],
)
def test_spans(text: str, count: float, unit: str) -> None:
    assert read_span(text) == TimeSpan(count, unit)


@pytest.mark.parametrize("text", ["", "5", "0m", "5x", "1.5mon", "-5m", "m5"])
def test_bad_spans(text: str) -> None:
    with pytest.raises(PilotageError, match="span-invalid"):
        read_span(text)


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_written_time_reads_back(value: int) -> None:
    assert read_time(write_time(value), now=0, zone=BERLIN) == value


@given(st.integers(1, 10**6), st.sampled_from(["us", "ms", "s", "m", "h", "d", "w", "mon", "q", "y"]))
def test_written_span_reads_back(count: int, unit: str) -> None:
    assert read_span(str(TimeSpan(count, unit))) == TimeSpan(count, unit)


@given(st.integers(0, 4 * 10**18), st.sampled_from(["s", "m", "h", "d", "w", "mon", "q", "y"]), st.sampled_from([ZULU, BERLIN]))
def test_snap_goes_down_and_stays(now: int, unit: str, zone: ZoneInfo) -> None:
    once = read_time(f"@{unit}", now=now, zone=zone)
    assert once <= now
    assert read_time(f"@{unit}", now=once, zone=zone) == once


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_a_problem(text: str) -> None:
    with contextlib.suppress(PilotageError):
        assert isinstance(read_time(text, now=0, zone=ZULU), int)
