"""The clock of everything that is scheduled: real time, time that runs faster for development, or time that a test moves by hand."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pilotage.model.problem import fail

FASTEST = 3600.0


class Clock(Protocol):
    """Epoch seconds, and waiting for them."""

    @property
    def speed(self) -> float:
        """Seconds of this clock in a real second."""
        ...

    def now(self) -> float:
        """The time."""
        ...

    def sleep_until(self, moment: float, stop: threading.Event) -> bool:
        """Wait for a time; False when `stop` was set first."""
        ...


@dataclass(frozen=True, slots=True)
class RunningClock:
    """`origin + (real - origin) * speed`: the real time at speed 1, ahead of it otherwise."""

    speed: float = 1.0
    origin: float = field(default_factory=time.time)

    def now(self) -> float:
        """The time."""
        real = time.time()
        return real if self.speed == 1.0 else self.origin + (real - self.origin) * self.speed

    def sleep_until(self, moment: float, stop: threading.Event) -> bool:
        """Wait for a time; False when `stop` was set first."""
        while (left := moment - self.now()) > 0:
            if stop.wait(min(left / self.speed, 3600.0)):
                return False
        return not stop.is_set()


class HeldClock:
    """Stands still until `advance`: for tests, which then need not sleep."""

    def __init__(self, now: float) -> None:
        self._now = now
        self._moved = threading.Condition()

    @property
    def speed(self) -> float:
        """Moving it by hand is neither fast nor slow."""
        return 1.0

    def now(self) -> float:
        """The time."""
        with self._moved:
            return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass, and wake who waits for it."""
        with self._moved:
            self._now += seconds
            self._moved.notify_all()

    def sleep_until(self, moment: float, stop: threading.Event) -> bool:
        """Wait for a time; False when `stop` was set first."""
        with self._moved:
            while self._now < moment and not stop.is_set():
                self._moved.wait(0.05)
        return not stop.is_set()


def open_clock(data: Path, speed: float) -> RunningClock:
    """The clock of a server. A fast one goes on from where its data directory's last run began, so that time never runs backwards.

    Raises `bad-speed`.
    """
    if not 0 < speed <= FASTEST:
        raise fail("bad-speed", f"the speed is {speed:g}, must be above 0 and at most {FASTEST:g}")
    if speed == 1.0:
        return RunningClock()
    path = data / "clock.json"
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        before = RunningClock(float(kept["speed"]), float(kept["origin"])).now()
    except (OSError, ValueError, KeyError, TypeError):
        before = 0.0
    real = time.time()
    # `origin + (real - origin) * speed` is to be no earlier than what the last run has reached.
    origin = real if speed < 1.0 or before <= real else real - (before - real) / (speed - 1.0)
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps({"speed": speed, "origin": origin}), encoding="utf-8")
    draft.replace(path)
    return RunningClock(speed, origin)
