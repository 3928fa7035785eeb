"""What `pilotage demo` was asked for."""

from __future__ import annotations

from dataclasses import dataclass

DAY_S = 86_400
FASTEST = 3600.0


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a run.

    `speed` is demo seconds a real second (0 < speed ≤ 3600), `backfill_s` seconds of history on first start (0 = none),
    `incidents` texts `NAME[@offset]`, `duration_s` real seconds of live traffic, None = until stopped.
    """

    url: str = "http://127.0.0.1:4318"
    token: str | None = None
    speed: float = 1.0
    seed: int = 7
    backfill_s: int = 60 * DAY_S
    incidents: tuple[str, ...] = ()
    duration_s: float | None = None

    def check(self) -> None:
        """ValueError for numbers that make no sense."""
        if not 0 < self.speed <= FASTEST:
            raise ValueError(f"speed {self.speed:g} is not above 0 and at most {FASTEST:g}")
        if self.seed < 0 or self.backfill_s < 0:
            raise ValueError("seed and backfill cannot be negative")
