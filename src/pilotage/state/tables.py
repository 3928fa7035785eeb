"""The tables of the state database as SQLAlchemy sees them; `migrations/` brings a database to this shape (a test compares the two)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, Table, Text

METADATA = MetaData()

ACCESS_TOKENS = Table(
    "access_tokens",
    METADATA,
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

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("time_ms", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Index("audit_time", "time_ms"),
)
