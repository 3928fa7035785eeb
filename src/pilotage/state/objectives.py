"""What objectives have counted, a row a slice, and how far each is."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Engine, Float, Table, Text, delete, insert, select

from pilotage.state.deliveries import Reached
from pilotage.state.tables import METADATA

SLO_SLICES = Table(
    "slo_slices",
    METADATA,
    Column("slo", Text, primary_key=True),
    Column("slice", BigInteger, primary_key=True, autoincrement=False),
    Column("good", Float, nullable=False),
    Column("total", Float, nullable=False),
)

SLO_PROGRESS = Table(
    "slo_progress",
    METADATA,
    Column("slo", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("through", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)


class Objectives:
    """The counts of one installation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def reached(self) -> dict[str, Reached]:
        """Name → how far."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(SLO_PROGRESS)).mappings()
            return {row["slo"]: Reached(row["digest"], row["through"], row["reason"]) for row in rows}

    def slices(self, name: str, since: float) -> list[tuple[int, float, float]]:
        """(start, good, total) of the slices from `since` on, in order."""
        chosen = select(SLO_SLICES.c.slice, SLO_SLICES.c.good, SLO_SLICES.c.total)
        with self._engine.connect() as connection:
            rows = connection.execute(chosen.where(SLO_SLICES.c.slo == name, SLO_SLICES.c.slice >= since).order_by(SLO_SLICES.c.slice))
            return [(row[0], row[1], row[2]) for row in rows]

    def count(self, name: str, reached: Reached, rows: Sequence[tuple[int, float, float]], keep: float) -> None:
        """One transaction: new slices in the place of any of the same time, how far it is, and those before `keep` gone.

        With another digest than before all earlier slices go.
        """
        mine = SLO_SLICES.c.slo == name
        with self._engine.begin() as connection:
            before = connection.execute(select(SLO_PROGRESS.c.digest).where(SLO_PROGRESS.c.slo == name)).scalar()
            if before is not None and before != reached.digest:
                connection.execute(delete(SLO_SLICES).where(mine))
            connection.execute(delete(SLO_SLICES).where(mine, SLO_SLICES.c.slice < keep))
            if rows:
                last = max(row[0] for row in rows)
                connection.execute(
                    delete(SLO_SLICES).where(mine, SLO_SLICES.c.slice >= min(row[0] for row in rows), SLO_SLICES.c.slice <= last)
                )
                values = [{"slo": name, "slice": start, "good": good, "total": total} for start, good, total in rows]
                connection.execute(insert(SLO_SLICES), values)
            connection.execute(delete(SLO_PROGRESS).where(SLO_PROGRESS.c.slo == name))
            progress = {"slo": name, "digest": reached.digest, "through": reached.through, "reason": reached.reason}
            connection.execute(insert(SLO_PROGRESS).values(progress))

    def forget(self, name: str) -> None:
        """Drop everything of an objective."""
        with self._engine.begin() as connection:
            for table in (SLO_SLICES, SLO_PROGRESS):
                connection.execute(delete(table).where(table.c.slo == name))
