"""From unusual slices to an alert: so many of the last slices, or one so extreme that it needs no second."""

from __future__ import annotations

from pilotage.learn.compile import kernel
from pilotage.learn.contract import Floats
from pilotage.learn.series import Flags

ESCAPE_SCORE = 6.0
POSITION, RING = 0, 1


@kernel
def vote(unusual: Flags, state: Floats, window: int, needed: int, alerting: Flags) -> None:
    """`alerting` where at least `needed` of the last `window` slices, this one included, are unusual; `state` is the ring of them."""
    for t in range(unusual.size):
        position = int(state[POSITION])
        state[RING + position] = 1.0 if unusual[t] else 0.0
        state[POSITION] = (position + 1) % window
        count = 0.0
        for i in range(window):
            count += state[RING + i]
        alerting[t] = count >= needed
