"""The demo's one clock: it runs `speed` times faster than the real one, from the present on or with the server's.

With a speed above 1 the telemetry's times run ahead of the wall clock; so do schedules of a server that runs at the same speed.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """Maps wall time to demo time: `demo = origin + (wall - origin) * speed`; all times are epoch nanoseconds."""

    speed: float = 1.0
    origin_ns: int = field(default_factory=time.time_ns)

    def at(self, wall_ns: int) -> int:
        """Demo time of a wall time."""
        if self.speed == 1.0:
            return wall_ns
        return self.origin_ns + round((wall_ns - self.origin_ns) * self.speed)

    def wall(self, demo_ns: int) -> int:
        """Wall time of a demo time."""
        return demo_ns if self.speed == 1.0 else self.origin_ns + round((demo_ns - self.origin_ns) / self.speed)

    def now(self) -> int:
        """Demo time of this moment."""
        return self.at(time.time_ns())

    def wall_seconds(self, demo_seconds: float) -> float:
        """How long a stretch of demo time takes in real seconds."""
        return demo_seconds / self.speed

    def demo_seconds(self, wall_seconds: float) -> float:
        """How much demo time passes in that many real seconds."""
        return wall_seconds * self.speed

    def wait_until(self, demo_ns: int, stop: threading.Event) -> bool:
        """Sleep until that demo time; False when `stop` was set first."""
        while (left := (demo_ns - self.now()) / SECOND_NS) > 0:
            if stop.wait(self.wall_seconds(left)):
                return False
        return not stop.is_set()


def shared(speed: float, there: tuple[float, float] | None) -> Clock:
    """The clock of a server that says (its time in epoch seconds, its speed), if it runs at the same speed; else one of our own."""
    if speed == 1.0 or there is None or there[1] != speed:
        return Clock(speed)
    wall = time.time_ns()
    return Clock(speed, round((there[0] * SECOND_NS - wall * speed) / (1 - speed)))


def text(demo_ns: int) -> str:
    """`2026-11-21 20:35` in UTC, for progress lines."""
    return datetime.fromtimestamp(demo_ns / SECOND_NS, UTC).strftime("%Y-%m-%d %H:%M")


def version(demo_ns: int) -> str:
    """The version a model trained at that time gets: `20261121.2035`; it grows with time, so history and live agree."""
    return datetime.fromtimestamp(demo_ns / SECOND_NS, UTC).strftime("%Y%m%d.%H%M")
