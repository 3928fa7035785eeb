from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.api.sources.slots import Slots

changes = st.lists(st.tuples(st.booleans(), st.integers(0, 800), st.integers(0, 1000)), max_size=60)


@given(changes)
def test_a_ring_holds_the_last_hour_of_a_plain_table(made):
    slots, table, newest = Slots(10.0), {}, -1
    for added, number, count in made:
        kept = number > newest - 361
        newest = max(newest, number)
        if added:
            slots.add(number, count)
            if kept:
                table[number] = table.get(number, 0) + count
        else:
            grown = slots.replace(number, count)
            assert grown == count - (table.get(number, 0) if kept else 0)
            if kept:
                table[number] = count
        table = {n: c for n, c in table.items() if n > newest - 361}
    assert slots.kept() == sorted((n, c) for n, c in table.items() if c)


def test_rates_cover_the_slot_in_progress():
    slots = Slots(10.0)
    for number in range(100, 107):
        slots.add(number, 50)
    slots.add(107, 25)
    assert slots.rate(1075.0, 60.0) == pytest.approx(5.0)
    assert slots.rate(1075.0, 300.0) == pytest.approx(375 / 295)
    assert slots.rate(2000.0, 60.0) == 0
    assert Slots(10.0).rate(5.0, 60.0) == 0
