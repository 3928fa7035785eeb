"""Histories as they come: too short, constant, sparse, gappy, huge, stepping. No exception, no alert that the data do not deserve."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from pilotage.learn.detection import Detection, Detector, Verdicts
from pilotage.learn.expectation import episodes, preview

from .conftest import DAY, START, daily

WEEK = 7 * DAY
DETECTION = Detection(300)
Values = NDArray[np.float64]


def judged(values: Values, test: int = WEEK, detection: Detection = DETECTION) -> tuple[Detector, Verdicts]:
    """The detector trained on all but the last `test` slices, and its verdicts on those."""
    times = START + np.arange(values.size, dtype=np.int64) * 300
    split = values.size - test
    trained = Detector.train(times[:split], values[:split], detection)
    state = trained.state
    found = trained.advance(times[split:], values[split:])
    assert len(found) == test
    assert state in ("learning", "insufficient_data", "sparse", "degraded", "ok")
    assert not np.isinf(found.expected).any()
    assert not found.unusual[np.isnan(found.value)].any()
    return trained, found


def alerts(found: Verdicts) -> int:
    return len(episodes(found.alerting, 300))


def noise(n: int, seed: int = 5) -> Values:
    return np.random.default_rng(seed).normal(size=n)


def test_nothing_at_all() -> None:
    trained = Detector.train(np.zeros(0, np.int64), np.zeros(0), DETECTION)
    assert (trained.state, trained.reason) == ("learning", "short_history")
    assert len(trained.advance(np.zeros(0, np.int64), np.zeros(0))) == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_never_a_value(value: float) -> None:
    trained, found = judged(np.full(30 * DAY, value))
    assert trained.state == "learning"
    assert np.isnan(found.value).all()
    assert not found.alerting.any()


def test_a_day_of_history_is_learning_and_silent() -> None:
    values = daily(2)[1]
    values[-50:] += 500
    trained, found = judged(values, DAY)
    assert set(found.state[:-1]) == {"learning"}
    assert not found.alerting.any()
    assert trained.reason == "no_calibration"


@pytest.mark.parametrize("after", [3.0, -2.0, 1e-3])
def test_a_constant_that_moves_for_good_alerts(after: float) -> None:
    values = np.full(30 * DAY, 7.0)
    values[-500:] += after
    trained, found = judged(values)
    assert (trained.state, trained.reason) == ("degraded", "constant")
    assert not found.alerting[: WEEK - 500].any()
    assert found.alerting[WEEK - 500 : WEEK - 490].any()


def test_a_constant_that_stays_is_quiet() -> None:
    assert alerts(judged(np.full(30 * DAY, 7.0))[1]) == 0
    assert alerts(judged(np.zeros(30 * DAY))[1]) == 0


def test_rare_events_are_sparse_and_seldom_alert() -> None:
    counts = np.random.default_rng(4).poisson(0.02, 44 * DAY).astype(float)
    trained, found = judged(counts, 14 * DAY)
    assert trained.state == "sparse"
    assert alerts(found) <= 2
    counts[-700:-680] = 4
    assert judged(counts, 14 * DAY)[1].alerting[-700:-690].any()


def test_a_rare_flag_seldom_alerts() -> None:
    flags = (np.random.default_rng(6).random(44 * DAY) < 0.01).astype(float)
    assert alerts(judged(flags, 14 * DAY)[1]) <= 2


def test_a_counter_silent_at_zero_is_understood() -> None:
    counts = np.random.default_rng(7).poisson(0.8, 44 * DAY).astype(float)
    counts[counts == 0] = np.nan
    trained, found = judged(counts, 14 * DAY)
    assert trained.missing == "zero"
    assert alerts(found) <= 3
    counts[-600:-570] = 9
    assert judged(counts, 14 * DAY)[1].alerting[-600:-590].any()


def test_a_gauge_with_outages_is_not_taken_for_a_counter() -> None:
    values = np.round(daily(30)[1])
    for at in range(0, 30 * DAY, 5 * DAY):
        values[at : at + 60] = np.nan
    assert judged(values)[0].missing == "gap"


@pytest.mark.parametrize("missing", [0.05, 0.2, 0.4, 0.5])
def test_scattered_gaps(missing: float) -> None:
    values = daily(44)[1]
    values[np.random.default_rng(8).random(values.size) < missing] = np.nan
    trained, found = judged(values, 14 * DAY)
    assert trained.state == ("degraded" if missing > 0.4 else "ok")
    assert alerts(found) <= 4


def test_five_days_of_history() -> None:
    assert alerts(judged(daily(12)[1])[1]) <= 2


@pytest.mark.parametrize("factor", [1e15, 1e-12, -1.0])
def test_scale_and_sign(factor: float) -> None:
    values = daily(35)[1] * factor
    values[-300:-270] *= 2
    found = judged(values)[1]
    assert found.alerting[-300:-290].any()
    assert alerts(found) <= 3


def test_infinities_are_missing() -> None:
    values = daily(35)[1]
    values[::50] = np.inf
    values[25::50] = -np.inf
    found = judged(values)[1]
    assert np.isfinite(found.expected).all()
    assert alerts(found) <= 2


def test_negative_counts() -> None:
    values = np.random.default_rng(9).poisson(20, 35 * DAY).astype(float)
    values[::1000] = -5
    assert judged(values)[0].state == "ok"


def test_a_step_near_the_end_of_history_is_no_storm() -> None:
    values = daily(35)[1]
    values[-WEEK - 20 :] += 80
    found = judged(values)[1]
    assert alerts(found) <= 2
    assert not found.alerting[DAY:].any()


def test_a_lasting_step_alerts_once_and_is_adopted() -> None:
    values = daily(35)[1]
    values[-5 * DAY :] += 80
    found = judged(values)[1]
    step = WEEK - 5 * DAY
    assert found.alerting[step : step + 5].any()
    assert not found.alerting[step + 2 * DAY :].any()
    assert alerts(found) <= 3


def test_weekends_are_learnt() -> None:
    values = daily(49)[1] * np.where(np.arange(49 * DAY) // DAY % 7 >= 5, 0.5, 1.0)
    found = judged(values, 14 * DAY)[1]
    assert alerts(found) <= 3


def test_a_period_of_its_own_is_learnt() -> None:
    saw = (np.arange(44 * DAY) % 500) / 10 + noise(44 * DAY)
    found = judged(saw, 14 * DAY)[1]
    assert alerts(found) <= 3
    saw[-1000:-980] -= 15
    assert judged(saw, 14 * DAY)[1].alerting[-1000:-990].any()


def test_glitches_of_the_history_are_no_escape() -> None:
    values = daily(44)[1]
    at = np.random.default_rng(11).integers(0, values.size, 60)
    values[at] += 90
    found = judged(values, 14 * DAY)[1]
    assert alerts(found) <= 3


@pytest.mark.parametrize("seconds", [60, 600, 3600, 86400, 777])
def test_other_slices(seconds: int) -> None:
    per_day = max(1, 86400 // seconds)
    n = min(45 * per_day, 20_000)
    times = START + np.arange(n, dtype=np.int64) * seconds
    values = 50 + 10 * np.sin(2 * np.pi * np.arange(n) / per_day) + noise(n)
    trained = Detector.train(times[: n // 2], values[: n // 2], Detection(seconds))
    found = trained.advance(times[n // 2 :], values[n // 2 :])
    assert found.alerting.mean() < 0.02


def test_the_incumbent_stays_unless_the_challenger_is_better() -> None:
    times, values = daily(30)
    first = Detector.train(times[: 23 * DAY], values[: 23 * DAY], DETECTION)
    second = Detector.train(times, values, DETECTION, incumbent=first)
    assert second.reason in ("kept", "")
    assert second.state == "ok"
    assert second.trained_at == int(times[-1]) + 300


def test_a_spent_budget_is_told() -> None:
    times, values = daily(30)
    trained = Detector.train(times, values, Detection(300, budget_s=1e-9))
    assert (trained.state, trained.reason) == ("degraded", "timeout")
    assert np.isfinite(trained.advance(times[-1:] + 300, values[-1:]).expected).all()


def test_a_preview_knows_no_future_and_retrains() -> None:
    times, values = daily(30)
    since = int(times[14 * DAY])
    whole = preview(times, values, DETECTION, since)
    part = preview(times[: 25 * DAY], values[: 25 * DAY], DETECTION, since)
    assert whole.time[0] == since
    assert len(whole) == 16 * DAY
    for name in Verdicts.__slots__:
        np.testing.assert_array_equal(getattr(part, name), getattr(whole, name)[: 11 * DAY])


def test_a_preview_goes_to_the_end_asked_for() -> None:
    times, values = daily(10)
    found = preview(times, values, DETECTION, int(times[8 * DAY]), until=int(times[-1]) + 20 * 300)
    assert len(found) == 2 * DAY + 20
    assert np.isnan(found.value[-20:]).all()


def test_a_monitor_without_history_grows_up() -> None:
    times, values = daily(12)
    found = preview(times, values, DETECTION, int(times[0]))
    assert found.state[0] == "learning"
    assert found.state[-1] == "ok"
    assert alerts(found) <= 2


def test_a_replay_asks_before_each_training_whether_to_go_on():
    from pilotage.learn.detection import Detection
    from pilotage.learn.expectation import preview

    asked = []

    def check():
        asked.append(None)
        if len(asked) == 2:
            raise InterruptedError

    times = np.arange(0, 4 * 86_400, 3600, dtype=np.int64)
    with pytest.raises(InterruptedError):
        preview(times, np.ones(times.size), Detection(slice_seconds=3600), 86_400, check=check)
    assert len(asked) == 2
