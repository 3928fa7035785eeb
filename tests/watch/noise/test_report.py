"""The noise report on alerts whose numbers are known."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from pilotage.state.records import Alert
from pilotage.watch.hours import Hours
from pilotage.watch.matching import Match
from pilotage.watch.noise.calendar import Calendar
from pilotage.watch.noise.report import Span, Subject, report_of

BERLIN = ZoneInfo("Europe/Berlin")
CALENDARS = {"core": Calendar(Hours("Europe/Berlin"), Match(labels={"team": ("core",)})), "rest": Calendar(Hours("America/New_York"))}


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


SPAN = Span(at("2026-03-23T00:00"), at("2026-04-06T00:00"))


def alert(time, monitor="m1", verdict=None, **more):
    stamp = at(time) if isinstance(time, str) else time
    return Alert(f"{monitor}{stamp}", monitor, "{}", "critical", "resolved", stamp, int(stamp), int(stamp), verdict=verdict, **more)


def report(alerts, subjects=None, span=SPAN, calendars=CALENDARS):
    return report_of(subjects or [Subject("m1", "latency", {"team": "core"})], alerts, calendars, span)


def test_hours_of_the_team_on_both_sides_of_the_change():
    # 8:30 in Berlin is 7:30 UTC before and 6:30 UTC after 29 March 2026; 9:30 is within the hours on both.
    found = report([alert("2026-03-27T08:30"), alert("2026-03-27T09:30"), alert("2026-03-30T08:30"), alert("2026-03-30T09:30")])
    (monitor,) = found.monitors
    assert (monitor.alerts, monitor.after_hours.value, monitor.calendar) == (4, 0.5, "core")
    assert monitor.per_day == pytest.approx(4 / (14 - 1 / 24))


def test_false_share_is_of_the_labelled_and_says_how_many_are_not():
    alerts = [
        alert(f"2026-03-24T{hour:02}:00", verdict=verdict) for hour, verdict in enumerate(["false", "false", "true", "unknown", None, None])
    ]
    (monitor,) = report(alerts).monitors
    assert monitor.false.value == pytest.approx(2 / 3)
    assert monitor.false.low < 0.3
    assert monitor.unlabelled == pytest.approx(0.5)


def test_shadow_alerts_and_others_do_not_count_and_muted_do():
    alerts = [
        alert("2026-03-24T00:00", muted=True),
        alert("2026-03-24T01:00", shadow=True),
        alert("2026-03-24T02:00", "gone"),
        alert("2026-05-01T00:00"),
    ]
    found = report(alerts)
    assert (found.fleet.alerts, found.fleet.muted) == (1, 1)


def test_the_noisiest_twentieth():
    subjects = [Subject(f"m{n}", f"monitor {n}", {}) for n in range(40)]
    alerts = [alert(SPAN.since + 3600 * k, "m7") for k in range(100)] + [alert(SPAN.since + 7200 * k, "m9") for k in range(50)]
    alerts += [alert(SPAN.since, f"m{n}") for n in range(10, 20)]
    found = report(alerts, subjects)
    assert found.noisiest == ("monitor 7", "monitor 9")
    assert found.noisiest_share == pytest.approx(150 / 160)
    assert found.loud == 1
    assert [each.monitor for each in found.monitors[:2]] == ["monitor 7", "monitor 9"]


def test_before_and_after():
    split = at("2026-03-30T00:00")
    alerts = [alert(SPAN.since + 3600 * k) for k in range(100)] + [alert(split + 3600 * k) for k in range(5)]
    fleet = report(alerts, span=Span(SPAN.since, SPAN.until, split)).fleet
    assert fleet.after == pytest.approx(5 / 7)
    assert fleet.ratio.value == pytest.approx(0.05, rel=0.02)
    assert fleet.ratio.high < 0.2


def test_a_young_monitor_is_measured_over_its_life():
    subjects = [Subject("m1", "new", {}, SPAN.until - 86_400)]
    (monitor,) = report([alert(SPAN.until - 3600 * k) for k in (1, 2, 3)], subjects).monitors
    assert (monitor.days, monitor.per_day) == (1.0, 3.0)


def test_no_alerts_and_no_monitors():
    assert report([]).fleet.after_hours.value is None
    assert report_of([], [], {}, SPAN).noisiest == ()
