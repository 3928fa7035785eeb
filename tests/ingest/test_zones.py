"""Offsets of time zones: the table against the standard library's own reading."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.ingest.zones import YEARS_AHEAD, YEARS_BACK, check_zone, offsets
from pilotage.model.problem import PilotageError

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "UTC", "Pacific/Apia"]
FIRST, LAST = datetime(2026 - YEARS_BACK, 2, 1), datetime(2026 + YEARS_AHEAD - 1, 12, 1)  # noqa: DTZ001 - local times


@given(zone=st.sampled_from(ZONES), local=st.datetimes(FIRST, LAST))
def test_every_local_time(zone: str, local: datetime) -> None:
    # Of an hour that is there twice, or not at all, the offset before the change.
    before = local.replace(tzinfo=ZoneInfo(zone), fold=0).utcoffset()
    naive = int(local.replace(tzinfo=UTC, microsecond=0).timestamp())
    found = next(offset for since, offset in reversed(offsets(zone, 2026)) if since <= naive)
    assert timedelta(seconds=found) == before


def test_a_name_that_is_no_zone_is_refused() -> None:
    for name in ("Mars/Base", "../etc/passwd", "", "\0"):
        with pytest.raises(PilotageError, match="unknown-time-zone"):
            check_zone(name)
    check_zone("Europe/Berlin")
