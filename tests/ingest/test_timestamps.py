"""Times in text: the engine against a plain Python model that writes the times itself and against every form the sources document."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pilotage.ingest.members import literal, members
from pilotage.ingest.timestamps import PATTERN, exact_stamp, json_stamp, nanoseconds, stamp

SECOND = 10**9
RECEIVED = int(datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()) * SECOND
MODEL = settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def read(store: Any, texts: list[str | bytes], received: int = RECEIVED) -> list[int]:
    """What the engine finds in each text; 0 for nothing."""
    hexes = ",".join(f"'{(t.encode() if isinstance(t, str) else t).hex()}'" for t in texts)
    pairs = members("if(startsWith(l, '{'), l, '')")
    line = f"SELECT n, unhex(h) AS l, {pairs} AS p FROM (SELECT arrayJoin(arrayEnumerate([{hexes}] AS hs)) AS n, hs[n] AS h)"
    found = f"SELECT n, {json_stamp('p')} AS told, if(told = '', {stamp('l')}, {exact_stamp('told', 'l')}) AS s FROM ({line})"
    rows = store.backend.rows(f"SELECT {nanoseconds('s', str(received))} FROM ({found}) ORDER BY n")
    return [int(row[0]) for row in rows]


def at(text: str) -> int:
    """Nanoseconds of `YYYY-MM-DD HH:MM:SS[.fraction]` in UTC."""
    whole, _, fraction = text.partition(".")
    moment = datetime.strptime(whole, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return int((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)) * SECOND + int(fraction.ljust(9, "0")[:9] or 0)


DOCUMENTED = {
    "2026-11-20T04:00:01Z": "2026-11-20 04:00:01",
    "2026-11-20T04:00:01": "2026-11-20 04:00:01",
    "2026-11-20 04:00:01,123 INFO x": "2026-11-20 04:00:01.123",
    "2026-11-20T04:00:01.123456": "2026-11-20 04:00:01.123456",
    "2026-11-20T04:00:01.123456789+0000 x": "2026-11-20 04:00:01.123456789",
    "2026-11-20 04:00:01.5+02:00": "2026-11-20 02:00:01.5",
    "2026-11-20 04:00:01 -0500": "2026-11-20 09:00:01",
    "2026-11-20 04:00:01. x": "2026-11-20 04:00:01",
    "2026/11/20 04:00:01 [error] 7#7": "2026-11-20 04:00:01",
    '1.2.3.4 - - [20/Nov/2026:04:00:01 +0100] "GET /"': "2026-11-20 03:00:01",
    "20/Nov/2026:04:00:01,25 +0100": "2026-11-20 03:00:01.25",
    "Fri, 20 Nov 2026 04:00:01 +0000": "2026-11-20 04:00:01",
    "Nov 20 04:00:01 host app[7]: x": "2026-11-20 04:00:01",
    "Nov  2 04:00:01.123 host": "2026-11-02 04:00:01.123",
    "Nov 22 11:59:59 host": "2026-11-22 11:59:59",
    "Nov 22 12:00:01 host": "2025-11-22 12:00:01",
    "Dec 31 23:59:59 host": "2025-12-31 23:59:59",
    "Feb 29 01:00:00 host": "2024-02-29 01:00:00",
    "Nov 20, 2026 4:00:01 PM org.x": "2026-11-20 16:00:01",
    "11/20/2026 04:00:01 PM": "2026-11-20 16:00:01",
    "4/5/2026 12:00:01 am": "2026-04-05 00:00:01",
    "1/12/2026 04:00:01": "2026-01-12 04:00:01",
    "11/20/2026, 4:00:01.250 PM": "2026-11-20 16:00:01.25",
    "[1795147201] x": "2026-11-20 04:00:01",
    "1795147201,x": "2026-11-20 04:00:01",
    "1795147201123 x": "2026-11-20 04:00:01.123",
    "1795147201123456 x": "2026-11-20 04:00:01.123456",
    "1795147201123456789 x": "2026-11-20 04:00:01.123456789",
    'x {"timestamp": 1795147201, "y": 1}': "2026-11-20 04:00:01",
    '{"timestamp":1795147201}': "2026-11-20 04:00:01",
    '{"timestamp":"1795147201123"}': "2026-11-20 04:00:01.123",
    '{"a":{"timestamp":1},"timestamp": 1795147201123456}': "2026-11-20 04:00:01.123456",
    '{"timestamp":1795147201123456789}': "2026-11-20 04:00:01.123456789",
    '{"time":1795147201.123456789}': "2026-11-20 04:00:01.123456789",
    '{"text":"2020-01-01 00:00:00","@timestamp":"2026-11-20T04:00:01.5Z"}': "2026-11-20 04:00:01.5",
    '{"date":"2020-01-01 00:00:00","ts":"2026-11-20 04:00:01","time":"soon"}': "2026-11-20 04:00:01",
    '{"a":"2026-11-20 04:00:01","time":12.5}': "2026-11-20 04:00:01",
    # The one furthest left, whatever its form; what is no day of the calendar is no time.
    "from 2026-11-20 04:00:01 to 2027-01-01 00:00:00": "2026-11-20 04:00:01",
    "20/Nov/2026:04:00:01 +0000 and 2027-01-01 00:00:00": "2026-11-20 04:00:01",
    "2026-02-30 00:00:00": "",
    "Nov 31 00:00:00": "",
    "1795147201 without a comma": "",
    "id 1795147201123": "",
    "1970-01-01 00:00:00": "",
    "2026-11-20": "",
    "12:00:01": "",
    "2026-13-20 04:00:01": "",
    "": "",
}


def test_documented_forms(stored: Any) -> None:
    found = dict(zip(DOCUMENTED, read(stored, list(DOCUMENTED)), strict=True))
    assert found == {text: at(when) if when else 0 for text, when in DOCUMENTED.items()}


@pytest.mark.parametrize("year", [2023, 2024, 2027])
def test_the_year_follows_from_the_receipt(stored: Any, year: int) -> None:
    received = datetime(year, 1, 1, 0, 0, 1, tzinfo=UTC)
    moments = [received + timedelta(days=d, seconds=d) for d in range(-363, 2)]
    moments = [m for m in moments if m <= received + timedelta(days=1)]
    texts: list[str | bytes] = [f"{MONTHS[m.month - 1]} {m.day:2d} {m:%H:%M:%S} host" for m in moments]
    found = read(stored, texts, int(received.timestamp()) * SECOND)
    assert found == [int(m.timestamp()) * SECOND for m in moments]


# Whole seconds of the years 1971 to 2258.
MOMENTS = st.integers(31_536_000, 9_120_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
OFFSETS = st.integers(-14 * 60, 14 * 60)
FILLER = st.text(alphabet="abc XY:[]{}=,.-/\té\U0001f600", max_size=20)


@st.composite
def written(draw: Any) -> tuple[str, int]:
    """A time in one of the forms and the nanoseconds it means, with no text before it that could be part of it."""
    moment: datetime = draw(MOMENTS)
    nanos = draw(st.integers(0, SECOND - 1))
    digits = draw(st.integers(0, 9))
    fraction = f"{nanos:09d}"[:digits]
    exact = int((moment - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(seconds=1)) * SECOND
    point = draw(st.sampled_from(".,")) + fraction if digits else ""
    offset = draw(OFFSETS)
    zone = draw(st.sampled_from(["", "Z", "hhmm", "hh:mm", " hhmm"]))
    local = moment
    if "h" in zone:
        local = moment.astimezone(timezone(timedelta(minutes=offset)))
        sign, minutes = "-" if offset < 0 else "+", abs(offset)
        zone = zone.replace("hh", f"{sign}{minutes // 60:02d}").replace("mm", f"{minutes % 60:02d}")
    month = MONTHS[local.month - 1]
    forms = {
        "iso": f"{local.year}-{local:%m-%d}{draw(st.sampled_from('T '))}{local:%H:%M:%S}{point}{zone}",
        "slashes": f"{local.year}/{local:%m/%d} {local:%H:%M:%S}{point}{zone}",
        "clf": f"{local:%d}/{month}/{local.year}:{local:%H:%M:%S}{point} {zone.strip()}",
        "mail": f"{local.day} {month} {local.year} {local:%H:%M:%S}{point} {zone.strip()}",
        "american": f"{local.month}/{local.day}/{local.year} {local.hour % 12 or 12}:{local:%M:%S}{point} "
        f"{'PM' if local.hour > 11 else 'am'} {zone.strip()}",
    }
    return forms[draw(st.sampled_from(sorted(forms)))], exact + int(fraction.ljust(9, "0"))


@MODEL
@given(times=st.lists(st.tuples(FILLER, written(), FILLER), min_size=1, max_size=40))
def test_every_digit_of_every_form(stored: Any, times: list[tuple[str, tuple[str, int], str]]) -> None:
    # Nothing that looks like a time can be written with the filler's letters, so the first time is the one put there.
    texts: list[str | bytes] = [f"{before} {text} {after}" for before, (text, _), after in times]
    assert read(stored, texts) == [exact for _, (_, exact), _ in times]


@MODEL
@given(texts=st.lists(st.text(alphabet='0123456789-:/., TZ+[]"abNovJn\t\\xé{', max_size=60), min_size=1, max_size=60))
def test_the_engine_and_python_read_the_pattern_alike(stored: Any, texts: list[str]) -> None:
    pattern = re.compile(PATTERN.encode())
    hexes = ",".join(f"'{t.encode().hex()}'" for t in texts)
    rows = stored.backend.rows(f"SELECT hex(extract(unhex(h), {literal(PATTERN)})) FROM (SELECT arrayJoin([{hexes}]) AS h)")
    model = [pattern.search(t.encode()) for t in texts]
    assert [bytes.fromhex(str(row[0])) for row in rows] == [m[0] if m else b"" for m in model]


@MODEL
@given(
    texts=st.lists(st.binary(max_size=60) | st.text(alphabet="0123456789-:/ ,.Z+", max_size=40).map(str.encode), min_size=1, max_size=60)
)
def test_any_bytes_are_read_without_harm(stored: Any, texts: list[bytes]) -> None:
    assert len(read(stored, list(texts))) == len(texts)
