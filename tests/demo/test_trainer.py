from __future__ import annotations

import numpy as np
import pytest

from pilotage.demo import diabetes, wine
from pilotage.demo.classifier import ClassifierService
from pilotage.demo.clock import SECOND_NS, Clock
from pilotage.demo.incidents import Schedule
from pilotage.demo.regression import ROWS, RegressionJob
from pilotage.demo.trainer import Trainer


class Hours(Clock):
    """A clock whose time the test sets."""

    moment = 1_795_293_300 * SECOND_NS

    def now(self) -> int:
        return Hours.moment


@pytest.fixture
def parts(telemetry):
    clock = Hours()
    classifier = ClassifierService(telemetry.service("wine-classifier"), clock, Schedule(), 1)
    regression = RegressionJob(telemetry.service("diabetes-regression"), clock, Schedule(), 1)
    return classifier, regression, Trainer(telemetry.service("trainer"), clock, 1, (classifier, regression))


def test_a_retraining_refits_evaluates_and_serves_a_new_version(recorder, telemetry, parts, monkeypatch):
    classifier, regression, trainer = parts
    assert trainer.train() == "20261121.2035"
    first = classifier._serving()
    monkeypatch.setattr(Hours, "moment", Hours.moment + 3600 * SECOND_NS)
    assert trainer.train() == "20261121.2135"
    second = classifier._serving()
    assert (first.name, second.name) == ("20261121.2035", "20261121.2135")
    rows, _ = wine.draw(np.random.default_rng(1), 50)
    assert not np.array_equal(first.model.predict_proba(rows), second.model.predict_proba(rows))
    assert regression._current[0] == "20261121.2135"
    telemetry.close()

    spans = [(span, values) for _, span, values in recorder.spans()]
    roots = [(span, values) for span, values in spans if span.name == "train wine-quality"]
    assert [values["ml.model.version"] for _, values in roots] == ["20261121.2035", "20261121.2135"]
    steps = [span.name for span, _ in spans if span.parent_span_id == roots[0][0].span_id]
    assert sorted(steps) == ["deploy", "evaluate", "fit"]
    deploys = [(log, values) for _, log, values in recorder.logs() if log.event_name == "deploy"]
    assert len(deploys) == 4
    assert {log.trace_id for log, _ in deploys} == {span.trace_id for span, _ in spans if span.name.startswith("train")}
    assert all(0.75 < values["ml.evaluation.accuracy"] <= 1 for _, values in deploys if values["ml.model.name"] == "wine-quality")
    metrics = {metric.name: metric for service, metric in recorder.metrics() if service == "trainer"}
    assert sum(point.count for point in metrics["ml.training.duration"].histogram.data_points) == 4
    measured = {point.attributes[-1].value.string_value for point in metrics["ml.evaluation.score"].gauge.data_points}
    assert measured == {"accuracy", "f1", "mae", "r2"}


def test_labelled_traffic_takes_part_in_the_next_training(parts, monkeypatch):
    _, regression, trainer = parts
    trainer.train()
    regression.batch(50)
    monkeypatch.setattr(Hours, "moment", Hours.moment + 7200 * SECOND_NS)
    arrived = regression.labels.deliver()
    assert arrived > 30
    assert trainer._fit_diabetes().rows == len(diabetes.data().train_rows) + arrived


def test_a_batch_scores_every_row_and_says_so(recorder, telemetry, parts):
    _, regression, trainer = parts
    trainer.train()
    assert regression.batch(0) == 0
    assert regression.batch(30) == 30
    assert regression.batch(10 * ROWS) == ROWS
    assert regression.tally.requests == 30 + 10 * ROWS
    telemetry.close()
    batch = next((span, values) for _, span, values in recorder.spans() if span.name == "batch diabetes-progression")
    assert batch[1]["ml.task"] == "regression"
    assert batch[1]["ml.batch.size"] == 30
    predictions = [v for _, log, v in recorder.logs() if log.event_name == "ml.prediction" and log.trace_id == batch[0].trace_id]
    assert 27 <= len(predictions) <= 30
    assert all(isinstance(values["ml.prediction.value"], float) for values in predictions)
    assert len({values["ml.prediction.id"] for values in predictions}) == len(predictions)


def test_a_row_without_a_feature_fails_alone(recorder, telemetry, parts, monkeypatch):
    _, regression, trainer = parts
    trainer.train()
    monkeypatch.setattr("pilotage.demo.regression.BAD_ROWS", 0.5)
    regression.batch(40)
    assert 8 <= regression.tally.errors <= 32
    telemetry.close()
    failed = [log for _, log, _ in recorder.logs() if log.severity_text == "ERROR"]
    assert len(failed) == regression.tally.errors
    counts = {
        metric.name: metric.sum.data_points[0].as_int
        for _, metric in recorder.metrics()
        if metric.name in {"ml.inference.count", "ml.inference.errors"}
    }
    assert counts == {"ml.inference.count": 40 - len(failed), "ml.inference.errors": len(failed)}
