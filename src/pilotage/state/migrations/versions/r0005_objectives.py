"""What objectives have counted."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Float, Text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the tables of objectives."""
    op.create_table(
        "slo_slices",
        Column("slo", Text, primary_key=True),
        Column("slice", BigInteger, primary_key=True, autoincrement=False),
        Column("good", Float, nullable=False),
        Column("total", Float, nullable=False),
    )
    op.create_table(
        "slo_progress",
        Column("slo", Text, primary_key=True),
        Column("digest", Text, nullable=False),
        Column("through", BigInteger, nullable=False),
        Column("reason", Text, nullable=False),
    )
