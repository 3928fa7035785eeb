"""Runs of actions: what was asked for on an alert, who approved or rejected it, and what became of it."""

from __future__ import annotations

import secrets

from sqlalchemy import BigInteger, Column, Engine, Float, Index, RowMapping, Table, Text, insert, select, update

from pilotage.model.problem import fail
from pilotage.state.deliveries import Run
from pilotage.state.tables import METADATA

ACTION_RUNS = Table(
    "action_runs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("action", Text, nullable=False),
    Column("alert_id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at", Float, nullable=False),
    Column("decided_by", Text),
    Column("decided_at", Float),
    Column("delivery_id", BigInteger),
    Index("action_runs_alert", "alert_id"),
)


class Runs:
    """The runs of one installation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def request(self, action: str, alert_id: str, actor: str, now: float) -> Run:
        """Note that somebody wants the action."""
        values = {"id": secrets.token_hex(6), "action": action, "alert_id": alert_id, "state": "waiting"}
        with self._engine.begin() as connection:
            connection.execute(insert(ACTION_RUNS).values(values | {"requested_by": actor, "requested_at": now}))
        return self.get(values["id"])

    def decide(self, run_id: str, state: str, actor: str, now: float) -> Run:
        """Approve or reject a waiting run, once. Raises PilotageError `run-missing`, `run-decided`."""
        chosen = (ACTION_RUNS.c.id == run_id, ACTION_RUNS.c.state == "waiting")
        with self._engine.begin() as connection:
            done = connection.execute(update(ACTION_RUNS).where(*chosen).values(state=state, decided_by=actor, decided_at=now)).rowcount
        run = self.get(run_id)
        if not done:
            raise fail("run-decided", f"run `{run_id}` is {run.state} already, by {run.decided_by}")
        return run

    def delivered_by(self, run_id: str, delivery_id: int) -> None:
        """Note the row of the outbox that carries it."""
        with self._engine.begin() as connection:
            connection.execute(update(ACTION_RUNS).where(ACTION_RUNS.c.id == run_id).values(delivery_id=delivery_id))

    def get(self, run_id: str) -> Run:
        """One run. Raises PilotageError `run-missing`."""
        with self._engine.connect() as connection:
            row = connection.execute(select(ACTION_RUNS).where(ACTION_RUNS.c.id == run_id)).mappings().one_or_none()
        if row is None:
            raise fail("run-missing", f"no run of an action has the id `{run_id}`", hint="`GET /api/v1/action-runs` lists them")
        return _run(row)

    def of(self, alert_id: str) -> list[Run]:
        """The runs on an alert."""
        with self._engine.connect() as connection:
            return [_run(row) for row in connection.execute(select(ACTION_RUNS).where(ACTION_RUNS.c.alert_id == alert_id)).mappings()]

    def unsent(self) -> list[Run]:
        """Approved ones without a row in the outbox: a crash came in between."""
        chosen = select(ACTION_RUNS).where(ACTION_RUNS.c.state == "approved", ACTION_RUNS.c.delivery_id.is_(None))
        with self._engine.connect() as connection:
            return [_run(row) for row in connection.execute(chosen).mappings()]

    def all(self, limit: int = 200) -> list[Run]:
        """The newest runs, newest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(ACTION_RUNS).order_by(ACTION_RUNS.c.requested_at.desc()).limit(limit)).mappings()
            return [_run(row) for row in rows]


def _run(row: RowMapping) -> Run:
    return Run(**{name: row[name] for name in Run.__slots__})
