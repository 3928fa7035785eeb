"""One log event a service and five-minute slice: requests, errors, durations and what the service itself adds."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from pilotage.demo.clock import SECOND_NS, Clock
from pilotage.demo.telemetry import Service, Value
from pilotage.demo.traffic import SLICE_S

EVENT = "traffic.summary"
LAST_NS = 1_000_000
"""How long before the end of its slice a summary's time lies: a slice's summary belongs to the slice."""


@dataclass(slots=True)
class _Slice:
    requests: int = 0
    errors: int = 0
    durations: list[float] = field(default_factory=list)
    sums: dict[str, float] = field(default_factory=dict)
    means: dict[str, tuple[float, int]] = field(default_factory=dict)


def body(service: str, values: Mapping[str, Value]) -> str:
    """The event's text, `key=value` so that it can be parsed at query time."""
    return f"{service} summary " + " ".join(f"{key}={value}" for key, value in values.items())


class Tally:
    """Counts one service's requests; thread-safe."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._slice = _Slice()
        self.requests = 0
        self.errors = 0

    def request(self, duration_s: float, weight: int, *, failed: bool) -> None:
        """One real request that stands for `weight`."""
        with self._lock:
            self.requests += weight
            self.errors += weight * failed
            self._slice.requests += weight
            self._slice.errors += weight * failed
            self._slice.durations.append(duration_s)

    def add(self, name: str, amount: float) -> None:
        """Add to a sum of the slice."""
        with self._lock:
            self._slice.sums[name] = self._slice.sums.get(name, 0.0) + amount

    def mean(self, name: str, value: float) -> None:
        """Contribute to a mean of the slice."""
        with self._lock:
            total, count = self._slice.means.get(name, (0.0, 0))
            self._slice.means[name] = (total + value, count + 1)

    def flush(self, window_s: int, wall_ns: int | None = None) -> None:
        """Emit the slice's event, of that wall time, and begin the next one; a slice without requests stays silent."""
        with self._lock:
            done, self._slice = self._slice, _Slice()
        if not done.requests:
            return
        values: dict[str, Value] = {
            "window_s": window_s,
            "requests": done.requests,
            "errors": done.errors,
            "duration_mean": round(float(np.mean(done.durations)), 6),
            "duration_p95": round(float(np.quantile(done.durations, 0.95)), 6),
        }
        values |= {name: round(total, 6) for name, total in done.sums.items()}
        values |= {name: round(total / count, 6) for name, (total, count) in done.means.items()}
        self._service.event(EVENT, body(self._service.name, values), values, wall_ns=wall_ns)


def run(tallies: tuple[Tally, ...], clock: Clock, stop: threading.Event) -> None:
    """Flush at every slice boundary until `stop`; on a very fast clock at most about once a real second."""
    window_s = SLICE_S * max(1, round(clock.demo_seconds(1.0) / SLICE_S))
    window_ns = window_s * SECOND_NS
    boundary = (clock.now() // window_ns + 1) * window_ns
    while clock.wait_until(boundary, stop):
        for tally in tallies:
            tally.flush(window_s, clock.wall(boundary - LAST_NS))
        boundary = (clock.now() // window_ns + 1) * window_ns
