"""The tables of the state database as SQLAlchemy sees them; `migrations/` brings a database to this shape (a test compares the two)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Integer, LargeBinary, MetaData, Table, Text, UniqueConstraint

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

MACROS = Table(
    "macros",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("arity", Integer, primary_key=True, autoincrement=False),
    Column("arguments", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("evaluated", Boolean, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

EVENTTYPES = Table(
    "eventtypes",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("search", Text, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

TAGS = Table(
    "tags",
    METADATA,
    Column("tag", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("updated_ms", BigInteger, nullable=False),
)

LOOKUPS = Table(
    "lookups",
    METADATA,
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
    Index("lookups_digest", "digest"),
)

MONITORS = Table(
    "monitors",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

# What a monitor's last evaluation left: `through` is the end (epoch seconds) of the last slice whose verdicts are committed.
MONITOR_PROGRESS = Table(
    "monitor_progress",
    METADATA,
    Column("monitor_id", Text, primary_key=True),
    Column("through", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("series", Integer, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

DETECTOR_STATES = Table(
    "detector_states",
    METADATA,
    Column("monitor_id", Text, primary_key=True),
    Column("series", Text, primary_key=True),
    Column("through", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("updated_ms", BigInteger, nullable=False),
)

# An episode of a monitor and group. Slices are their starts, all times epoch seconds.
ALERTS = Table(
    "alerts",
    METADATA,
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
    Index("alerts_opened", "opened_at"),
    Index("alerts_state", "state"),
)
