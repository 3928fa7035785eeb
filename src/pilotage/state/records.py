"""What state hands out, as plain values: importing them costs nothing, while the tables behind them need SQLAlchemy."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NewToken:
    """What a person says when asking for an access token; empty `indexes` = any."""

    name: str
    scopes: tuple[str, ...]
    kind: str = "api"
    indexes: tuple[str, ...] = ()
    default_index: str | None = None
    ack: bool = False
    source: str | None = None
    sourcetype: str | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A kept token. `prefix` is the start of the value, for recognition; the value itself is not kept. Times: epoch milliseconds."""

    id: str
    prefix: str
    created_ms: int
    revoked_ms: int | None
    name: str
    scopes: tuple[str, ...]
    kind: str = "api"
    indexes: tuple[str, ...] = ()
    default_index: str | None = None
    ack: bool = False
    source: str | None = None
    sourcetype: str | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One administrative action: who (`actor`), what (`action`, a dotted name), on what (`target`), when (epoch milliseconds)."""

    id: int
    time_ms: int
    actor: str
    action: str
    target: str
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MonitorRow:
    """A kept monitor: its `definition` is JSON text, read by `watch`; `revision` counts the changes of it. Times: epoch milliseconds."""

    id: str
    name: str
    kind: str
    definition: str
    enabled: bool
    revision: int
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a monitor is evaluated: `through` is where the last judged slice ends, epoch seconds; `state` and `reason` say how it is."""

    monitor_id: str
    through: int
    state: str
    reason: str
    series: int
    updated_ms: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """An episode of one monitor and group (`group_key`: JSON object of the grouping fields). Times and slices' starts: epoch seconds.

    `state` is open, acknowledged, resolved or expired; `level` warning, critical or missing; `verdict` true, false, unknown, None = not
    labelled; `flaps` counts how often it came back within its quiet time; `readings` is a JSON list of slices before and during it.
    """

    id: str
    monitor_id: str
    group_key: str
    level: str
    state: str
    opened_at: float
    first_slice: int
    last_slice: int
    resolved_at: float | None = None
    value: float | None = None
    expected: float | None = None
    lower: float | None = None
    upper: float | None = None
    score: float | None = None
    reason: str = ""
    verdict: str | None = None
    assignee: str | None = None
    labels: str = "{}"
    muted: bool = False
    shadow: bool = False
    flaps: int = 0
    readings: str = "[]"


@dataclass(frozen=True, slots=True)
class Change:
    """What an evaluation did to an alert: the alert as it is now, and the event people are told of, if any."""

    alert: Alert
    event: str | None = None
