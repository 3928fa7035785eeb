"""`diabetes-regression`: a tabular batch job. Every five demo minutes it scores the rows that came in, truth follows later."""

from __future__ import annotations

import threading
import time
from collections import deque

import numpy as np
from opentelemetry._logs import SeverityNumber
from opentelemetry.trace import Status, StatusCode

from pilotage.demo import diabetes
from pilotage.demo.clock import SECOND_NS, Clock
from pilotage.demo.incidents import Kind, Schedule
from pilotage.demo.labels import LabelFeed, Prediction
from pilotage.demo.summary import Tally
from pilotage.demo.telemetry import Service, Value, record
from pilotage.demo.traffic import REGRESSION, SLICE_S, rate_at
from pilotage.demo.web import BOUNDS

ROWS = 60  # real rows a batch at most; beyond, a row stands for several
BAD_ROWS = 0.004
ONLINE_WINDOW = 200
LOAD_MEDIAN_S = 0.05
LOAD_SIGMA = 0.3


class RegressionJob:
    """Runs batches on the demo clock; `swap` puts a newly trained version in place between two of them."""

    def __init__(self, service: Service, clock: Clock, schedule: Schedule, seed: int) -> None:
        self.service = service
        self.tally = Tally(service)
        self.labels = LabelFeed(service, clock, seed + 1, self._scored)
        self._clock = clock
        self._schedule = schedule
        self._seed = seed
        self._rng = np.random.default_rng([seed, 5])
        self._lock = threading.Lock()
        self._current: tuple[str, diabetes.Regression] | None = None
        self._online: deque[float] = deque(maxlen=ONLINE_WINDOW)
        meter = service.meter
        self._count = meter.create_counter("ml.inference.count", unit="{prediction}", description="Predictions made")
        self._errors = meter.create_counter("ml.inference.errors", unit="{prediction}", description="Predictions that failed")
        self._durations = meter.create_histogram(
            "ml.inference.duration", unit="s", description="Duration of a batch", explicit_bucket_boundaries_advisory=BOUNDS
        )
        self._score = meter.create_gauge("ml.evaluation.score", unit="1", description="Score of a model on labelled data")

    def swap(self, version: str, model: diabetes.Regression) -> None:
        """Score with that version from the next batch on."""
        with self._lock:
            self._current = (version, model)

    def run(self, stop: threading.Event) -> None:
        """A batch at each slice boundary until `stop`; on a very fast clock about one a real second, as large as the time it covers."""
        window_s = SLICE_S * max(1, round(self._clock.demo_seconds(1.0) / SLICE_S))
        window_ns = window_s * SECOND_NS
        boundary = (self._clock.now() // window_ns + 1) * window_ns
        while self._clock.wait_until(boundary, stop):
            now = self._clock.now()
            if not self._schedule.active(Kind.OUTAGE, now):
                self.batch(int(self._rng.poisson(rate_at(REGRESSION, self._seed, now) * window_s)))
            boundary = (self._clock.now() // window_ns + 1) * window_ns

    def batch(self, wanted: int) -> int:
        """Score a batch that stands for `wanted` rows; how many rows it really had."""
        if wanted <= 0:
            return 0
        with self._lock:
            if self._current is None:
                raise RuntimeError("no model version is loaded yet")
            version, model = self._current
        weight = -(-wanted // ROWS)
        size = max(1, round(wanted / weight))
        begun = time.perf_counter()
        attributes: dict[str, Value] = {
            "ml.model.name": diabetes.MODEL,
            "ml.model.version": version,
            "ml.model.stage": "production",
            "ml.task": "regression",
            "ml.batch.size": size,
            "ml.dataset.name": diabetes.DATASET,
        }
        failed = 0
        with self.service.tracer.start_as_current_span(f"batch {diabetes.MODEL}", attributes=attributes) as span:
            with self.service.tracer.start_as_current_span("load rows"):
                rows, truths = diabetes.draw(self._rng, size)
                rows[self._rng.random(size) < BAD_ROWS, 2] = np.nan  # now and then a row comes without its `bmi`
                time.sleep(self._rng.lognormal(np.log(LOAD_MEDIAN_S), LOAD_SIGMA))
            with self.service.tracer.start_as_current_span("predict", attributes=attributes):
                for number in range(size):
                    failed += not self._row(rows[number], float(truths[number]), version, model)
            if failed:
                span.set_status(Status(StatusCode.ERROR, f"{failed} of {size} rows could not be scored"))
            taken = time.perf_counter() - begun
            record(self._durations, taken, 1, {"ml.model.name": diabetes.MODEL})
        identity: dict[str, Value] = {key: attributes[key] for key in ("ml.model.name", "ml.model.version", "ml.model.stage")}
        self._count.add((size - failed) * weight, identity)
        if failed:
            self._errors.add(failed * weight, identity | {"error.type": "ValueError"})
        for number in range(size):
            self.tally.request(taken, weight, failed=number < failed)
        return size

    def _row(self, row: diabetes.Matrix, truth: float, version: str, model: diabetes.Regression) -> bool:
        identifier = format(int(self._rng.integers(1, 2**63)), "016x")
        values: dict[str, Value] = {"ml.prediction.id": identifier, "ml.model.name": diabetes.MODEL, "ml.model.version": version}
        try:
            predicted = float(model.predict(row.reshape(1, -1))[0])
        except ValueError as error:
            details = values | {"exception.type": "ValueError", "exception.message": str(error).partition("\n")[0]}
            self.service.event("exception", f"row {identifier} could not be scored", details, SeverityNumber.ERROR)
            return False
        values |= {"ml.task": "regression", "ml.prediction.value": round(predicted, 4)}
        values |= {f"ml.feature.{key}": round(float(value), 4) for key, value in zip(diabetes.data().features, row, strict=True)}
        self.service.event("ml.prediction", f"predicted {predicted:.1f}", values)
        self.tally.mean("prediction", predicted)
        self.labels.push(Prediction(identifier, diabetes.MODEL, version, predicted, truth, row, self._clock.now()))
        return True

    def _scored(self, prediction: Prediction) -> None:
        """A label arrived: the rolling error moves."""
        error = abs(float(prediction.value) - float(prediction.truth))
        with self._lock:
            self._online.append(error)
            score = sum(self._online) / len(self._online)
        self.tally.mean("mae", error)
        self._score.set(score, {"ml.model.name": diabetes.MODEL, "ml.metric.name": "mae"})
