from __future__ import annotations

import itertools

import numpy as np
import pytest

from pilotage.demo.clock import SECOND_NS
from pilotage.demo.incidents import DURATION_S, Incident, Kind, Schedule, announcement, historic, parse
from pilotage.demo.traffic import DAY_NS, SLICE_NS

NOW = 20_000 * DAY_NS


@pytest.mark.parametrize(
    ("text", "kind", "offset_s"),
    [
        ("latency", Kind.LATENCY, 0),
        ("errors@10m", Kind.ERRORS, 600),
        ("label-shift@1.5h", Kind.LABEL_SHIFT, 5400),
        ("cost@90", Kind.COST, 90),
    ],
)
def test_parse_reads_name_and_offset(text, kind, offset_s):
    incident = parse(text, NOW)
    assert incident == Incident(kind, NOW + offset_s * SECOND_NS, NOW + (offset_s + DURATION_S) * SECOND_NS)


@pytest.mark.parametrize("text", ["", "fire", "latency@", "latency@soon", "latency@-5m", "latency@5y", "Latency"])
def test_parse_refuses_what_it_does_not_know(text):
    if text == "latency@":
        assert parse(text, NOW).start_ns == NOW
        return
    with pytest.raises(ValueError, match="incident"):
        parse(text, NOW)


def test_an_incident_is_on_from_its_start_up_to_its_end():
    schedule = Schedule((Incident(Kind.COST, 100, 200),))
    times = np.array([99, 100, 199, 200], dtype=np.int64)
    assert schedule.mask(Kind.COST, times).tolist() == [False, True, True, False]
    assert [schedule.active(Kind.COST, int(t)) for t in times] == [False, True, True, False]
    assert not schedule.active(Kind.DRIFT, 150)
    assert [i.kind for i in schedule.running(150)] == [Kind.COST]


def test_sixty_days_hold_a_few_incidents_of_every_kind_that_never_overlap():
    found = historic(7, NOW - 60 * DAY_NS, NOW)
    assert 6 <= len(found) <= 12
    assert {i.kind for i in found} == set(Kind)
    for before, after in itertools.pairwise(found):
        assert before.end_ns < after.start_ns
    for incident in found:
        assert NOW - 60 * DAY_NS <= incident.start_ns < incident.end_ns <= NOW
        assert incident.start_ns % SLICE_NS == 0
        assert 30 * 60 * SECOND_NS <= incident.end_ns - incident.start_ns <= 90 * 60 * SECOND_NS
    assert found == historic(7, NOW - 60 * DAY_NS, NOW)
    assert found != historic(8, NOW - 60 * DAY_NS, NOW)


def test_an_hour_of_history_has_none():
    assert historic(7, NOW - DAY_NS // 24, NOW) == ()


def test_the_announcement_names_kind_phase_and_service():
    body, attributes = announcement(Incident(Kind.OUTAGE, 0, 1), "start")
    assert body == "incident outage start"
    assert attributes["demo.incident.name"] == "outage"
    assert attributes["demo.incident.service"] == "*"
    assert attributes["demo.incident.phase"] == "start"
