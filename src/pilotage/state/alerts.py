"""Alerts: episodes that evaluation writes together with what is to be told, and what people do to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, Engine, insert, select, update

from pilotage.model.problem import fail
from pilotage.state.monitors import advance
from pilotage.state.notifications import enqueue
from pilotage.state.records import Alert, Change, Progress
from pilotage.state.tables import ALERTS

LIVE = ("open", "acknowledged")
# `reopened` is silent: it is what flapping control makes of an alert that comes back within its quiet time.
TOLD = ("opened", "escalated", "resolved", "expired")
# Written by evaluation; the rest (`verdict`, `assignee`, `muted`, and `state` while it lives) belongs to people and notification.
_JUDGED = (
    "level", "last_slice", "value", "expected", "lower", "upper", "score", "reason", "flaps", "readings",
)  # fmt: skip


class Alerts:
    """The alerts of one installation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def commit(self, changes: Sequence[Change], progress: Sequence[Progress], now: float) -> list[Change]:
        """One transaction: episodes as they are now, what is to be told of them, how far monitors are. The changes that were news.

        Repeating it changes nothing: an episode is known by monitor, group and first slice, and is announced once.
        """
        with self._engine.begin() as connection:
            news = [change for change in changes if _write(connection, change)]
            for change in news:
                if change.event in TOLD and not change.alert.shadow:
                    enqueue(connection, change.alert.id, str(change.event), now)
            advance(connection, progress)
        return news

    def live(self) -> list[Alert]:
        """Every alert that is open or acknowledged."""
        return self._select(ALERTS.c.state.in_(LIVE))

    def recent(self, since: float) -> list[Alert]:
        """Alerts that live or were resolved since a time, epoch seconds."""
        return self._select(ALERTS.c.state.in_(LIVE) | (ALERTS.c.resolved_at >= since))

    def find(self, alert_id: str) -> Alert:
        """Raises `alert-missing`."""
        found = self._select(ALERTS.c.id == alert_id)
        if not found:
            raise fail("alert-missing", f"no alert has the id `{alert_id}`", hint="`GET /api/v1/alerts` lists them")
        return found[0]

    def many(self, ids: Sequence[str]) -> list[Alert]:
        """Those of the ids that exist."""
        return [alert for begin in range(0, len(ids), 5000) for alert in self._select(ALERTS.c.id.in_(ids[begin : begin + 5000]))]

    def listed(
        self, *, states: Sequence[str] = (), monitor_id: str | None = None, earliest: float = 0, latest: float = 4e10, most: int = 1000
    ) -> list[Alert]:
        """Alerts opened within `[earliest, latest)`, newest first, without their readings."""
        wanted = [ALERTS.c.opened_at >= earliest, ALERTS.c.opened_at < latest]
        if states:
            wanted.append(ALERTS.c.state.in_(list(states)))
        if monitor_id is not None:
            wanted.append(ALERTS.c.monitor_id == monitor_id)
        columns = [column for column in ALERTS.c if column.name != "readings"]
        with self._engine.connect() as connection:
            rows = connection.execute(select(*columns).where(*wanted).order_by(ALERTS.c.opened_at.desc(), ALERTS.c.id).limit(most))
            return [Alert(**row) for row in rows.mappings()]

    def act(self, alert_id: str, now: float, **values: str | bool | None) -> Alert:
        """What a person decides: `state`, `assignee`, `verdict`, `muted`. Resolving is told. Raises `alert-missing`, `alert-over`."""
        with self._engine.begin() as connection:
            row = connection.execute(select(ALERTS).where(ALERTS.c.id == alert_id)).mappings().one_or_none()
            if row is None:
                raise fail("alert-missing", f"no alert has the id `{alert_id}`", hint="`GET /api/v1/alerts` lists them")
            before = Alert(**row)
            if "state" in values and before.state not in LIVE:
                raise fail(
                    "alert-over", f"the alert is {before.state} already", hint="only an open or acknowledged alert changes its state"
                )
            changed = dict[str, object](values)
            if values.get("state") == "resolved":
                changed["resolved_at"] = now
                if not before.shadow:
                    enqueue(connection, alert_id, "resolved", now)
            connection.execute(update(ALERTS).where(ALERTS.c.id == alert_id).values(**changed))
        return replace(before, **changed)  # type: ignore[arg-type]  # columns have the types of the fields

    def _select(self, condition: object) -> list[Alert]:
        with self._engine.connect() as connection:
            chosen = select(ALERTS).where(condition).order_by(ALERTS.c.opened_at, ALERTS.c.id)  # type: ignore[arg-type]  # an SQL condition
            return [Alert(**row) for row in connection.execute(chosen).mappings()]


def _write(connection: Connection, change: Change) -> bool:
    """Whether there was anything new to write."""
    alert = change.alert
    kept = connection.execute(select(ALERTS.c.state, ALERTS.c.last_slice, ALERTS.c.level).where(ALERTS.c.id == alert.id)).one_or_none()
    if kept is None:
        connection.execute(insert(ALERTS).values({name: getattr(alert, name) for name in Alert.__slots__}))
        return True
    values = {name: getattr(alert, name) for name in _JUDGED}
    over = alert.state not in LIVE
    if change.event == "reopened" or (over and kept.state in LIVE):
        values |= {"state": alert.state, "resolved_at": alert.resolved_at}
    elif over:
        values = {"last_slice": max(alert.last_slice, kept.last_slice)}
    connection.execute(update(ALERTS).where(ALERTS.c.id == alert.id).values(values))
    # An opening, or the end of what has ended, was told when it was written first.
    return change.event != "opened" and not (over and kept.state not in LIVE)
