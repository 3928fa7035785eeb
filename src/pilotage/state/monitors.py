"""Monitors people made, how far each is evaluated, and what its detectors know of each series."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from pilotage.model.problem import fail
from pilotage.state.records import MonitorRow, Progress
from pilotage.state.tables import ALERTS, DETECTOR_STATES, MONITOR_PROGRESS, MONITORS


class Monitors:
    """The kept monitors of one installation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, rows: Sequence[MonitorRow]) -> None:
        """Keep new monitors, all or none. Raises `monitor-exists` when a name or id is taken."""
        if not rows:
            return
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(MONITORS), [_values(row) for row in rows])
        except IntegrityError as error:
            taken = next((row.name for row in rows if self.named(row.name) is not None), rows[0].name)
            raise fail(
                "monitor-exists", f"a monitor is called `{taken}` already", hint="choose another name, or replace that one"
            ) from error

    def replace(self, row: MonitorRow) -> None:
        """Keep a changed monitor and drop what was learned; alerts of one that is switched off expire, nobody would end them.

        Raises `monitor-missing`, `monitor-exists`.
        """
        try:
            with self._engine.begin() as connection:
                done = connection.execute(update(MONITORS).where(MONITORS.c.id == row.id).values(**_values(row))).rowcount
                if done:
                    _forget(connection, row.id)
                if not row.enabled:
                    live = ALERTS.c.state.in_(("open", "acknowledged"))
                    ended = {"state": "expired", "resolved_at": row.updated_ms / 1000}
                    connection.execute(update(ALERTS).where(ALERTS.c.monitor_id == row.id, live).values(ended))
        except IntegrityError as error:
            raise fail("monitor-exists", f"another monitor is called `{row.name}`", hint="choose another name") from error
        if not done:
            raise _missing(row.id)

    def drop(self, monitor_id: str) -> None:
        """Forget a monitor, what it learned and its alerts. Raises `monitor-missing`."""
        with self._engine.begin() as connection:
            done = connection.execute(delete(MONITORS).where(MONITORS.c.id == monitor_id)).rowcount
            _forget(connection, monitor_id)
            connection.execute(delete(ALERTS).where(ALERTS.c.monitor_id == monitor_id))
        if not done:
            raise _missing(monitor_id)

    def all(self) -> list[MonitorRow]:
        """Every monitor by name."""
        with self._engine.connect() as connection:
            return [MonitorRow(**row) for row in connection.execute(select(MONITORS).order_by(MONITORS.c.name)).mappings()]

    def named(self, name: str) -> MonitorRow | None:
        """The monitor of that id or name, the id first."""
        with self._engine.connect() as connection:
            found = connection.execute(select(MONITORS).where((MONITORS.c.id == name) | (MONITORS.c.name == name))).mappings().all()
        rows = sorted((MonitorRow(**row) for row in found), key=lambda row: row.id != name)
        return rows[0] if rows else None

    def find(self, name: str) -> MonitorRow:
        """The monitor of that id or name. Raises `monitor-missing`."""
        found = self.named(name)
        if found is None:
            raise _missing(name)
        return found

    def progress(self) -> dict[str, Progress]:
        """Monitor id → how far it is evaluated."""
        with self._engine.connect() as connection:
            return {row["monitor_id"]: Progress(**row) for row in connection.execute(select(MONITOR_PROGRESS)).mappings()}

    def progress_of(self, monitor_id: str) -> Progress | None:
        """How far one monitor is evaluated; None before its first evaluation."""
        with self._engine.connect() as connection:
            row = connection.execute(select(MONITOR_PROGRESS).where(MONITOR_PROGRESS.c.monitor_id == monitor_id)).mappings().one_or_none()
        return None if row is None else Progress(**row)

    def states(self, monitor_id: str) -> dict[str, tuple[int, bytes]]:
        """Series → where its kept detector state stands (end of a slice, epoch seconds) and its bytes."""
        chosen = select(DETECTOR_STATES).where(DETECTOR_STATES.c.monitor_id == monitor_id)
        with self._engine.connect() as connection:
            return {row["series"]: (row["through"], row["data"]) for row in connection.execute(chosen).mappings()}

    def keep_states(self, kept: Iterable[tuple[str, Sequence[tuple[str, int, bytes]]]]) -> None:
        """Replace the kept states of all series of some monitors (id, then series, how far, bytes); those that are gone are left out."""
        stamp = time.time_ns() // 1_000_000
        with self._engine.begin() as connection:
            for monitor_id, states in kept:
                if connection.execute(select(MONITORS.c.id).where(MONITORS.c.id == monitor_id)).first() is None:
                    continue
                connection.execute(delete(DETECTOR_STATES).where(DETECTOR_STATES.c.monitor_id == monitor_id))
                rows = [
                    {"monitor_id": monitor_id, "series": series, "through": through, "data": data, "updated_ms": stamp}
                    for series, through, data in states
                ]
                if rows:
                    connection.execute(insert(DETECTOR_STATES), rows)


def advance(connection: Connection, progress: Sequence[Progress]) -> None:
    """Note how far monitors are, within a transaction of the caller."""
    if not progress:
        return
    stamp = time.time_ns() // 1_000_000
    rows = [{name: getattr(each, name) for name in Progress.__slots__} | {"updated_ms": stamp} for each in progress]
    ids = [each.monitor_id for each in progress]
    for begin in range(0, len(ids), 500):
        connection.execute(delete(MONITOR_PROGRESS).where(MONITOR_PROGRESS.c.monitor_id.in_(ids[begin : begin + 500])))
    connection.execute(insert(MONITOR_PROGRESS), rows)


def _values(row: MonitorRow) -> dict[str, object]:
    return {name: getattr(row, name) for name in MonitorRow.__slots__}


def _forget(connection: Connection, monitor_id: str) -> None:
    for table in (DETECTOR_STATES, MONITOR_PROGRESS):
        connection.execute(delete(table).where(table.c.monitor_id == monitor_id))


def _missing(name: str) -> Exception:
    return fail("monitor-missing", f"no monitor has the id or name `{name}`", hint="`pilotage monitors list` shows them")
