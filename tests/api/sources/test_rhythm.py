from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.api.sources.rhythm import DAY, Patience, Rhythm

PATIENCE = Patience()


def rhythm_of(*slots):
    rhythm = Rhythm(PATIENCE)
    for slot in slots:
        rhythm.sent(slot)
    return rhythm


def test_a_rhythm_needs_five_gaps():
    assert rhythm_of(0, 1, 2, 3, 4).limit() is None
    assert rhythm_of(0, 1, 2, 3, 4, 5).limit() == PATIENCE.least
    assert rhythm_of(0, 1, 2, 3, 4, 5).usual_gap() == PATIENCE.slot


def test_a_slow_source_gets_three_of_its_gaps():
    assert rhythm_of(*range(0, 60, 6)).limit() == pytest.approx(180.0)


def test_one_outage_or_two_do_not_make_it_patient():
    steady = [*range(100), *range(500, 600), *range(900, 1000)]
    assert rhythm_of(*steady).limit() == PATIENCE.least


def test_repeated_pauses_are_its_nature_for_a_day():
    bursts = [start + n for start in range(0, 400, 100) for n in range(10)]
    assert rhythm_of(*bursts).limit() == pytest.approx(1.5 * 910)
    later = int(DAY / PATIENCE.slot) + 1000
    assert rhythm_of(*bursts, *range(later, later + 30)).limit() == PATIENCE.least


def test_late_news_changes_nothing():
    rhythm = rhythm_of(0, 1, 2, 3, 4, 5, 6)
    before = rhythm.kept()
    rhythm.sent(2)
    rhythm.sent(6)
    assert rhythm.kept() == before


@given(st.lists(st.integers(0, 5000), max_size=80))
def test_what_is_kept_is_restored(slots):
    rhythm, again = rhythm_of(*slots), Rhythm(PATIENCE)
    again.restore(*rhythm.kept())
    for each in (rhythm, again):
        each.sent(6000)
    assert again.kept() == rhythm.kept()
    assert again.limit() == rhythm.limit()
