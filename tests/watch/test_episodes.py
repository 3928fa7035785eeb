"""Episodes: what people are told, and what they are not."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pilotage.watch.episodes import Reading, Terms, advance, settled

TERMS = Terms("m", 300)


def reading(slice_number, level, *, absent=False, score=3.0):
    return Reading(slice_number * 300, 1.0, 0.0, -1.0, 1.0, score, level > 0, level, absent=absent)


def lived(levels, *, terms=TERMS, alert=None, start=0):
    readings = [reading(start + n, 0 if level is None else level, absent=level is None) for n, level in enumerate(levels)]
    return advance(terms, "{}", alert, readings)


def events(changes):
    return [change.event for change in changes if change.event]


def test_a_run_of_alerting_slices_is_one_alert_that_ends_when_quiet():
    changes = lived([0, 2, 2, 0, 2] + [0] * 8)
    assert events(changes) == ["opened", "resolved"]
    assert len({change.alert.id for change in changes}) == 1
    last = changes[-1].alert
    assert (last.first_slice, last.last_slice, last.state) == (300, 1200, "resolved")
    assert last.resolved_at == 1200 + 300 + 1800


def test_a_warning_that_grows_is_told_once_more():
    assert events(lived([1, 1, 2, 2, 1])) == ["opened", "escalated"]


def test_coming_back_within_the_quiet_time_is_silent_and_counted():
    changes = lived([2] + [0] * 7 + [2] + [0] * 7)
    assert events(changes) == ["opened", "resolved", "reopened", "resolved"]
    assert changes[-1].alert.flaps == 1
    assert len({change.alert.id for change in changes}) == 1


def test_coming_back_later_is_a_new_alert():
    assert events(lived([2] + [0] * 14 + [2])) == ["opened", "resolved", "opened"]


def test_missing_slices_neither_resolve_nor_alert_but_expire():
    assert events(lived([2] + [None] * 100)) == ["opened"]
    assert events(lived([2] + [None] * 300)) == ["opened", "expired"]


def test_what_a_person_ended_stays_ended_while_it_goes_on():
    alert = lived([2])[0].alert
    ended = replace(alert, state="resolved", resolved_at=400.0)
    assert events(lived([2, 2, 2], alert=ended, start=1)) == []
    assert all(change.alert.state == "resolved" for change in lived([2, 2], alert=ended, start=1))


def test_catching_up_tells_of_what_still_lives_only():
    past = settled(lived([2, 2] + [0] * 10), late=True)
    assert [(c.event, c.alert.state) for c in past] == [(None, "resolved")]
    assert [(c.event, c.alert.state) for c in settled(lived([2] + [0] * 20 + [2, 2]), late=True)] == [
        (None, "resolved"),
        ("opened", "open"),
    ]
    assert [c.event for c in settled(lived([2, 2] + [0] * 10), late=False)] == ["opened", "resolved"]


@given(st.lists(st.sampled_from([0, 1, 2, None]), max_size=60), st.data())
def test_the_cuts_between_evaluations_do_not_matter(levels, data):
    whole = lived(levels)
    cut = data.draw(st.integers(0, len(levels)))
    first = lived(levels[:cut])
    rest = lived(levels[cut:], alert=first[-1].alert if first else None, start=cut)
    assert [c.alert for c in whole] == [c.alert for c in [*first, *rest]]
    assert events(whole) == events([*first, *rest])


@given(st.lists(st.sampled_from([0, 1, 2, None]), min_size=1, max_size=60))
def test_judging_the_last_slices_again_opens_nothing_new(levels):
    changes = lived(levels)
    if changes:
        again = lived(levels[-3:], alert=changes[-1].alert, start=len(levels) - min(3, len(levels)))
        assert "opened" not in events(again)
