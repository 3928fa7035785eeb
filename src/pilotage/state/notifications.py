"""The outbox of notifications: written in the transaction that changes an alert, emptied by the delivery, so that a crash loses none."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Engine,
    Float,
    Index,
    Integer,
    RowMapping,
    Table,
    Text,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from pilotage.model.problem import fail
from pilotage.state.deliveries import Delivery, NewDelivery, Routed
from pilotage.state.tables import METADATA

OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("alert_id", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("channel_id", Text),
    Column("state", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("not_before", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("parent", BigInteger),
    Column("policy", Text),
    Column("step", Integer),
    Column("throttle_key", Text),
    Column("message_id", Text),
    Column("summary", Boolean, nullable=False),
    Column("payload", Text),
    Column("lease_until", Float),
    Column("finished_at", Float),
    Index("outbox_due", "state", "not_before"),
    Index("outbox_alert", "alert_id"),
    Index("outbox_channel", "channel_id", "finished_at"),
)
_NEW: dict[str, Any] = {"state": "pending", "attempts": 0, "summary": False}


def enqueue(connection: Connection, alert_id: str, event: str, now: float) -> None:
    """Put an event of an alert (`opened`, `escalated`, `resolved`, `expired`, `reminder`) into the outbox.

    It belongs to the caller's transaction: if that is rolled back nothing is sent. `now` is epoch seconds of the schedule's clock.
    """
    values = _NEW | {"alert_id": alert_id, "event": event, "created_at": now, "not_before": now}
    connection.execute(insert(OUTBOX).values(values))


class Outbox:
    """What the delivery does with the rows. Safe to use from several threads; several servers may share one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def due(self, now: float) -> bool:
        """Whether any row may be due: what a courier asks every second, so it is one look into an index."""
        with self._engine.connect() as connection:
            wanted = select(OUTBOX.c.id).where(OUTBOX.c.state == "pending", OUTBOX.c.not_before <= now).limit(1)
            return connection.execute(wanted).first() is not None

    def events(self, now: float, limit: int = 500) -> list[Delivery]:
        """Events that are due and not routed yet, oldest first."""
        due = select(OUTBOX).where(OUTBOX.c.state == "pending", OUTBOX.c.channel_id.is_(None), OUTBOX.c.not_before <= now)
        return self._read(due.order_by(OUTBOX.c.id).limit(limit))

    def route(self, routed: Sequence[Routed], now: float) -> None:
        """Turn events into their messages, in one transaction; one that another server was faster with is left as it is."""
        with self._engine.begin() as connection:
            for each in routed:
                chosen = (OUTBOX.c.id == each.event.id, OUTBOX.c.state == "pending")
                done = {"state": "routed" if each.messages else "dropped", "finished_at": now, "error": each.note}
                if connection.execute(update(OUTBOX).where(*chosen).values(done)).rowcount:
                    self._add(connection, each.messages, now, each.event.id)
                    stale = {"state": "dropped", "error": each.note or "not needed any more", "finished_at": now}
                    connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(each.stale)).values(stale))

    def add(self, made: Sequence[NewDelivery], now: float) -> list[int]:
        """Put messages that no event asks for: reminders, actions, tests. Gives their ids."""
        with self._engine.begin() as connection:
            return self._add(connection, made, now, None)

    def _add(self, connection: Connection, made: Sequence[NewDelivery], now: float, parent: int | None) -> list[int]:
        found = []
        for each in made:
            values = {name: getattr(each, name) for name in NewDelivery.__slots__}
            values |= _NEW | {"created_at": now, "parent": parent, "message_id": f"msg_{secrets.token_hex(12)}"}
            key = connection.execute(insert(OUTBOX).values(values)).inserted_primary_key
            found.append(key[0] if key else 0)
        return found

    def hold(self, delivery_id: int, until: float, note: str) -> None:
        """Let a row wait, such as for the end of a muting."""
        self._set(delivery_id, {"not_before": until, "error": note, "lease_until": None})

    def claim(self, now: float, lease: float, *, busy: Collection[str] = (), limit: int = 5000) -> list[Delivery]:
        """Messages that are due, oldest first, none twice: they are ours for `lease` seconds, and anybody's when we die.

        A message waits for earlier ones about the same alert to the same channel; channels in `busy` are left out.
        """
        free = or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until <= now)
        earlier = OUTBOX.alias("earlier")
        before = (
            select(earlier.c.id)
            .where(
                earlier.c.alert_id == OUTBOX.c.alert_id,
                earlier.c.channel_id == OUTBOX.c.channel_id,
                earlier.c.state == "pending",
                earlier.c.id < OUTBOX.c.id,
                or_(earlier.c.attempts > 0, earlier.c.not_before <= OUTBOX.c.not_before),
            )
            .exists()
        )
        due = select(OUTBOX).where(OUTBOX.c.state == "pending", OUTBOX.c.channel_id.is_not(None), OUTBOX.c.not_before <= now, free)
        due = (
            due.where(~before, OUTBOX.c.channel_id.not_in(list(busy))).order_by(OUTBOX.c.id).limit(limit).with_for_update(skip_locked=True)
        )
        with self._engine.begin() as connection:
            found = [_delivery(row) for row in connection.execute(due.with_for_update(skip_locked=True)).mappings()]
            ids = [each.id for each in found]
            if ids:
                connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(lease_until=now + lease))
        return found

    def sent(self, ids: Sequence[int], now: float, summary_id: str | None = None) -> None:
        """The receiver has it. `summary_id` is the message that stood for all of them."""
        values: dict[str, Any] = {"state": "sent", "finished_at": now, "error": None, "lease_until": None}
        if summary_id is not None:
            values |= {"message_id": summary_id, "summary": True}
        with self._engine.begin() as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(attempts=OUTBOX.c.attempts + 1, **values))

    def failed(self, ids: Sequence[int], error: str, retry_at: float) -> None:
        """Try again at `retry_at`."""
        values = {"not_before": retry_at, "error": error, "lease_until": None}
        with self._engine.begin() as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(attempts=OUTBOX.c.attempts + 1, **values))

    def dead(self, ids: Sequence[int], error: str, now: float) -> None:
        """Given up: kept for a person to look at and to send again."""
        values = {"state": "dead", "finished_at": now, "error": error, "lease_until": None}
        with self._engine.begin() as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.id.in_(ids)).values(attempts=OUTBOX.c.attempts + 1, **values))

    def drop(self, delivery_id: int, note: str, now: float) -> None:
        """Not to be sent any more, and why."""
        self._set(delivery_id, {"state": "dropped", "error": note, "finished_at": now, "lease_until": None})

    def retry(self, delivery_id: int, now: float) -> Delivery:
        """Send a dead message again. Raises PilotageError `notification-missing`, `notification-alive`."""
        found = self.get(delivery_id)
        if found.state != "dead":
            raise fail("notification-alive", f"notification {delivery_id} is {found.state}, only dead ones are sent again")
        self._set(delivery_id, {"state": "pending", "attempts": 0, "not_before": now, "finished_at": None})
        return self.get(delivery_id)

    def get(self, delivery_id: int) -> Delivery:
        """One row. Raises PilotageError `notification-missing`."""
        found = self._read(select(OUTBOX).where(OUTBOX.c.id == delivery_id))
        if not found:
            raise fail("notification-missing", f"no notification {delivery_id}", hint="`GET /api/v1/notifications` lists them")
        return found[0]

    def rows(self, *, state: str | None = None, alert_id: str | None = None, before: int | None = None, limit: int = 100) -> list[Delivery]:
        """The newest `limit` rows, newest first; `before` is the id to continue from."""
        wanted: list[ColumnElement[bool]] = []
        if state is not None:
            wanted.append(OUTBOX.c.state == state)
        if alert_id is not None:
            wanted.append(OUTBOX.c.alert_id == alert_id)
        if before is not None:
            wanted.append(OUTBOX.c.id < before)
        return self._read(select(OUTBOX).where(*wanted).order_by(OUTBOX.c.id.desc()).limit(limit))

    def release(self) -> None:
        """Give up every lease: what a server does at its start that has the database alone, so that a crash costs no waiting."""
        with self._engine.begin() as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.lease_until.is_not(None)).values(lease_until=None))

    def messages_since(self, channel: str, since: float) -> tuple[int, float | None]:
        """How many messages went to a channel after `since`, a summary counted once, and when the last summary went."""
        sent = (OUTBOX.c.channel_id == channel, OUTBOX.c.state == "sent", OUTBOX.c.finished_at > since)
        with self._engine.connect() as connection:
            count = connection.execute(select(func.count(func.distinct(OUTBOX.c.message_id))).where(*sent)).scalar()
            last = connection.execute(select(func.max(OUTBOX.c.finished_at)).where(*sent, OUTBOX.c.summary)).scalar()
        return count or 0, last

    def histories(self, alert_ids: Collection[str]) -> dict[str, list[Delivery]]:
        """Everything about each alert, oldest first."""
        found: dict[str, list[Delivery]] = {alert_id: [] for alert_id in alert_ids}
        for each in self._read(select(OUTBOX).where(OUTBOX.c.alert_id.in_(list(found))).order_by(OUTBOX.c.id)):
            found[each.alert_id].append(each)
        return found

    def throttled_since(self, channel: str, key: str, since: float) -> bool:
        """Whether a first message with this throttle key went to the channel after `since`, or is about to."""
        same = (OUTBOX.c.channel_id == channel, OUTBOX.c.throttle_key == key, OUTBOX.c.state.in_(("pending", "sent")))
        with self._engine.connect() as connection:
            wanted = select(OUTBOX.c.id).where(*same, OUTBOX.c.created_at > since).limit(1)
            return connection.execute(wanted).first() is not None

    def counts(self) -> dict[str, int]:
        """Rows by state."""
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state))}

    def purge(self, before: float) -> int:
        """Forget rows that were finished before then; how many."""
        with self._engine.begin() as connection:
            return connection.execute(delete(OUTBOX).where(OUTBOX.c.finished_at < before)).rowcount

    def _set(self, delivery_id: int, values: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.id == delivery_id).values(values))

    def _read(self, query: Any) -> list[Delivery]:
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(query).mappings()]


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(**{name: row[name] for name in Delivery.__slots__})
