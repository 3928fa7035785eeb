"""One source under watch: what came when, what it usually does, and its state. Pure: the clock is an argument."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotage.api.sources.report import Source, SourceState
from pilotage.api.sources.rhythm import Patience, Rhythm
from pilotage.api.sources.slots import Slots

if TYPE_CHECKING:
    from pilotage.store.arrivals import Arrival, Origin

NEW_SECONDS = 60.0
# A sender of old events is an import, which is expected to end.
IMPORT_LAG_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class View:
    """What is known of a table at a moment, times in epoch seconds.

    `now` is when the rows were read, `awake` since when the watch sees without a pause; every row received before `complete` was read.
    `stalled` says which stream that loads into the table does not load, and why, or is None.
    """

    now: float
    awake: float
    complete: float
    stalled: str | None = None


@dataclass(slots=True)
class Tracked:
    """A source and its past. `provisional` are the rows of each slot that will be read once more."""

    origin: Origin
    patience: Patience
    first_seen: float
    last_seen: float = 0.0
    total: int = 0
    lag_p50: float | None = None
    lag_max: float | None = None
    state: SourceState = "new"
    reason: str | None = None
    since: float = 0.0
    slots: Slots = field(init=False)
    rhythm: Rhythm = field(init=False)
    provisional: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.slots = Slots(self.patience.slot)
        self.rhythm = Rhythm(self.patience)
        self.since = self.since or self.first_seen

    @property
    def id(self) -> str:
        """Stable for ever: made of the names."""
        return name_of(tuple(self.origin.names().values()))

    def arrived(self, found: list[Arrival], *, again: bool) -> None:
        """Rows of this source in one window; `again` when whole slots were read that may have been counted before."""
        provisional: dict[int, int] = {}
        for each in sorted(found, key=lambda a: a.slot):
            if again:
                grown = self.slots.replace(each.slot, each.rows)
            else:
                grown = each.rows - self.provisional.get(each.slot, 0)
                self.slots.add(each.slot, grown)
            self.total += grown
            if each.late:
                provisional[each.slot] = each.late
            self.rhythm.sent(each.slot)
            self.last_seen = max(self.last_seen, each.last)
            self.lag_p50 = self.lag_p50 if each.lag_p50 is None else each.lag_p50
        self.lag_max = max((each.lag_max for each in found if each.lag_max is not None), default=self.lag_max)
        self.provisional = provisional

    def judge(self, view: View) -> SourceState | None:
        """Decide the state; the one before when it has changed, else None."""
        before = self.state
        self.state, self.reason = self._decide(view)
        if self.state == before:
            return None
        self.since = view.now
        return before

    def _decide(self, view: View) -> tuple[SourceState, str | None]:
        limit = self.silent_after()
        quiet = view.now - self.last_seen
        fresh: SourceState = "new" if view.now - self.first_seen < NEW_SECONDS else "ok"
        if limit is None or quiet <= limit:
            return fresh, None
        if self.state == "silent" or view.complete - max(self.last_seen, view.awake) > limit:
            return "silent", f"no row for {quiet:.0f} seconds, it usually sends every {self.rhythm.usual_gap() or 0:.0f}"
        if view.stalled is not None:
            return "stalled", f"no row for {quiet:.0f} seconds, {view.stalled}"
        # What it sent may wait in the spool, or the watch itself was away: the state from before stands.
        return (self.state if self.state == "stalled" else fresh), self.reason

    def silent_after(self) -> float | None:
        """Seconds without a row after which it is silent; None without a rhythm, for the server's own indexes and for imports."""
        if self.origin.index.startswith("_") or (self.lag_p50 or 0.0) > IMPORT_LAG_SECONDS:
            return None
        return self.rhythm.limit()

    def report(self, now: float) -> Source:
        """As of `now`, the time the rows were read."""
        return Source(
            id=self.id,
            signal=self.origin.signal,  # type: ignore[arg-type]  # one of three, from the store's own table of them
            index=self.origin.index,
            source=self.origin.source,
            sourcetype=self.origin.sourcetype,
            host=self.origin.host,
            service=self.origin.service,
            state=self.state,
            reason=self.reason,
            since=self.since,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            items_total=self.total,
            rate_1m=self.slots.rate(now, 60.0),
            rate_5m=self.slots.rate(now, 300.0),
            rate_1h=self.slots.rate(now, 3600.0),
            lag_p50=self.lag_p50,
            lag_max=self.lag_max,
            usual_gap=self.rhythm.usual_gap(),
            silent_after=self.silent_after(),
        )


def name_of(parts: tuple[str, ...]) -> str:
    """A short name for a tuple of texts, the same at every start."""
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
