"""Macros, event types, tags and lookups."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, Text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of what people name for their searches."""
    op.create_table(
        "macros",
        Column("name", Text, primary_key=True),
        Column("arity", Integer, primary_key=True, autoincrement=False),
        Column("arguments", Text, nullable=False),
        Column("definition", Text, nullable=False),
        Column("evaluated", Boolean, nullable=False),
        Column("updated_ms", BigInteger, nullable=False),
    )
    op.create_table(
        "eventtypes",
        Column("name", Text, primary_key=True),
        Column("search", Text, nullable=False),
        Column("updated_ms", BigInteger, nullable=False),
    )
    op.create_table(
        "tags",
        Column("tag", Text, primary_key=True),
        Column("field", Text, primary_key=True),
        Column("value", Text, primary_key=True),
        Column("updated_ms", BigInteger, nullable=False),
    )
    op.create_table(
        "lookups",
        Column("name", Text, primary_key=True),
        Column("columns", Text, nullable=False),
        Column("digest", Text, nullable=False),
        Column("rows", BigInteger, nullable=False),
        Column("matches", Text, nullable=False),
        Column("case_sensitive", Boolean, nullable=False),
        Column("least", Integer, nullable=False),
        Column("most", Integer),
        Column("default", Text, nullable=False),
        Column("time_field", Text),
        Column("time_format", Text, nullable=False),
        Column("minimum_offset", Float, nullable=False),
        Column("maximum_offset", Float, nullable=False),
        Column("updated_ms", BigInteger, nullable=False),
    )
    op.create_index("lookups_digest", "lookups", ["digest"])
