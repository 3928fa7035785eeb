"""The life of an alert: slices that alert become one episode that opens, escalates, ends when it was quiet, and does not flap.

Pure: alerts in, changed alerts out. An episode is known by its monitor, group and first slice, so judging a slice twice changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pilotage.state.records import Alert, Change

LEVELS = ("none", "warning", "critical")
MISSING = "missing"
LIVE = ("open", "acknowledged")
RANK = {"missing": 1, "warning": 1, "critical": 2}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a monitor says about its alerts; lengths in seconds, `slice` the width of a slice."""

    monitor_id: str
    slice: int
    recovery: int = 1800
    quiet: int = 1800
    expiry: int = 86_400
    labels: str = "{}"
    shadow: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """One judged slice of one series. `level` 0, 1 warning, 2 critical; `clear` False keeps a live alert from ending."""

    time: int
    value: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    score: float | None
    unusual: bool
    level: int
    reason: str = ""
    clear: bool = True
    absent: bool = False


def alert_id(monitor_id: str, group: str, first_slice: int, kind: str) -> str:
    """The same for the same episode, whoever computes it."""
    return hashlib.sha256(f"{monitor_id}\0{group}\0{first_slice}\0{kind}".encode()).hexdigest()[:16]


def advance(terms: Terms, group: str, last: Alert | None, readings: Sequence[Reading], *, missing: bool = False) -> list[Change]:
    """What the next slices of a series make of its last alert (live or over), in order. `missing`: they tell of absent data."""
    changes: list[Change] = []
    alert = last
    for each in readings:
        change = _step(terms, group, alert, each, missing=missing)
        if change is not None:
            alert = change.alert
            changes.append(change)
    return changes


def _step(terms: Terms, group: str, alert: Alert | None, reading: Reading, *, missing: bool) -> Change | None:
    end = reading.time + terms.slice
    if reading.level:
        level = MISSING if missing else LEVELS[reading.level]
        if alert is None or reading.time - alert.last_slice > terms.recovery + terms.quiet:
            return Change(_opened(terms, group, level, reading), "opened")
        if reading.time <= alert.last_slice:
            return None
        grown = _grown(alert, level, reading)
        if alert.state in LIVE:
            return Change(grown, "escalated" if RANK[level] > RANK[alert.level] else None)
        if reading.time - alert.last_slice <= terms.recovery:
            # Ended by a person while it goes on: it stays ended until it was quiet.
            return Change(grown)
        return Change(replace(grown, state="open", resolved_at=None, flaps=alert.flaps + 1), "reopened")
    if alert is None or alert.state not in LIVE:
        return None
    silent = end - (alert.last_slice + terms.slice)
    if not reading.absent and reading.clear and silent >= terms.recovery:
        return Change(replace(alert, state="resolved", resolved_at=float(end)), "resolved")
    if silent >= terms.expiry:
        return Change(replace(alert, state="expired", resolved_at=float(end)), "expired")
    return None


def _opened(terms: Terms, group: str, level: str, reading: Reading) -> Alert:
    return Alert(
        id=alert_id(terms.monitor_id, group, reading.time, MISSING if level == MISSING else "value"),
        monitor_id=terms.monitor_id,
        group_key=group,
        level=level,
        state="open",
        opened_at=float(reading.time + terms.slice),
        first_slice=reading.time,
        last_slice=reading.time,
        value=reading.value,
        expected=reading.expected,
        lower=reading.lower,
        upper=reading.upper,
        score=reading.score,
        reason=reading.reason,
        labels=terms.labels,
        shadow=terms.shadow,
    )


def _grown(alert: Alert, level: str, reading: Reading) -> Alert:
    """The alert with one more slice; it shows the slice that was most unusual."""
    found = replace(alert, last_slice=reading.time, level=level if RANK[level] > RANK[alert.level] else alert.level)
    if (reading.score or 0.0) <= (alert.score or 0.0):
        return found
    numbers = {name: getattr(reading, name) for name in ("value", "expected", "lower", "upper", "score", "reason")}
    return replace(found, **numbers)


def settled(changes: Sequence[Change], *, late: bool) -> list[Change]:
    """The changes of one evaluation, one an alert and told event.

    When it catches up (`late`), an episode that began and ended meanwhile is kept and nobody is told of it; one that still lives is told.
    """
    order: dict[str, list[Change]] = {}
    for change in changes:
        order.setdefault(change.alert.id, []).append(change)
    found: list[Change] = []
    for mine in order.values():
        last = mine[-1].alert
        events = [change.event for change in mine if change.event]
        if "opened" in events and last.state not in LIVE:
            found += [Change(last)] if late else [Change(mine[0].alert, "opened"), Change(last, events[-1])]
        elif "opened" in events:
            found.append(Change(last, "opened"))
        elif last.state not in LIVE:
            ends = [event for event in events if event in ("resolved", "expired")]
            found.append(Change(last, ends[-1] if ends else None))
        else:
            told = next((event for event in ("reopened", "escalated") if event in events), None)
            found.append(Change(last, told))
    return found
