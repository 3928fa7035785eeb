"""What the watch knows of its sources, in one small file of the data directory, so that a restart neither forgets nor alarms anew."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pilotage.api.sources.report import SourceState
from pilotage.api.sources.rhythm import Patience
from pilotage.api.sources.tracked import Tracked
from pilotage.store.arrivals import Origin

VERSION = 1
# The counts by slot are kept for so many sources, the largest: the file is written every minute.
MOST_WITH_SLOTS = 500
log = logging.getLogger(__name__)


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    number: int
    origin: Origin
    first_seen: float
    last_seen: float
    total: int
    lags: tuple[float | None, float | None]
    state: SourceState
    reason: str | None
    since: float
    rhythm: tuple[int | None, list[float], list[tuple[float, float]]]
    slots: list[tuple[int, int]]
    provisional: dict[int, int]


class _File(msgspec.Struct, frozen=True):
    version: int
    slot: float
    since: float
    sources: list[_Kept]


@dataclass(frozen=True, slots=True)
class Memory:
    """The sources by origin, and the moment (epoch seconds) before which every row was counted."""

    tracked: dict[int, Tracked]
    since: float


def write(path: Path, tracked: Mapping[int, Tracked], since: float) -> None:
    """Replace the file. An `OSError` is logged: the watch goes on, only a restart will know less."""
    order = sorted(tracked.items(), key=lambda each: -each[1].total)
    kept = [_kept(number, each, with_slots=place < MOST_WITH_SLOTS) for place, (number, each) in enumerate(order)]
    slot = next(iter(tracked.values())).patience.slot if tracked else 0.0
    fresh = path.with_suffix(".new")
    try:
        fresh.write_bytes(msgspec.json.encode(_File(VERSION, slot, since, kept)))
        fresh.replace(path)
    except OSError as error:
        log.warning("sources not kept", extra={"reason": str(error)})


def read(path: Path, patience: Patience) -> Memory | None:
    """What was kept, or None where nothing is kept that this version, with this length of slots, can use."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=_File)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        log.warning("sources forgotten", extra={"reason": str(error)})
        return None
    if found.version != VERSION or found.slot != patience.slot:
        return None
    return Memory({each.number: _tracked(each, patience) for each in found.sources}, found.since)


def _kept(number: int, each: Tracked, *, with_slots: bool) -> _Kept:
    return _Kept(
        number,
        each.origin,
        each.first_seen,
        each.last_seen,
        each.total,
        (each.lag_p50, each.lag_max),
        each.state,
        each.reason,
        each.since,
        each.rhythm.kept(),
        each.slots.kept() if with_slots else [],
        each.provisional,
    )


def _tracked(kept: _Kept, patience: Patience) -> Tracked:
    tracked = Tracked(
        kept.origin,
        patience,
        kept.first_seen,
        kept.last_seen,
        kept.total,
        *kept.lags,
        state=kept.state,
        reason=kept.reason,
        since=kept.since,
        provisional=dict(kept.provisional),
    )
    for slot, count in kept.slots:
        tracked.slots.replace(slot, count)
    tracked.rhythm.restore(*kept.rhythm)
    return tracked
