"""The outbox of notifications, the documents that steer it, runs of actions, and objectives."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, Text

revision = "0004"
down_revision = "0003"

_DOCUMENTS = ("channels", "mutings", "rotas", "escalations", "actions", "calendars", "slos")


def upgrade() -> None:
    """Make the tables of notification."""
    op.create_table(
        "outbox",
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
    )
    op.create_index("outbox_due", "outbox", ["state", "not_before"])
    op.create_index("outbox_alert", "outbox", ["alert_id"])
    op.create_index("outbox_channel", "outbox", ["channel_id", "finished_at"])
    for name in _DOCUMENTS:
        op.create_table(
            name,
            Column("name", Text, primary_key=True),
            Column("document", Text, nullable=False),
            Column("secrets", Text, nullable=False),
            Column("created_ms", BigInteger, nullable=False),
            Column("updated_ms", BigInteger, nullable=False),
        )
    op.create_table(
        "action_runs",
        Column("id", Text, primary_key=True),
        Column("action", Text, nullable=False),
        Column("alert_id", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("requested_by", Text, nullable=False),
        Column("requested_at", Float, nullable=False),
        Column("decided_by", Text),
        Column("decided_at", Float),
        Column("delivery_id", BigInteger),
    )
    op.create_index("action_runs_alert", "action_runs", ["alert_id"])
