from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.api.sources.rhythm import Patience
from pilotage.api.sources.tracked import IMPORT_LAG_SECONDS, Tracked, View
from pilotage.api.sources.watch import LOOK_SECONDS
from pilotage.store.arrivals import Arrival, Origin

PATIENCE = Patience()
START = 1_000_000.0


def tracked(index="main"):
    return Tracked(Origin("logs", index, "s", "st", "h", "svc"), PATIENCE, first_seen=START)


def send(source, at, *, lag=0.1):
    source.arrived([Arrival(1, int(at / PATIENCE.slot), 1, 0, at, lag, lag)], again=False)


def steady(index="main", *, until=START + 200, lag=0.1):
    source = tracked(index)
    at = START
    while at < until:
        send(source, at, lag=lag)
        at += 5
    return source, source.last_seen


def view(now, **how):
    return View(now, how.pop("awake", START - 1000), how.pop("complete", now), **how)


gaps = st.lists(st.floats(0.5, 400.0), min_size=1, max_size=60)


@given(gaps, st.floats(0.0, LOOK_SECONDS))
def test_silence_is_never_told_before_the_limit_and_always_within_a_look_after(pauses, phase):
    source, sent, at = tracked(), [], START
    for pause in pauses:
        sent.append(at)
        at += pause
    end = sent[-1] + 5000
    look = START + phase
    while look < end:
        while sent and sent[0] <= look:
            send(source, sent.pop(0))
        if source.last_seen:
            source.judge(view(look))
            limit, quiet = source.silent_after(), look - source.last_seen
            assert (source.state == "silent") == (limit is not None and quiet > limit)
            if limit is not None:
                assert limit >= PATIENCE.least
        look += LOOK_SECONDS
    assert (source.state == "silent") == (len(source.rhythm.kept()[1]) >= PATIENCE.gaps)


def test_a_steady_source_is_told_within_a_minute_of_its_end():
    # The look, the log's second and the load's: 35 + 15 + 1 + 2.
    source, last = steady()
    assert source.judge(view(last + 36)) == "new"
    assert source.state == "silent"
    assert PATIENCE.least + LOOK_SECONDS + 5 < 60


def test_states_change_once_and_say_why():
    source, last = steady()
    assert source.judge(view(START + 10)) is None
    assert source.state == "new"
    assert source.judge(view(last + 10)) == "new"
    assert source.judge(view(last + 40)) == "ok"
    assert (source.state, source.since) == ("silent", last + 40)
    assert source.reason == "no row for 40 seconds, it usually sends every 10"
    assert source.judge(view(last + 50)) is None
    send(source, last + 60)
    assert source.judge(view(last + 61)) == "silent"
    assert (source.state, source.reason) == ("ok", None)


def test_what_waits_in_a_stalled_stream_is_not_silence():
    source, last = steady()
    source.judge(view(last))
    assert source.judge(view(last + 50, complete=last + 5)) is None
    assert source.state == "ok"
    assert source.judge(view(last + 50, complete=last + 5, stalled="`hec` has stalled: the disk is full")) == "ok"
    assert (source.state, source.reason) == ("stalled", "no row for 50 seconds, `hec` has stalled: the disk is full")
    # The stream loads again, but there was nothing of this source in it.
    assert source.judge(view(last + 65)) == "stalled"
    assert source.state == "silent"


def test_silence_from_before_a_stall_stays_silence():
    source, last = steady()
    source.judge(view(last + 60))
    source.judge(view(last + 90, complete=last + 20, stalled="`hec` has stalled"))
    assert source.state == "silent"


def test_a_pause_of_the_watch_is_not_the_sources_silence():
    source, last = steady()
    source.judge(view(last))
    assert source.judge(view(last + 500, awake=last + 490)) is None
    assert source.judge(view(last + 530, awake=last + 490)) == "ok"
    assert source.state == "silent"


@pytest.mark.parametrize(("index", "lag"), [("_internal", 0.1), ("main", IMPORT_LAG_SECONDS * 2)])
def test_own_telemetry_and_imports_may_end(index, lag):
    source, last = steady(index, lag=lag)
    source.judge(view(last + 5000))
    assert (source.state, source.silent_after()) == ("ok", None)


def test_the_report_is_of_the_rows():
    source, last = steady()
    source.judge(view(last + 1))
    found = source.report(last + 1)
    assert (found.index, found.service, found.signal, found.items_total) == ("main", "svc", "logs", 40)
    assert found.rate_1m == pytest.approx(0.2, rel=0.1)
    assert (found.lag_p50, found.usual_gap, found.silent_after) == (0.1, 10.0, PATIENCE.least)
    assert (found.first_seen, found.last_seen) == (START, last)
