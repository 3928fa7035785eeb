"""`traffic`: the users. Real HTTP requests at the modelled rate of the demo clock, with trace context."""

from __future__ import annotations

import math
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from opentelemetry._logs import SeverityNumber

from pilotage.demo import ngram, wine
from pilotage.demo.clock import Clock
from pilotage.demo.incidents import Kind, Schedule
from pilotage.demo.telemetry import Service, Value
from pilotage.demo.traffic import ASSISTANT, CLASSIFIER, Shape, rate_at
from pilotage.demo.web import Document, call

SERVICE = "traffic"
CLASSIFIER_LIMIT = 8.0  # real requests a real second at most; above, one request stands for several
ASSISTANT_LIMIT = 2.0
IN_FLIGHT = 24


@dataclass(frozen=True, slots=True)
class Target:
    """Where one kind of user sends requests, and how many real ones a real second at most."""

    shape: Shape
    port: int
    path: str
    limit: float


def weigh(demo_rate: float, speed: float, limit: float) -> tuple[float, int]:
    """Real requests a real second, and how many modelled requests each stands for: their product is the modelled rate."""
    wanted = demo_rate * speed
    weight = max(1, math.ceil(wanted / limit))
    return wanted / weight, weight


class Callers:
    """Sends requests until told to stop; during an outage nobody calls."""

    def __init__(self, service: Service, clock: Clock, schedule: Schedule, seed: int) -> None:
        self._service = service
        self._clock = clock
        self._schedule = schedule
        self._seed = seed
        self._pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="caller")
        self._slots = threading.BoundedSemaphore(IN_FLIGHT)

    def run(self, target: Target, stop: threading.Event) -> None:
        """Poisson arrivals at the target's rate."""
        rng = np.random.default_rng([self._seed, 9, len(target.path)])
        while not stop.is_set():
            now = self._clock.now()
            real_rate, weight = weigh(rate_at(target.shape, self._seed, now), self._clock.speed, target.limit)
            # Looking again after a while keeps the arrivals on the shape when they are rare.
            gap = float(rng.exponential(1 / real_rate))
            pause = min(gap, 2.0)
            if stop.wait(pause) or pause < gap:
                continue
            if self._schedule.active(Kind.OUTAGE, self._clock.now()) or not self._slots.acquire(blocking=False):
                continue
            document = self.question(rng) if target.shape is ASSISTANT else self.case(rng)
            self._pool.submit(self._send, target, document, weight)

    def case(self, rng: np.random.Generator) -> Document:
        """A wine to classify, drawn from the world as it is now."""
        now = self._clock.now()
        drift, shift = self._schedule.active(Kind.DRIFT, now), self._schedule.active(Kind.LABEL_SHIFT, now)
        rows, truths = wine.draw(rng, 1, drift=drift, label_shift=shift)
        features = dict(zip(wine.data().features, (float(v) for v in rows[0]), strict=True))
        return {"features": features, "truth": wine.data().classes[int(truths[0])]}

    def question(self, rng: np.random.Generator) -> Document:
        """A question to the assistant."""
        return {
            "question": ngram.QUESTIONS[int(rng.integers(len(ngram.QUESTIONS)))],
            "conversation": f"c{int(rng.integers(1_000_000)):06d}",
        }

    def close(self) -> None:
        """Wait for the requests in flight."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _send(self, target: Target, document: Document, weight: int) -> None:
        begun = time.perf_counter()
        try:
            with self._service.tracer.start_as_current_span(f"ask {target.shape.service}"):
                status, _ = call(self._service, target.port, target.path, document, weight)
                if status >= 400:
                    taken = time.perf_counter() - begun
                    details: dict[str, Value] = {"http.response.status_code": status, "server.name": target.shape.service}
                    self._service.event(
                        "request.failed", f"{target.shape.service} answered {status} after {taken:.3f} s", details, SeverityNumber.WARN
                    )
        except OSError as error:
            self._service.event("request.failed", f"{target.shape.service} not reachable: {error}", {}, SeverityNumber.ERROR)
        finally:
            self._slots.release()


def targets(classifier_port: int, assistant_port: int) -> tuple[Target, Target]:
    """The two kinds of users."""
    return (
        Target(CLASSIFIER, classifier_port, "/predict", CLASSIFIER_LIMIT),
        Target(ASSISTANT, assistant_port, "/v1/chat", ASSISTANT_LIMIT),
    )
