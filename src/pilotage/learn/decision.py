"""From unusual slices to an alert: so many of the last slices, or one so extreme that it needs no second."""

from __future__ import annotations

from typing import Any

import numpy as np

from pilotage.learn.compile import kernel
from pilotage.learn.contract import Floats
from pilotage.learn.series import Flags

ESCAPE_SCORE = 6.0
# For six hours after an alert a slice must be ten times rarer to be unusual: what was learnt during an incident looks odd after it.
AFTERWARDS_S = 6 * 3600
AFTERWARDS_SCORE = 1.0
POSITION, QUIET, RING = 0, 1, 2


def start(window: int) -> Floats:
    """The state before the first slice."""
    state = np.zeros(RING + window)
    state[QUIET] = np.inf
    return state


@kernel
def vote(unusual: Any, extreme: Flags, state: Floats, settings: Any, alerting: Flags) -> Flags:
    """Decide slice by slice; `state` is the ring of unusual slices and the slices since the last alert.

    `unusual[2, n]` by the ordinary and by the wider band, `extreme[n]` those that need no second; `settings` are window, slices needed, and
    for how many slices the wider band is in force after an alert. Fills `alerting`; returns where the wider band was in force.
    """
    window, needed, afterwards = settings
    wider = np.zeros(extreme.size, np.bool_)
    for t in range(extreme.size):
        wider[t] = 1.0 <= state[QUIET] <= afterwards
        odd = unusual[1, t] if wider[t] else unusual[0, t]
        position = int(state[POSITION])
        state[RING + position] = 1.0 if odd else 0.0
        state[POSITION] = (position + 1) % window
        count = 0.0
        for i in range(window):
            count += state[RING + i]
        alerting[t] = count >= needed or (odd and extreme[t])
        state[QUIET] = 0.0 if alerting[t] else state[QUIET] + 1.0
    return wider
