"""Changes of state as events of the server's own log, from where they reach `_internal`; bounded, so that a great silence fits a page."""

from __future__ import annotations

import logging
from collections import Counter

from pilotage.api.sources.book import Turn
from pilotage.api.sources.report import SourceState
from pilotage.api.sources.tracked import Tracked

MOST = 20
_EVENTS = {"silent": "source silent", "stalled": "source stalled", "rejecting": "source rejecting"}
_LEVELS = {"silent": logging.WARNING, "stalled": logging.ERROR, "rejecting": logging.WARNING}
RECOVERED = "source recovered"
log = logging.getLogger(__name__)


def tell_sources(changed: list[tuple[Tracked, SourceState]], now: float) -> None:
    """One event a source, the largest first; past `MOST` of a kind only their number."""
    told: Counter[str] = Counter()
    for tracked, before in sorted(changed, key=lambda each: -each[0].total):
        event = _event(before, tracked.state)
        if event is None:
            continue
        told[event] += 1
        if told[event] <= MOST:
            names = {f"source.{field}": value for field, value in tracked.origin.names().items()}
            fields: dict[str, str | float | None] = {
                "source.id": tracked.id,
                "reason": tracked.reason,
                "quiet_seconds": round(now - tracked.last_seen, 1),
            }
            log.log(_LEVELS.get(tracked.state, logging.INFO), event, extra={**fields, **names})
    for event, count in told.items():
        if count > MOST:
            log.warning("more sources", extra={"same": event, "sources": count - MOST})


def tell_senders(turns: list[Turn]) -> None:
    """As `tell_sources`, for who sends; only the code of a refusal is told, its words may hold what the client sent."""
    told: Counter[str] = Counter()
    for turn in turns:
        event = _event(turn.before, turn.after)
        if event is None:
            continue
        told[event] += 1
        if told[event] <= MOST:
            names = {f"source.{field}": value for field, value in zip(turn.name._fields, turn.name, strict=True)}
            log.log(_LEVELS.get(turn.after, logging.INFO), event, extra=names | {"reason": turn.reason, "requests": turn.requests})
    for event, count in told.items():
        if count > MOST:
            log.warning("more sources", extra={"same": event, "sources": count - MOST})


def _event(before: str, after: str) -> str | None:
    if after in _EVENTS:
        return _EVENTS[after]
    return RECOVERED if before in _EVENTS else None
