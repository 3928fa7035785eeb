"""Kinds of log text: what is left of a text without its numbers and identifiers, and the judge that tells of a kind never seen before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pilotage.learn.detection import Verdicts
from pilotage.model.problem import fail
from pilotage.watch.monitors import Monitor

SIGNATURE = (
    r'eval signature=replace(replace(_raw, "[0-9a-fA-F]{8,}(-[0-9a-fA-F]{4,})*", "*"), "\d+(\.\d+)?", "*")'
    r" | stats count as events by signature"
)
"""SPL behind a search for events: each kind of text and how many events have it."""
NEW_FOR_S = 3600


def counted(monitor: Monitor) -> str:
    """The query of a pattern monitor with its events counted by kind. Raises `bad-monitor` for another language than SPL."""
    if monitor.language != "spl":
        raise fail("bad-monitor", "a pattern monitor is written in SPL", hint="write a search for events, such as `index=main service=web`")
    return f"{monitor.query} | {SIGNATURE}"


class FirstSeen:
    """Judges one kind of text: unusual for an hour from when it is first seen, usual if history has it."""

    def __init__(self, *, known: bool) -> None:
        self._until: int | None = 0 if known else None

    @property
    def state(self) -> str:
        """There is nothing to learn."""
        return "ok"

    @property
    def reason(self) -> str:
        """None."""
        return ""

    def advance(self, times: NDArray[np.int64], values: NDArray[np.float64]) -> Verdicts:
        """Critical where a new kind of text has events."""
        there = np.nan_to_num(values) > 0
        if self._until is None and there.any():
            self._until = int(times[np.flatnonzero(there)[0]]) + NEW_FOR_S
        new = there & (times < (self._until or 0))
        none = np.full(times.size, np.nan)
        expected = np.where(new, 0.0, np.nan)
        level = np.where(new, 2, 0).astype(np.int8)
        return Verdicts(times, values, expected, none, expected, np.where(new, 10.0, 0.0), new, new, level, np.full(times.size, "ok"))

    def to_bytes(self) -> None:
        """Nothing: the store still has the events."""
        return
