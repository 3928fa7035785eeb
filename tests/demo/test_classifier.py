from __future__ import annotations

import numpy as np
import pytest

from pilotage.demo import wine
from pilotage.demo.callers import Callers
from pilotage.demo.classifier import ClassifierService, FeatureStoreError
from pilotage.demo.clock import SECOND_NS, Clock
from pilotage.demo.incidents import ADDED_LATENCY_S, FEATURE_SHIFT, Incident, Kind, Schedule
from pilotage.demo.web import Server, call

ALWAYS = (0, 2**62)


def under(*kinds: Kind) -> Schedule:
    return Schedule(tuple(Incident(kind, *ALWAYS) for kind in kinds))


@pytest.fixture
def serve(telemetry, clock):
    """A trained classifier under a schedule of incidents, and its users."""

    def make(*kinds: Kind) -> tuple[ClassifierService, Callers]:
        served = ClassifierService(telemetry.service("wine-classifier"), clock, under(*kinds), 1)
        rng = np.random.default_rng(1)
        served.swap("v1", wine.fit(rng, np.empty((0, 13)), np.empty(0, dtype=np.int64)))
        users = Callers(telemetry.service("traffic"), clock, under(*kinds), 1)
        return served, users

    return make


def tries(served: ClassifierService, users: Callers, count: int) -> int:
    """Failures of `count` direct calls."""
    rng = np.random.default_rng(2)
    failed = 0
    for _ in range(count):
        try:
            served.predict(users.case(rng), 1)
        except FeatureStoreError:
            failed += 1
    return failed


def test_one_request_is_one_trace_through_both_services_with_its_log(recorder, telemetry, serve):
    served, users = serve()
    server = Server(served.service, {"/predict": served.predict})
    case = users.case(np.random.default_rng(1))
    status, reply = call(users._service, server.port, "/predict", case)
    server.close()
    telemetry.close()
    assert status == 200
    spans = {span.name: (service, span, values) for service, span, values in recorder.spans()}
    assert len({span.trace_id for _, span, _ in spans.values()}) == 1
    client, handler, predict = spans["POST"][1], spans["POST /predict"][1], spans["predict wine-quality"]
    assert (spans["POST"][0], spans["POST /predict"][0]) == ("traffic", "wine-classifier")
    assert handler.parent_span_id == client.span_id
    assert predict[1].parent_span_id == handler.span_id
    values = predict[2]
    assert values["ml.model.version"] == "v1"
    assert values["ml.task"] == "classification"
    assert values["ml.prediction.id"] == reply["id"] == predict[1].span_id.hex()
    assert values["ml.prediction.value"] == reply["class"]
    assert values["ml.feature.alcohol"] == pytest.approx(case["features"]["alcohol"], abs=1e-4)
    (_, log, _) = recorder.logs()[0]
    assert (log.event_name, log.trace_id, log.span_id) == ("ml.prediction", predict[1].trace_id, predict[1].span_id)
    counted = {metric.name for _, metric in recorder.metrics()}
    assert {"http.server.request.duration", "ml.inference.count", "ml.inference.duration"} <= counted


class Hours(Clock):
    """A clock that the test moves."""

    late_ns = 0

    def now(self) -> int:
        return self.origin_ns + Hours.late_ns


def test_the_label_arrives_later_with_the_same_prediction_id(recorder, telemetry, monkeypatch):
    clock = Hours()
    served = ClassifierService(telemetry.service("wine-classifier"), clock, Schedule(), 1)
    served.swap("v1", wine.fit(np.random.default_rng(1), np.empty((0, 13)), np.empty(0, dtype=np.int64)))
    users = Callers(telemetry.service("traffic"), clock, Schedule(), 1)
    rng = np.random.default_rng(3)
    ids = {served.predict(users.case(rng), 1)["id"] for _ in range(10)}
    assert served.labels.deliver() == 0
    monkeypatch.setattr(Hours, "late_ns", 3600 * SECOND_NS)
    delivered = served.labels.deliver()
    telemetry.close()
    labels = [values for _, log, values in recorder.logs() if log.event_name == "ml.label"]
    assert len(labels) == delivered >= 6
    assert {values["ml.prediction.id"] for values in labels} <= ids
    assert {values["ml.label"] for values in labels} <= set(wine.data().classes)
    assert len(served.labels.labelled(100)) == delivered
    assert any(metric.name == "ml.evaluation.score" for _, metric in recorder.metrics())


def test_a_latency_incident_makes_the_feature_store_slow(recorder, telemetry, serve):
    tries(*serve(Kind.LATENCY), 1)
    telemetry.close()
    (span,) = [span for _, span, _ in recorder.spans() if span.name == "feature-store get"]
    assert span.end_time_unix_nano - span.start_time_unix_nano >= ADDED_LATENCY_S * SECOND_NS


def test_an_errors_incident_makes_requests_fail_and_their_logs_say_why(recorder, telemetry, serve):
    served, users = serve(Kind.ERRORS)
    assert 5 <= tries(served, users, 40) <= 25
    server = Server(served.service, {"/predict": served.predict})
    rng = np.random.default_rng(4)
    answers = [call(users._service, server.port, "/predict", users.case(rng))[0] for _ in range(20)]
    server.close()
    telemetry.close()
    assert set(answers) == {200, 500}
    errors = [(log, values) for _, log, values in recorder.logs() if log.severity_text == "ERROR"]
    assert len(errors) == answers.count(500)
    traces = {span.trace_id: span for _, span, _ in recorder.spans() if span.name == "POST /predict" and span.status.code == 2}
    for log, values in errors:
        assert values["exception.type"] == "FeatureStoreError"
        assert traces[log.trace_id].span_id == log.span_id


def test_without_an_incident_hardly_anything_fails(serve):
    assert tries(*serve(), 40) <= 2


def test_a_drift_incident_moves_the_features(serve):
    _, usual = serve()
    _, drifting = serve(Kind.DRIFT)

    def mean(users: Callers) -> float:
        rng = np.random.default_rng(5)
        return float(np.mean([users.case(rng)["features"]["alcohol"] for _ in range(200)]))

    expected = FEATURE_SHIFT * wine.data().deviations[0]
    assert mean(drifting) - mean(usual) == pytest.approx(expected, rel=0.05)


def test_a_label_shift_incident_moves_the_classes(serve):
    def share(users: Callers) -> float:
        rng = np.random.default_rng(6)
        return float(np.mean([users.case(rng)["truth"] == wine.data().classes[2] for _ in range(300)]))

    assert share(serve()[1]) < 0.4
    assert share(serve(Kind.LABEL_SHIFT)[1]) > 0.7


def test_a_weight_counts_as_that_many_requests(recorder, telemetry, serve):
    served, users = serve()
    served.predict(users.case(np.random.default_rng(7)), 5)
    assert served.tally.requests == 5
    telemetry.close()
    count = next(metric for _, metric in recorder.metrics() if metric.name == "ml.inference.count")
    assert count.sum.data_points[0].as_int == 5


def test_before_a_model_is_loaded_a_request_fails_with_500(recorder, telemetry, clock):
    served = ClassifierService(telemetry.service("wine-classifier"), clock, Schedule(), 1)
    server = Server(served.service, {"/predict": served.predict})
    status, reply = call(telemetry.service("traffic"), server.port, "/predict", {"features": {}})
    unknown, _ = call(telemetry.service("traffic"), server.port, "/elsewhere", {})
    server.close()
    assert (status, reply) == (500, {"error": "no model version is loaded yet"})
    assert unknown == 404
