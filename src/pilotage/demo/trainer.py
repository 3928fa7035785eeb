"""`trainer`: refits both models every demo hour on base data and newly labelled rows, evaluates, and deploys a new version."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotage.demo import diabetes, wine
from pilotage.demo.classifier import ClassifierService
from pilotage.demo.clock import Clock, version
from pilotage.demo.labels import Prediction
from pilotage.demo.regression import RegressionJob
from pilotage.demo.telemetry import Service, Value
from pilotage.demo.traffic import HOUR_NS
from pilotage.demo.web import BOUNDS

SERVICE = "trainer"
DEPLOY = "deploy"
RECENT = 300
EVALUATION_ROWS = 500
FASTEST_S = 5.0  # real seconds between two trainings at least, whatever the clock's speed


@dataclass(frozen=True, slots=True)
class _Fitted:
    """A trained candidate: how to evaluate it and how to put it into service."""

    rows: int
    scores: Callable[[], Mapping[str, float]]
    deploy: Callable[[str], None]


def rows_of(labelled: list[Prediction], width: int) -> NDArray[np.float64]:
    """Feature rows `(n, width)` of labelled predictions."""
    return np.array([p.features for p in labelled], dtype=np.float64).reshape(len(labelled), width)


class Trainer:
    """Trains on a schedule; every run is a trace with the steps load, fit, evaluate, deploy."""

    def __init__(self, service: Service, clock: Clock, seed: int, targets: tuple[ClassifierService, RegressionJob]) -> None:
        self._service = service
        self._clock = clock
        self._rng = np.random.default_rng([seed, 6])
        self._classifier, self._regression = targets
        self._durations = service.meter.create_histogram(
            "ml.training.duration", unit="s", description="Duration of a training run", explicit_bucket_boundaries_advisory=BOUNDS
        )
        self._score = service.meter.create_gauge("ml.evaluation.score", unit="1", description="Score of a model on held-out data")

    def run(self, stop: threading.Event) -> None:
        """Retrain at every full demo hour until `stop`."""
        step = HOUR_NS * max(1, round(self._clock.demo_seconds(FASTEST_S) / 3600))
        boundary = (self._clock.now() // step + 1) * step
        while self._clock.wait_until(boundary, stop):
            self.train()
            boundary = (self._clock.now() // step + 1) * step

    def train(self) -> str:
        """One run for both models; the version it deployed."""
        name = version(self._clock.now())
        self._train(wine.MODEL, wine.DATASET, name, self._fit_wine)
        self._train(diabetes.MODEL, diabetes.DATASET, name, self._fit_diabetes)
        return name

    def _train(self, model: str, dataset: str, name: str, fit: Callable[[], _Fitted]) -> None:
        begun = time.perf_counter()
        identity: dict[str, Value] = {"ml.model.name": model, "ml.model.version": name, "ml.dataset.name": dataset}
        with self._service.tracer.start_as_current_span(f"train {model}", attributes=identity) as span:
            run = format(span.get_span_context().trace_id, "032x")[:12]
            span.set_attribute("ml.run.id", run)
            with self._service.tracer.start_as_current_span("fit") as step:
                fitted = fit()
                step.set_attribute("ml.batch.size", fitted.rows)
            with self._service.tracer.start_as_current_span("evaluate") as step:
                scores = fitted.scores()
                step.set_attributes({f"ml.evaluation.{metric}": round(value, 6) for metric, value in scores.items()})
            for metric, value in scores.items():
                self._score.set(value, {"ml.model.name": model, "ml.model.version": name, "ml.metric.name": metric})
            with self._service.tracer.start_as_current_span("deploy"):
                fitted.deploy(name)
            shown = {f"ml.evaluation.{metric}": round(value, 6) for metric, value in scores.items()}
            self._service.event(DEPLOY, body(model, name, shown), {**identity, **shown, "ml.run.id": run})
            self._durations.record(time.perf_counter() - begun, {"ml.model.name": model})

    def _fit_wine(self) -> _Fitted:
        labelled = self._classifier.labels.labelled(RECENT)
        rows = rows_of(labelled, len(wine.data().features))
        truths = np.array([wine.data().classes.index(str(p.truth)) for p in labelled], dtype=np.int64)
        model = wine.fit(self._rng, rows, truths)
        held_rows, held_truths = wine.draw(self._rng, EVALUATION_ROWS)
        return _Fitted(
            len(rows) + 3 * len(wine.data().train_rows),
            lambda: wine.evaluate(model, held_rows, held_truths),
            lambda name: self._classifier.swap(name, model),
        )

    def _fit_diabetes(self) -> _Fitted:
        labelled = self._regression.labels.labelled(RECENT)
        rows = rows_of(labelled, len(diabetes.data().features))
        model = diabetes.fit(self._rng, rows, np.array([float(p.truth) for p in labelled]))
        held_rows, held_values = diabetes.draw(self._rng, EVALUATION_ROWS)
        return _Fitted(
            len(rows) + len(diabetes.data().train_rows),
            lambda: diabetes.evaluate(model, held_rows, held_values),
            lambda name: self._regression.swap(name, model),
        )


def body(model: str, name: str, scores: Mapping[str, Value]) -> str:
    """The text of a deploy event."""
    return f"deployed {model} version {name} " + " ".join(f"{key}={value}" for key, value in scores.items())
