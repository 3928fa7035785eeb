from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from pilotage.api.sources.horizon import MARGIN_SECONDS, Horizon
from pilotage.api.sources.rhythm import Patience
from pilotage.api.sources.tracked import Tracked
from pilotage.store.arrivals import Arrival, Origin

SLOT = 10.0
START = 100_000


@dataclass
class Stream:
    """Segments of one second: when begun, the times of the rows in them, loaded in order while the stream is not stuck."""

    waiting: list[int] = field(default_factory=list)


def slots_of(rows, plan):
    """What the store answers: every loaded row from `plan.since` on, by slot."""
    found = [row for row in rows if row >= plan.since]
    counts, late = Counter(int(r // SLOT) for r in found), Counter(int(r // SLOT) for r in found if r >= plan.late)
    return [Arrival(1, slot, n, late[slot], float(max(found)), 0.0, 0.0) for slot, n in sorted(counts.items())]


# Of each second: which of three streams load (everything up to then), and whether somebody looks.
seconds = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.sampled_from([False, False, True])), min_size=1, max_size=250)


@given(seconds)
def test_every_row_counts_once_whatever_streams_stall_and_resume(made):
    horizon, loaded = Horizon(float(START)), []
    streams = {name: Stream() for name in "abc"}
    tracked = Tracked(Origin("logs", "main", "", "", "", ""), Patience(), first_seen=float(START))
    now = START
    for *loading, look in [*made, (True, True, True, False), *([(True, True, True, True)] * 3)]:
        now += 1
        for stream, goes in zip(streams.values(), loading, strict=True):
            stream.waiting.append(now)
            if goes:
                loaded += stream.waiting
                stream.waiting = []
        if look:
            waiting = {name: (f"{name}/{s.waiting[0]}", float(s.waiting[0])) for name, s in streams.items() if s.waiting}
            plan = horizon.plan(float(now), waiting, SLOT)
            found = slots_of(loaded, plan)
            if found:
                tracked.arrived(found, again=plan.again)
            horizon.read(plan, waiting)
    assert tracked.total == len(loaded)
    counted = Counter(int(row // SLOT) for row in loaded)
    assert tracked.slots.kept() == sorted(counted.items())


def test_what_flows_is_read_once_and_a_little():
    horizon = Horizon(0.0)
    for now in range(1000, 2000, 15):
        waiting = {"logs": (f"logs/{now}", now - 0.5)}
        plan = horizon.plan(float(now), waiting, SLOT)
        if now > 1000:
            assert now - 15 - MARGIN_SECONDS - 0.5 <= plan.since
        horizon.read(plan, waiting)


def test_a_stalled_stream_does_not_make_the_others_be_read_again():
    horizon = Horizon(1000.0)
    for now in range(1015, 1300, 15):
        waiting = {"logs": ("logs/1", 1001.0)}
        plan = horizon.plan(float(now), waiting, SLOT)
        horizon.read(plan, waiting)
    assert plan.since >= now - 15 - MARGIN_SECONDS
    assert horizon.since == 1001.0 - MARGIN_SECONDS
    again = horizon.plan(1300.0, {}, SLOT)
    assert (again.since, again.again) == (990.0, True)


def test_a_look_that_failed_is_planned_anew():
    horizon = Horizon(1000.0)
    assert horizon.plan(1015.0, {}, SLOT).since == horizon.plan(1030.0, {}, SLOT).since == 1000.0
