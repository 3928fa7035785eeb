"""Which rows a look has to read so that every row is counted once, although streams load at their own pace and some not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Receipt is noted a moment before the spool begins a segment.
MARGIN_SECONDS = 2.0

Waiting = Mapping[str, tuple[str, float]]
"""Stream → its oldest segment not yet loaded: its token and when it was begun (epoch seconds)."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Read the rows received from `since` on; those from `late` on are read once more by the next look.

    `again` when rows that were counted before are among them: whole slots are then read and replaced.
    """

    since: float
    late: float
    again: bool


class Horizon:
    """Remembers how far everything was read. `plan`, read, then `read` with the plan; a look that failed is simply planned anew."""

    def __init__(self, since: float) -> None:
        self._since = since
        self._before: Waiting = {}
        self._stuck: dict[str, tuple[str, float]] = {}

    @property
    def since(self) -> float:
        """Everything received before was counted, but for streams that do not load."""
        return min([self._since, *(wall - MARGIN_SECONDS for _, wall in self._stuck.values())])

    def plan(self, now: float, waiting: Waiting, slot: float) -> Plan:
        """What to read at `now`, given what waits in the spool; `waiting` must be taken before the rows are read."""
        stuck = self._stuck_now(waiting)
        late = min([now, *(wall for stream, (_, wall) in waiting.items() if stream not in stuck)]) - MARGIN_SECONDS
        moved = [wall - MARGIN_SECONDS for stream, (_, wall) in self._stuck.items() if stream not in stuck]
        since = min([self._since, *moved])
        if since < self._since:
            return Plan(since // slot * slot, max(late, since), again=True)
        return Plan(since, max(late, since), again=False)

    def read(self, plan: Plan, waiting: Waiting) -> None:
        """The plan was carried out."""
        self._since, self._stuck, self._before = plan.late, self._stuck_now(waiting), dict(waiting)

    def _stuck_now(self, waiting: Waiting) -> dict[str, tuple[str, float]]:
        """Streams that have loaded nothing since the look before: they must not hold back the others."""
        return {stream: oldest for stream, oldest in waiting.items() if self._before.get(stream, ("",))[0] == oldest[0]}
