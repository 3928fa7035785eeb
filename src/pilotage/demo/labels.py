"""The truth that arrives later: each prediction's label comes as a log event minutes after it, with the same prediction id."""

from __future__ import annotations

import heapq
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pilotage.demo.clock import SECOND_NS, Clock
from pilotage.demo.telemetry import Service, Value

EVENT = "ml.label"
ARRIVING = 0.9  # the rest never gets a label
EARLIEST_S = 60.0
MEAN_S = 300.0
PENDING = 50_000


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer of a model whose truth is not known yet."""

    id: str
    model: str
    version: str
    value: str | float
    truth: str | float
    features: NDArray[np.float64]
    made_ns: int


@dataclass(order=True, slots=True)
class _Due:
    time_ns: int
    number: int
    prediction: Prediction = field(compare=False)


class LabelFeed:
    """Holds one service's predictions back until their truth is due; keeps the latest labelled rows for retraining."""

    def __init__(self, service: Service, clock: Clock, seed: int, scored: Callable[[Prediction], None]) -> None:
        self._service = service
        self._clock = clock
        self._rng = np.random.default_rng([seed, 3])
        self._scored = scored
        self._lock = threading.Lock()
        self._due: list[_Due] = []
        self._number = 0
        self._labelled: deque[Prediction] = deque(maxlen=400)

    def push(self, prediction: Prediction) -> None:
        """Queue a prediction; nine in ten get their label after one to some fifteen demo minutes."""
        with self._lock:
            if len(self._due) >= PENDING or self._rng.random() > ARRIVING:
                return
            delay = EARLIEST_S + self._rng.exponential(MEAN_S)
            self._number += 1
            heapq.heappush(self._due, _Due(prediction.made_ns + round(delay * SECOND_NS), self._number, prediction))

    def labelled(self, limit: int) -> list[Prediction]:
        """The newest predictions whose truth has arrived."""
        with self._lock:
            return list(self._labelled)[-limit:]

    def deliver(self) -> int:
        """Emit every label that is due; how many."""
        ready = []
        now = self._clock.now()
        with self._lock:
            while self._due and self._due[0].time_ns <= now:
                ready.append(heapq.heappop(self._due).prediction)
            self._labelled.extend(ready)
        for prediction in ready:
            values: dict[str, Value] = {
                "ml.prediction.id": prediction.id,
                "ml.model.name": prediction.model,
                "ml.model.version": prediction.version,
                "ml.prediction.value": prediction.value,
                "ml.label": prediction.truth,
                "ml.label.time": now // SECOND_NS,
            }
            self._service.event(EVENT, f"label {prediction.truth} for prediction {prediction.id}", values)
            self._scored(prediction)
        return len(ready)

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop`, about twice a real second."""
        while not stop.wait(0.5):
            self.deliver()
