"""What notification knows of an alert: its row and its monitor's definition, as one flat value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotage.model.problem import PilotageError
from pilotage.model.time import read_span

if TYPE_CHECKING:
    from pilotage.state.open import State
    from pilotage.state.records import Alert

SLO_PREFIX = "slo:"
_READING = ("value", "expected", "lower", "upper", "score")


@dataclass(frozen=True, slots=True)
class Facts:
    """An alert and its monitor. Times: epoch seconds. `notify` are channels and escalations the monitor names; empty = by their matches."""

    alert_id: str
    monitor_id: str
    name: str
    level: str
    state: str
    opened_at: float
    group: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    notify: tuple[str, ...] = ()
    kind: str = ""
    description: str = ""
    query: str = ""
    language: str = "spl"
    playbook: str = ""
    condition: str = ""
    time_range: str = ""
    reason: str = ""
    model_version: str = ""
    first_slice: int = 0
    last_slice: int = 0
    resolved_at: float | None = None
    value: float | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    score: float | None = None
    width: int = 300
    results: tuple[Mapping[str, object], ...] = ()

    @property
    def live(self) -> bool:
        """Whether it goes on."""
        return self.state in ("open", "acknowledged")


def facts_of(state: State, alert_id: str) -> Facts | None:
    """What is known of an alert; None when it, or its monitor, was deleted meanwhile. Blocking."""
    return many_facts(state, [alert_id]).get(alert_id)


def many_facts(state: State, alert_ids: Iterable[str]) -> dict[str, Facts]:
    """The same for many alerts at once, without those that were deleted. Blocking."""
    alerts = state.alerts.many(sorted(set(alert_ids)))
    rows: dict[str, tuple[str, str, str] | None] = {}
    found = {}
    for alert in alerts:
        if alert.monitor_id not in rows:
            rows[alert.monitor_id] = _definition(state, alert.monitor_id)
        row = rows[alert.monitor_id]
        if row is not None:
            found[alert.id] = _joined(alert, *row)
    return found


def _definition(state: State, monitor_id: str) -> tuple[str, str, str] | None:
    """Name, kind and definition of the monitor or objective."""
    if monitor_id.startswith(SLO_PREFIX):
        kept = state.documents("slos").find(monitor_id.removeprefix(SLO_PREFIX))
        return None if kept is None else (kept.name, "slo", kept.text)
    row = state.monitors.named(monitor_id)
    return None if row is None else (row.name, row.kind, row.definition)


def _joined(alert: Alert, name: str, kind: str, definition: str) -> Facts:
    monitor = json.loads(definition)
    group = _texts(json.loads(alert.group_key))
    return Facts(
        alert_id=alert.id,
        monitor_id=alert.monitor_id,
        name=name,
        level=alert.level,
        state=alert.state,
        opened_at=alert.opened_at,
        group=group,
        labels=_texts(monitor.get("labels") or {}) | _texts(json.loads(alert.labels)),
        notify=tuple(monitor.get("channels") or ()),
        kind=kind,
        description=str(monitor.get("description") or ""),
        query=str(monitor.get("query") or ""),
        language=str(monitor.get("language") or "spl"),
        playbook=str(monitor.get("playbook") or ""),
        condition=_condition(monitor),
        time_range=str(monitor.get("slice") or "5m"),
        reason=alert.reason,
        model_version=str(monitor.get("model_version") or ""),
        first_slice=alert.first_slice,
        last_slice=alert.last_slice,
        resolved_at=alert.resolved_at,
        value=alert.value,
        expected=alert.expected,
        lower=alert.lower,
        upper=alert.upper,
        score=alert.score,
        width=_width(monitor),
        results=tuple({"_time": row[0], **dict(zip(_READING, row[1:], strict=False)), **group} for row in _readings(alert)),
    )


def _readings(alert: Alert) -> list[list[object]]:
    """The slices of the episode, of those before and after it that are kept with the alert; without any the one it shows."""
    kept = [row for row in json.loads(alert.readings) if alert.first_slice <= row[0] <= alert.last_slice]
    return kept or [[alert.last_slice, *(getattr(alert, name) for name in _READING)]]


def _width(monitor: Mapping[str, object]) -> int:
    try:
        return round(read_span(str(monitor.get("slice") or "5m")).seconds)
    except PilotageError:
        return 300


def _texts(values: Mapping[str, object]) -> dict[str, str]:
    return {str(name): "" if value is None else str(value) for name, value in values.items()}


def _condition(monitor: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {monitor[name]}" for name in ("critical", "warning") if monitor.get(name))
