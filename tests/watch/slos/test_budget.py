"""Budgets, burning and forecasts against numbers worked out by hand."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotage.model.problem import PilotageError
from pilotage.watch.slos.budget import Counts, forecast_of, level_of, status_of
from pilotage.watch.slos.objective import Burn, Slo
from pilotage.watch.slos.period import before, bounds, check_start

BERLIN = ZoneInfo("Europe/Berlin")
DAY = 86_400
NOW = 1_767_571_200 + 40 * DAY


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


def counts(days, bad=lambda start: 0.0, total=100.0, width=300):
    times = np.arange(NOW - days * DAY, NOW, width)
    wrong = np.array([bad(start) for start in times.tolist()])
    return Counts(times, total - wrong, np.full(len(times), total))


def slo(**more):
    return Slo(**({"query": "index=main", "target": 99.0} | more))


@pytest.mark.parametrize(
    ("period", "start", "now", "begin", "end"),
    [
        ("week", "", "2026-03-31T12:00", "2026-03-30T00:00", "2026-04-06T00:00"),
        ("week", "sun", "2026-03-31T12:00", "2026-03-29T00:00", "2026-04-05T00:00"),
        ("month", "", "2026-03-31T23:59", "2026-03-01T00:00", "2026-04-01T00:00"),
        ("month", "15", "2026-03-14T23:59", "2026-02-15T00:00", "2026-03-15T00:00"),
        ("quarter", "", "2026-05-20T00:00", "2026-04-01T00:00", "2026-07-01T00:00"),
        ("quarter", "2", "2026-01-20T00:00", "2025-11-01T00:00", "2026-02-01T00:00"),
        ("year", "4", "2026-03-31T00:00", "2025-04-01T00:00", "2026-04-01T00:00"),
    ],
)
def test_periods_of_the_calendar_in_a_zone(period, start, now, begin, end):
    assert bounds(period, start, "Europe/Berlin", at(now)) == (at(begin), at(end))


def test_the_week_in_which_clocks_change_is_an_hour_shorter():
    begin, end = bounds("week", "", "Europe/Berlin", at("2026-03-25T12:00"))
    assert end - begin == 7 * DAY - 3600
    assert before("week", "", "Europe/Berlin", at("2026-03-31T12:00")) == (begin, end)
    assert before("7d", "", "UTC", 14 * DAY) == (0, 7 * DAY)


@pytest.mark.parametrize(("period", "start"), [("week", "1"), ("month", "29"), ("quarter", "mon"), ("30d", "mon")])
def test_starts_that_cannot_be(period, start):
    with pytest.raises(PilotageError, match="slo-invalid"):
        check_start(period, start)


def test_a_rolling_budget():
    # 0.5 % are bad, 1 % may be: half of the budget is left, and it burns at half the pace.
    status = status_of(slo(), counts(30, lambda _: 0.5), NOW)
    assert status.indicator == pytest.approx(99.5)
    assert status.left == pytest.approx(50.0)
    assert status.met is True
    assert [each.long for each in status.burns] == pytest.approx([0.5] * 4)
    assert level_of(status) == 0


def test_a_calendar_budget_counts_on_the_rest_of_the_month():
    # Ten of thirty days are over, all with 1 % bad: a third of the month's budget is gone.
    now = datetime(2026, 4, 11, tzinfo=ZoneInfo("UTC")).timestamp()
    times = np.arange(now - 10 * DAY, now, 300)
    counted = Counts(times, np.full(len(times), 99.0), np.full(len(times), 100.0))
    status = status_of(slo(period="month"), counted, now)
    assert status.left == pytest.approx(100 * (1 - 10 / 30))
    assert status.indicator == pytest.approx(99.0)


@pytest.mark.parametrize(
    ("minutes", "bad", "level"),
    [(10, 100.0, 2), (60, 14.0, 0), (60, 15.0, 2), (360, 6.1, 2), (360, 5.0, 0), (1440, 3.1, 1), (4320, 1.1, 1), (4320, 0.9, 0)],
)
def test_fast_burning_pages_and_slow_burning_warns(minutes, bad, level):
    status = status_of(slo(), counts(30, lambda start: bad if start >= NOW - minutes * 60 else 0.0), NOW)
    assert level_of(status) == level


def test_what_is_over_does_not_burn_any_more():
    status = status_of(slo(), counts(30, lambda start: 100.0 if NOW - 3600 <= start < NOW - 600 else 0.0), NOW)
    assert status.burns[0].long > 14.4
    assert status.burns[0].short == 0.0
    assert not status.burns[0].burning


def test_a_burn_by_its_share_of_the_budget():
    # Half of a 30-day budget in a day is fifteen times the even pace.
    assert Burn("1d", budget=50.0).factor(30 * DAY) == pytest.approx(15.0)


def test_no_data_is_no_failure():
    status = status_of(slo(), Counts(np.zeros(0, np.int64), np.zeros(0), np.zeros(0)), NOW)
    assert (status.indicator, status.left, status.met, status.forecast, level_of(status)) == (None, None, None, None, 0)


def test_a_budget_that_goes_down_steadily_is_forecast_to_the_day():
    # A calendar month, 2 % bad every day against 1 %: gone at the middle of it.
    now = datetime(2026, 4, 8, tzinfo=ZoneInfo("UTC")).timestamp()
    times = np.arange(now - 7 * DAY, now, 300)
    counted = Counts(times, np.full(len(times), 98.0), np.full(len(times), 100.0))
    forecast = forecast_of(slo(period="month"), counted, now)
    assert forecast.chance == 1.0
    assert abs(forecast.exhausted - datetime(2026, 4, 16, tzinfo=ZoneInfo("UTC")).timestamp()) <= DAY


def test_a_budget_in_good_health_lasts():
    forecast = forecast_of(slo(), counts(30, lambda _: 0.2), NOW)
    assert (forecast.exhausted, forecast.chance, forecast.days) == (None, 0.0, 28.0)


def test_a_bad_day_that_rolls_out_of_the_period_is_given_back():
    # 26 % of the budget are gone for one bad day and 90 % of an even pace for the others: it is gone soon, unless the bad day leaves first.
    leaving = counts(30, lambda start: 9.0 if start < NOW - 29 * DAY else 0.6)
    staying = counts(30, lambda start: 9.0 if start >= NOW - DAY else 0.6)
    assert status_of(slo(), leaving, NOW).left == pytest.approx(status_of(slo(), staying, NOW).left)
    assert forecast_of(slo(), leaving, NOW).chance < forecast_of(slo(), staying, NOW).chance


def test_an_overdrawn_budget_is_used_up_now():
    forecast = forecast_of(slo(), counts(30, lambda _: 2.0), NOW)
    assert (forecast.exhausted, forecast.chance) == (NOW, 1.0)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=400), st.sampled_from(["30d", "7d", "month", "week"]))
def test_indicator_and_budget_agree(bad, period):
    times = np.arange(NOW - 300 * len(bad), NOW, 300)
    counted = Counts(times, 100.0 - np.array(bad), np.full(len(bad), 100.0))
    status = status_of(slo(period=period), counted, NOW)
    if status.indicator is not None:
        assert 0 <= status.indicator <= 100
        assert status.left <= 100.0 + 1e-9
        if period.endswith("d"):
            assert (status.left >= -1e-6) == (status.indicator >= 99.0 - 1e-8)


@pytest.mark.parametrize(
    "wrong",
    [
        {"target": 100.0},
        {"target": 0.0},
        {"query": ""},
        {"kind": "monitor"},
        {"kind": "window"},
        {"slice": "90s"},
        {"slice": "30s"},
        {"delay": "1d"},
        {"period": "2y"},
        {"period": "fortnight"},
        {"zone": "Nowhere"},
        {"burns": (Burn("1h"),)},
        {"burns": (Burn("1h", rate=1.0, budget=2.0),)},
        {"burns": (Burn("1h", rate=-1.0),)},
        {"burns": (Burn("1h", rate=1.0, short="2h"),)},
    ],
)
def test_objectives_that_cannot_be(wrong):
    with pytest.raises(PilotageError):
        slo(**wrong).check()
    slo().check()
