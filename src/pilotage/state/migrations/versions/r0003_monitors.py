"""Monitors, what their evaluation has reached, what their detectors know, and alerts."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, Text, UniqueConstraint

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables of monitors and alerts."""
    _monitors()
    _alerts()


def _monitors() -> None:
    op.create_table(
        "monitors",
        Column("id", Text, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("kind", Text, nullable=False),
        Column("definition", Text, nullable=False),
        Column("enabled", Boolean, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("created_ms", BigInteger, nullable=False),
        Column("updated_ms", BigInteger, nullable=False),
    )
    op.create_table(
        "monitor_progress",
        Column("monitor_id", Text, primary_key=True),
        Column("through", BigInteger, nullable=False),
        Column("state", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("series", Integer, nullable=False),
        Column("updated_ms", BigInteger, nullable=False),
    )
    op.create_table(
        "detector_states",
        Column("monitor_id", Text, primary_key=True),
        Column("series", Text, primary_key=True),
        Column("through", BigInteger, nullable=False),
        Column("data", LargeBinary, nullable=False),
        Column("updated_ms", BigInteger, nullable=False),
    )


def _alerts() -> None:
    op.create_table(
        "alerts",
        Column("id", Text, primary_key=True),
        Column("monitor_id", Text, nullable=False),
        Column("group_key", Text, nullable=False),
        Column("level", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("opened_at", Float, nullable=False),
        Column("first_slice", BigInteger, nullable=False),
        Column("last_slice", BigInteger, nullable=False),
        Column("resolved_at", Float),
        Column("value", Float),
        Column("expected", Float),
        Column("lower", Float),
        Column("upper", Float),
        Column("score", Float),
        Column("reason", Text, nullable=False),
        Column("verdict", Text),
        Column("assignee", Text),
        Column("labels", Text, nullable=False),
        Column("muted", Boolean, nullable=False),
        Column("shadow", Boolean, nullable=False),
        Column("flaps", Integer, nullable=False),
        Column("readings", Text, nullable=False),
        UniqueConstraint("monitor_id", "group_key", "first_slice", name="alerts_episode"),
    )
    op.create_index("alerts_opened", "alerts", ["opened_at"])
    op.create_index("alerts_state", "alerts", ["state"])
