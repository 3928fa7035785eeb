"""How often a source usually sends, learnt so that neither one outage nor a few quiet spells mislead, and how long its silence may last."""

from __future__ import annotations

from bisect import insort
from collections import deque
from dataclasses import dataclass

DAY = 86_400.0
RECENT = 15
LONGEST = 8


@dataclass(frozen=True, slots=True)
class Patience:
    """When a pause is silence: after `least` seconds, `usual` times the usual gap and `rare` times the third-longest gap of the last day.

    A source has a rhythm once `gaps` gaps are known. Times are rounded to slots of `slot` seconds, as often as the rows are read.
    """

    slot: float = 10.0
    least: float = 35.0
    usual: float = 3.0
    rare: float = 1.5
    gaps: int = 5


class Rhythm:
    """The gaps between the slots in which a source sent something."""

    __slots__ = ("_last", "_longest", "_patience", "_recent")

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._recent: deque[float] = deque(maxlen=RECENT)
        # (length, when it ended), ascending.
        self._longest: list[tuple[float, float]] = []
        self._last: int | None = None

    def sent(self, slot: int) -> None:
        """The source sent something in `slot`; a slot before one that is known tells nothing new."""
        if self._last is not None and slot > self._last:
            gap = (slot - self._last) * self._patience.slot
            now = slot * self._patience.slot
            self._recent.append(gap)
            self._longest = [each for each in self._longest if now - each[1] < DAY]
            insort(self._longest, (gap, now))
            del self._longest[:-LONGEST]
        if self._last is None or slot > self._last:
            self._last = slot

    def usual_gap(self) -> float | None:
        """The median of the last gaps in seconds, or None before the rhythm is known."""
        return sorted(self._recent)[len(self._recent) // 2] if len(self._recent) >= self._patience.gaps else None

    def limit(self) -> float | None:
        """Seconds without a row after which the source counts as silent, or None before the rhythm is known."""
        usual = self.usual_gap()
        if usual is None:
            return None
        third = self._longest[-3][0] if len(self._longest) >= 3 else 0.0
        return max(self._patience.least, self._patience.usual * usual, self._patience.rare * third)

    def kept(self) -> tuple[int | None, list[float], list[tuple[float, float]]]:
        """Everything known, for `restore`."""
        return self._last, list(self._recent), self._longest

    def restore(self, last: int | None, recent: list[float], longest: list[tuple[float, float]]) -> None:
        """Take over what `kept` gave."""
        self._last = last
        self._recent.extend(recent)
        self._longest = sorted(longest)
