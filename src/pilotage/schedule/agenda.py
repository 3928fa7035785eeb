"""What is due when: tasks aligned to slices of time, spread a little so that thousands do not start in the same second."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
SPREAD = 0.2
MOST_SPREAD_S = 60.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """A task after every `period` seconds of the epoch, `delay` seconds later so that late data are in."""

    period: int
    delay: float = 0.0

    def shift(self, key: Hashable) -> float:
        """The task's own share of the spread: the same in every run."""
        return (zlib.crc32(repr(key).encode()) % 1000) / 1000 * min(MOST_SPREAD_S, SPREAD * self.period)

    def reached(self, now: float, key: Hashable) -> int:
        """The end of the last slice that may be looked at."""
        return int((now - self.delay - self.shift(key)) // self.period) * self.period

    def due(self, after: int, key: Hashable) -> float:
        """When the slice that ends one period after `after` is due."""
        return after + self.period + self.delay + self.shift(key)


@dataclass(frozen=True, slots=True)
class Due(Generic[K]):
    """A task to run now: everything up to `end`; it has been due since `since`."""

    key: K
    end: int
    since: float


class Agenda(Generic[K]):
    """The tasks and when each is next due. Not thread-safe: one thread owns it. Each task runs once at a time."""

    def __init__(self) -> None:
        self._rhythms: dict[K, Rhythm] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._turn = 0
        self._entry: dict[K, int] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._rhythms

    def __len__(self) -> int:
        return len(self._rhythms)

    def keys(self) -> list[K]:
        """Every task."""
        return list(self._rhythms)

    def add(self, key: K, rhythm: Rhythm, now: float) -> None:
        """Plan a task; a new one is due at once, for the slice that ended last."""
        self._rhythms[key] = rhythm
        self._push(key, now)

    def remove(self, key: K) -> None:
        """Forget a task."""
        self._rhythms.pop(key, None)
        self._entry.pop(key, None)

    def take(self, now: float) -> list[Due[K]]:
        """The tasks that are due, longest due first; each comes back by `done` or `again`."""
        found: list[Due[K]] = []
        while self._heap and self._heap[0][0] <= now:
            since, turn, key = heapq.heappop(self._heap)
            if self._entry.get(key) == turn:
                del self._entry[key]
                found.append(Due(key, self._rhythms[key].reached(now, key), since))
        return found

    def done(self, key: K, end: int) -> None:
        """The task has run up to `end`: it is due for the slice after."""
        if key in self._rhythms:
            self._push(key, self._rhythms[key].due(end, key))

    def slow(self, key: K, rhythm: Rhythm) -> None:
        """Give a task another rhythm from its next turn on."""
        if key in self._rhythms:
            self._rhythms[key] = rhythm

    def again(self, key: K, moment: float) -> None:
        """The task failed, or waits for something: try it at that time."""
        if key in self._rhythms:
            self._push(key, moment)

    def next(self) -> float | None:
        """When the next task is due; None without tasks."""
        while self._heap and self._entry.get(self._heap[0][2]) != self._heap[0][1]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _push(self, key: K, moment: float) -> None:
        self._turn += 1
        self._entry[key] = self._turn
        heapq.heappush(self._heap, (moment, self._turn, key))
