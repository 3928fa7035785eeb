from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pilotage.schedule.agenda import Agenda, Rhythm


def test_a_task_runs_once_a_slice_after_its_delay():
    agenda: Agenda[str] = Agenda()
    rhythm = Rhythm(300, 120)
    agenda.add("a", rhythm, 1000.0)
    (first,) = agenda.take(1000.0)
    assert first.end == rhythm.reached(1000.0, "a")
    assert agenda.take(1000.0) == []
    agenda.done("a", first.end)
    due = agenda.next()
    assert due is not None
    assert due >= first.end + 300 + 120
    assert agenda.take(due - 0.001) == []
    (second,) = agenda.take(due)
    assert second.end == first.end + 300


@given(st.integers(1, 86_400), st.floats(0, 7200), st.text(), st.floats(1e9, 2e9))
def test_what_is_due_has_ended_and_is_aligned(period, delay, key, now):
    rhythm = Rhythm(period, delay)
    end = rhythm.reached(now, key)
    assert end % period == 0
    assert end + delay <= now
    assert rhythm.due(end, key) > now - 1e-6


def test_tasks_are_spread_over_a_fifth_of_their_slice():
    rhythm = Rhythm(100)
    shifts = [rhythm.shift(number) for number in range(1000)]
    assert min(shifts) < 1
    assert 19 < max(shifts) <= 20


def test_a_failed_task_comes_back_and_a_removed_one_does_not():
    agenda: Agenda[str] = Agenda()
    for key in ("a", "b"):
        agenda.add(key, Rhythm(60), 0.0)
    assert {due.key for due in agenda.take(1000.0)} == {"a", "b"}
    agenda.again("a", 1010.0)
    agenda.done("b", 960)
    agenda.remove("b")
    assert agenda.keys() == ["a"]
    assert agenda.next() == 1010.0
    assert [due.key for due in agenda.take(5000.0)] == ["a"]
    assert agenda.next() is None


def test_after_a_pause_one_run_covers_everything():
    agenda: Agenda[str] = Agenda()
    agenda.add("a", Rhythm(60), 0.0)
    agenda.take(120.0)
    agenda.done("a", 60)
    (due,) = agenda.take(10_000.0)
    assert due.end > 9_800
    assert due.since < 200
