"""`wine-classifier`: the served model. Looks features up, predicts, and says what it did with `ml.*` attributes."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

import numpy as np
from opentelemetry import trace

from pilotage.demo import wine
from pilotage.demo.clock import Clock
from pilotage.demo.incidents import ADDED_LATENCY_S, ERROR_SHARE, Kind, Schedule
from pilotage.demo.labels import LabelFeed, Prediction
from pilotage.demo.summary import Tally
from pilotage.demo.telemetry import Service, Value, record
from pilotage.demo.traffic import CLASSIFIER, rate_at
from pilotage.demo.web import BOUNDS, Document

LOOKUP_MEDIAN_S = 0.012  # at mean load
LOOKUP_SIGMA = 0.4
BASE_ERRORS = 0.003
ONLINE_WINDOW = 200  # labels


class FeatureStoreError(Exception):
    """The feature store did not answer."""


@dataclass(frozen=True, slots=True)
class Version:
    """A trained model and its version."""

    name: str
    model: wine.Classifier


def lookup_median_s(load: float) -> float:
    """Median time of a feature lookup at a load relative to the mean."""
    return LOOKUP_MEDIAN_S * (0.7 + 0.3 * load)


class ClassifierService:
    """The handler of `POST /predict`; `swap` puts a newly trained version in place between two requests."""

    def __init__(self, service: Service, clock: Clock, schedule: Schedule, seed: int) -> None:
        self.service = service
        self.tally = Tally(service)
        self.labels = LabelFeed(service, clock, seed, self._scored)
        self._clock = clock
        self._schedule = schedule
        self._seed = seed
        self._rng = np.random.default_rng([seed, 4])
        self._lock = threading.Lock()
        self._current: Version | None = None
        self._online: deque[bool] = deque(maxlen=ONLINE_WINDOW)
        meter = service.meter
        self._count = meter.create_counter("ml.inference.count", unit="{prediction}", description="Predictions made")
        self._errors = meter.create_counter("ml.inference.errors", unit="{prediction}", description="Predictions that failed")
        self._durations = meter.create_histogram(
            "ml.inference.duration", unit="s", description="Duration of a prediction", explicit_bucket_boundaries_advisory=BOUNDS
        )
        self._score = meter.create_gauge("ml.evaluation.score", unit="1", description="Score of a model on labelled data")

    @property
    def version(self) -> str:
        """The version that serves now."""
        return self._serving().name

    def swap(self, version: str, model: wine.Classifier) -> None:
        """Serve that version from the next request on."""
        with self._lock:
            self._current = Version(version, model)

    def predict(self, document: Document, weight: int) -> Document:
        """`{"features": {name: number}, "truth"?: class}` → `{"id", "class", "score", "version"}`."""
        begun = time.perf_counter()
        failed = True
        serving = self._serving()
        identity: dict[str, Value] = {"ml.model.name": wine.MODEL, "ml.model.version": serving.name, "ml.model.stage": "production"}
        try:
            with self.service.tracer.start_as_current_span(f"predict {wine.MODEL}", attributes=identity) as span:
                self._lookup()
                reply = self._infer(document, serving, span)
        except Exception as error:
            self._errors.add(weight, identity | {"error.type": type(error).__name__})
            raise
        else:
            failed = False
            self._count.add(weight, identity)
            return reply
        finally:
            taken = time.perf_counter() - begun
            record(self._durations, taken, weight, {"ml.model.name": wine.MODEL})
            self.tally.request(taken, weight, failed=failed)

    def _serving(self) -> Version:
        with self._lock:
            if self._current is None:
                raise RuntimeError("no model version is loaded yet")
            return self._current

    def _lookup(self) -> None:
        """The feature store's part of a request: where latency and error incidents really happen."""
        now = self._clock.now()
        with self.service.tracer.start_as_current_span(
            "feature-store get", kind=trace.SpanKind.CLIENT, attributes={"db.system.name": "featurestore", "db.operation.name": "get"}
        ):
            with self._lock:
                taken = self._rng.lognormal(np.log(lookup_median_s(rate_at(CLASSIFIER, self._seed, now) / CLASSIFIER.mean)), LOOKUP_SIGMA)
                dice = self._rng.random()
            if self._schedule.active(Kind.LATENCY, now):
                taken += ADDED_LATENCY_S
            time.sleep(taken)
            if dice < (ERROR_SHARE if self._schedule.active(Kind.ERRORS, now) else BASE_ERRORS):
                raise FeatureStoreError("feature store did not answer within its deadline")

    def _infer(self, document: Document, serving: Version, span: trace.Span) -> Document:
        features = document["features"]
        if not isinstance(features, dict):
            raise TypeError("features must be an object of numbers")
        row = np.array([float(features[name]) for name in wine.data().features])
        chances = serving.model.predict_proba(row.reshape(1, -1))[0]
        label = int(np.argmax(chances))
        name, score = wine.data().classes[label], float(chances[label])
        identifier = format(span.get_span_context().span_id, "016x")
        values: dict[str, Value] = {"ml.task": "classification", "ml.prediction.id": identifier}
        values |= {"ml.prediction.value": name, "ml.prediction.score": round(score, 6)}
        values |= {f"ml.feature.{key}": round(float(value), 4) for key, value in zip(wine.data().features, row, strict=True)}
        span.set_attributes(values)
        self.service.event(
            "ml.prediction",
            f"predicted {name} with score {score:.3f}",
            {k: v for k, v in values.items() if not k.startswith("ml.feature.")} | {"ml.model.version": serving.name},
        )
        self.tally.mean("feature_alcohol", float(row[0]))
        self.tally.mean("share_class_2", float(label == 2))
        truth = document.get("truth")
        if isinstance(truth, str):
            self.labels.push(Prediction(identifier, wine.MODEL, serving.name, name, truth, row, self._clock.now()))
        return {"id": identifier, "class": name, "score": score, "version": serving.name}

    def _scored(self, prediction: Prediction) -> None:
        """A label arrived: the rolling accuracy moves."""
        right = prediction.value == prediction.truth
        with self._lock:
            self._online.append(right)
            score = sum(self._online) / len(self._online)
        self.tally.mean("accuracy", float(right))
        self._score.set(score, {"ml.model.name": wine.MODEL, "ml.metric.name": "accuracy"})
