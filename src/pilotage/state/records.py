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
