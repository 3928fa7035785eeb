"""Items of one source by slot of time, over the last hour: counts that may be read again and replaced, and the rates made of them."""

from __future__ import annotations

from array import array

HOUR = 3600.0
MOST_SLOTS = 720


class Slots:
    """A ring of counts; slot n covers the times n · `width` to (n + 1) · `width` seconds. At most 720 slots are kept."""

    __slots__ = ("_counts", "_newest", "width")

    def __init__(self, width: float) -> None:
        self.width = width
        self._counts = array("I", [0] * min(int(HOUR / width) + 1, MOST_SLOTS))
        self._newest = -1

    def _holds(self, number: int) -> bool:
        return self._newest - len(self._counts) < number <= self._newest

    def replace(self, number: int, count: int) -> int:
        """Set the count of slot `number`; returns by how much it grew. A slot older than the ring counts as new and is not kept."""
        if number > self._newest:
            gone = min(number - self._newest, len(self._counts))
            for each in range(number - gone + 1, number + 1):
                self._counts[each % len(self._counts)] = 0
            self._newest = number
        if not self._holds(number):
            return count
        place = number % len(self._counts)
        grown = count - self._counts[place]
        self._counts[place] = max(count, 0)
        return grown

    def add(self, number: int, count: int) -> None:
        """Count `count` more items in slot `number`."""
        held = self._counts[number % len(self._counts)] if self._holds(number) else 0
        self.replace(number, held + count)

    def rate(self, now: float, seconds: float) -> float:
        """Items a second from the slot that begins in the last `seconds` before `now` up to `now`."""
        length = max(2, min(round(seconds / self.width), len(self._counts)))
        newest = int(now / self.width)
        first = max(newest - length + 1, 0)
        counted = sum(self._counts[n % len(self._counts)] for n in range(first, newest + 1) if self._holds(n))
        return counted / (now - first * self.width)

    def kept(self) -> list[tuple[int, int]]:
        """(slot, count) of every slot that holds anything, oldest first."""
        numbers = range(max(self._newest - len(self._counts) + 1, 0), self._newest + 1)
        return [(n, count) for n in numbers if (count := self._counts[n % len(self._counts)])]
