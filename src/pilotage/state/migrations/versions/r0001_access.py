"""Access tokens and the audit trail."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, Text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first two tables."""
    op.create_table(
        "access_tokens",
        Column("id", Text, primary_key=True),
        Column("name", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("digest", Text, nullable=False, unique=True),
        Column("prefix", Text, nullable=False),
        Column("scopes", Text, nullable=False),
        Column("indexes", Text, nullable=False),
        Column("default_index", Text),
        Column("ack", Boolean, nullable=False),
        Column("source", Text),
        Column("sourcetype", Text),
        Column("host", Text),
        Column("created_ms", BigInteger, nullable=False),
        Column("revoked_ms", BigInteger),
    )
    op.create_table(
        "audit",
        Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("time_ms", BigInteger, nullable=False),
        Column("actor", Text, nullable=False),
        Column("action", Text, nullable=False),
        Column("target", Text, nullable=False),
        Column("detail", Text, nullable=False),
    )
    op.create_index("audit_time", "audit", ["time_ms"])
