from __future__ import annotations

import functools

import numpy as np
import pytest

from pilotage.demo import history
from pilotage.demo.incidents import ADDED_LATENCY_S, ERROR_SHARE, TOKEN_FACTOR, Kind, Schedule
from pilotage.demo.series import Form, Spread, histogram
from pilotage.demo.traffic import CLASSIFIER, DAY_NS, SHAPES, SLICE_NS, rate

END = 20_055 * DAY_NS + 7 * SLICE_NS


@functools.cache
def sixty_days() -> history.History:
    return history.build(7, END - 60 * DAY_NS, END)


def summary(service: str) -> dict:
    return dict(next(s for s in sixty_days().services if s.service == service).summary)


def during(kind: Kind) -> np.ndarray:
    past = sixty_days()
    return Schedule(past.incidents).mask(kind, past.slices)


def test_sixty_days_are_17280_slices_up_to_now():
    past = sixty_days()
    assert len(past.slices) == 17_280
    assert past.slices[-1] + SLICE_NS == END
    assert np.all(np.diff(past.slices) == SLICE_NS)
    for service in past.services:
        assert all(len(values) == 17_280 for values in service.summary.values())
        assert all(len(series.values) == 17_280 for series in service.series)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.service)
def test_requests_follow_the_live_traffic_model(shape):
    past = sixty_days()
    requests = summary(shape.service)["requests"]
    usual = ~during(Kind.OUTAGE)
    expected = rate(shape, 7, past.slices + SLICE_NS // 2) * 300
    assert requests[usual].sum() / expected[usual].sum() == pytest.approx(1, abs=0.01)
    score = (requests[usual] - expected[usual]) / np.sqrt(expected[usual])
    assert abs(score.mean()) < 0.05
    assert score.std() == pytest.approx(1, abs=0.05)


def test_the_day_repeats_and_so_does_the_week():
    requests = summary(CLASSIFIER.service)["requests"]
    hourly = requests[: 17_280 // 12 * 12].reshape(-1, 12).sum(axis=1)

    def correlation(lag):
        return np.corrcoef(hourly[:-lag], hourly[lag:])[0, 1]

    assert correlation(168) > 0.9
    assert correlation(24) > 0.7
    assert correlation(12) < 0


def test_the_same_seed_gives_the_same_history_and_another_does_not():
    first, again, other = (history.build(seed, END - DAY_NS, END) for seed in (3, 3, 4))
    for one, two in zip(first.services, again.services, strict=True):
        for name, values in one.summary.items():
            np.testing.assert_array_equal(values, two.summary[name])
        for left, right in zip(one.series, two.series, strict=True):
            np.testing.assert_array_equal(left.values, right.values)
    assert first.runs == again.runs
    assert not np.array_equal(first.services[0].summary["requests"], other.services[0].summary["requests"])


@pytest.mark.parametrize(
    ("kind", "service", "column", "least", "most"),
    [
        (Kind.LATENCY, "wine-classifier", "duration_mean", ADDED_LATENCY_S, ADDED_LATENCY_S + 0.05),
        (Kind.DRIFT, "wine-classifier", "feature_alcohol", 13.7, 15.5),
        (Kind.LABEL_SHIFT, "wine-classifier", "share_class_2", 0.6, 0.9),
        (Kind.DRIFT, "wine-classifier", "accuracy", 0.5, 0.82),
        (Kind.OUTAGE, "wine-classifier", "requests", 0, 0),
        (Kind.OUTAGE, "assistant", "requests", 0, 0),
        (Kind.OUTAGE, "diabetes-regression", "requests", 0, 0),
    ],
)
def test_a_past_incident_shows_in_what_it_is_about_and_only_then(kind, service, column, least, most):
    values, on = summary(service)[column], during(kind)
    assert least <= np.nanmean(values[on]) <= most
    usual = np.nanmean(values[~on & ~during(Kind.LATENCY)])
    assert not least <= usual <= most


def test_past_errors_and_cost_rise_by_their_factors():
    classifier, assistant = summary("wine-classifier"), summary("assistant")
    on = during(Kind.ERRORS)
    assert classifier["errors"][on].sum() / classifier["requests"][on].sum() == pytest.approx(ERROR_SHARE, abs=0.03)
    assert classifier["errors"][~on].sum() / classifier["requests"][~on].sum() < 0.005
    on, busy = during(Kind.COST), assistant["requests"] > 0
    per_request = assistant["cost_usd"][busy] / assistant["requests"][busy]
    assert per_request[on[busy]].mean() / per_request[~on[busy]].mean() == pytest.approx(TOKEN_FACTOR, rel=0.1)


def test_counts_of_metrics_and_summaries_agree():
    for service in sixty_days().services:
        requests, errors = service.summary["requests"], service.summary["errors"]
        for series in service.series:
            if series.name == "ml.inference.count":
                np.testing.assert_array_equal(np.nan_to_num(series.values), requests - errors)
            if series.name == "ml.inference.errors":
                np.testing.assert_array_equal(np.nan_to_num(series.values), errors)
        answered = [s.buckets.sum(axis=1) for s in service.series if s.name == "http.server.request.duration"]
        if answered:
            np.testing.assert_array_equal(sum(answered), requests)


def test_a_silent_slice_has_no_points():
    on = during(Kind.OUTAGE)
    for service in sixty_days().services:
        for series in service.series:
            assert np.all(np.isnan(series.values[on])), series.name
            if series.form is Form.HISTOGRAM:
                assert not series.buckets[on].any()


def test_every_hour_retrains_both_models_under_a_growing_version():
    runs = sixty_days().runs
    assert len(runs) == 2 * 60 * 24
    wine = [run for run in runs if run.dataset == "sklearn.wine"]
    assert [run.version for run in wine] == sorted({run.version for run in wine})
    assert all(0.8 < run.scores["accuracy"] <= 1 for run in wine)
    assert sixty_days().versions(slice(17_270, 17_280)) == [wine[-2].version] * 3 + [wine[-1].version] * 7


def test_histograms_hold_every_sample_in_the_bucket_of_its_distribution():
    rng = np.random.default_rng(1)
    counts = np.array([0, 1000, 100_000])
    sums, buckets = histogram(rng, counts, Spread(np.log(0.1), 0.01, 0.4), (0.25, 0.6, 1.0))
    assert buckets.sum(axis=1).tolist() == counts.tolist()
    assert buckets[:, 1].tolist() == counts.tolist()
    assert np.isnan(sums[0])
    assert sums[1:] / counts[1:] == pytest.approx(0.5, rel=0.01)
