"""Rows of the outbox and of what steers it, as plain values: importing them costs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DeliveryState = Literal["pending", "routed", "sent", "dead", "dropped"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row. Without a channel it is an event still to be routed, or routed; with one it is a message to that channel.

    `error` says why it failed, waits or was dropped. `message_id` is the same in every attempt, so that a receiver recognises repeats; a
    summary has one for all its rows. Times: epoch seconds on the clock of the schedule.
    """

    id: int
    alert_id: str
    event: str
    channel_id: str | None
    state: DeliveryState
    created_at: float
    not_before: float
    attempts: int
    error: str | None
    parent: int | None
    policy: str | None
    step: int | None
    throttle_key: str | None
    message_id: str | None
    summary: bool
    payload: str | None
    lease_until: float | None
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A message that routing an event makes; `payload` is a body fixed beforehand (actions), else it is rendered when sent."""

    alert_id: str
    event: str
    channel_id: str
    not_before: float
    policy: str | None = None
    step: int | None = None
    throttle_key: str | None = None
    payload: str | None = None


@dataclass(frozen=True, slots=True)
class Routed:
    """What becomes of an event: its messages, or a `note` why there are none, and the ids of waiting rows that it makes unnecessary."""

    event: Delivery
    messages: tuple[NewDelivery, ...] = ()
    note: str | None = None
    stale: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A kept document: JSON text, the names and values of its secrets, and when it was changed (epoch milliseconds)."""

    name: str
    text: str
    secrets: dict[str, str]
    updated_ms: int

    def __repr__(self) -> str:
        """Without the values of secrets: a log may show it."""
        return f"Document({self.name!r}, secrets={sorted(self.secrets)})"


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `state` is waiting, rejected or approved; approved ones have a row in the outbox, which says what became of it."""

    id: str
    action: str
    alert_id: str
    state: str
    requested_by: str
    requested_at: float
    decided_by: str | None
    decided_at: float | None
    delivery_id: int | None


@dataclass(frozen=True, slots=True)
class Reached:
    """How far an objective is: `through` is the end of its last counted slice, epoch seconds; `digest` tells what was counted."""

    digest: str
    through: int
    reason: str
