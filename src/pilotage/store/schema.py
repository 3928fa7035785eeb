"""The schema of the store: every table, every version of it, and the statements that lead from one to the next.

Attributes are kept as `attributes` (texts, in the order sent), `attribute_keys` (the keys joined by and wrapped in the unit
separator, one LowCardinality text a distinct set) and `attribute_types` (one letter of `model.names.ValueType` each): a lookup is
worked out once a distinct key set, and merging is half as dear as with a Map (docs/adr/0003). Resources, scopes and the dimensions
of metric points are LowCardinality JSON texts for the same reason.
"""

from __future__ import annotations

DATABASE = "pilotage"
STAGE_DATABASE = "stage"
EVENT_TABLES = ("logs", "spans", "points")
PROMOTED_PREFIX = "attribute."
"""What the name of a promoted attribute's column begins with."""

_ORIGIN = """
  `index` LowCardinality(String),
  time DateTime64(9) CODEC(Delta(8), LZ4),
  received DateTime64(3) CODEC(Delta(8), LZ4),
  service LowCardinality(String),
  host LowCardinality(String),
  source LowCardinality(String),
  sourcetype LowCardinality(String),"""

_CONTEXT = """
  resource LowCardinality(String),
  resource_schema_url LowCardinality(String),
  scope LowCardinality(String)"""

_ATTRIBUTES = """
  attributes Array(String) CODEC(ZSTD(1)),
  attribute_keys LowCardinality(String),
  attribute_types LowCardinality(String),
  dropped_attributes_count UInt32,"""

# A month a partition, but one for all times outside 2000-2100, so that a sender with absurd clocks cannot make thousands of parts.
_PARTITION = "PARTITION BY (`index`, if(toYear(time) BETWEEN 2000 AND 2099, toYYYYMM(time), 0))"

INDEX_OF_PARTITION = r"""replaceRegexpAll(extract(partition, '^.\'((?:[^\\\\\']|\\\\.)*)\''), '\\\\(.)', '\\1')"""
"""SQL for the index name inside `system.parts.partition`, which reads `('main',202611)`."""

# Few, large merges and compact parts: merging costs as much as inserting. Merging column by column (vertically) was measured at 10.5
# CPU-us a span against 3.1 row by row (1.4 M spans, 21 parts, 2026-11-21). The window of tokens outlives any replay.
_SETTINGS = """SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1,
  merge_selector_base = 20, min_bytes_for_wide_part = 268435456, min_rows_for_wide_part = 1000000,
  enable_vertical_merge_algorithm = 0, ratio_of_defaults_for_sparse_serialization = 0.95"""

LOGS = f"""CREATE TABLE {{database}}.logs ({_ORIGIN}
  observed DateTime64(9) CODEC(Delta(8), LZ4),
  severity LowCardinality(String),
  severity_number UInt8,
  body String CODEC(ZSTD(1)),
  body_type LowCardinality(String),
  trace_id String CODEC(ZSTD(1)),
  span_id String CODEC(ZSTD(1)),
  flags UInt32,
  event_name LowCardinality(String),{_ATTRIBUTES}{_CONTEXT},
  INDEX ix_body lower(body) TYPE text(tokenizer = 'splitByNonAlpha'),
  INDEX ix_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX ix_received received TYPE minmax GRANULARITY 1)
ENGINE = MergeTree {_PARTITION} ORDER BY (toStartOfFiveMinutes(time), service, time) {_SETTINGS}"""

SPANS = f"""CREATE TABLE {{database}}.spans ({_ORIGIN}
  trace_id String CODEC(ZSTD(1)),
  span_id String CODEC(ZSTD(1)),
  parent_span_id String CODEC(ZSTD(1)),
  trace_state LowCardinality(String),
  flags UInt32,
  name LowCardinality(String),
  kind LowCardinality(String),
  status LowCardinality(String),
  status_message LowCardinality(String),
  duration Int64 CODEC(ZSTD(1)),
  events String CODEC(ZSTD(1)),
  links String CODEC(ZSTD(1)),
  dropped_events_count UInt32,
  dropped_links_count UInt32,{_ATTRIBUTES}{_CONTEXT},
  INDEX ix_trace trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX ix_received received TYPE minmax GRANULARITY 1)
ENGINE = MergeTree {_PARTITION} ORDER BY (toStartOfFiveMinutes(time), service, time) {_SETTINGS}"""

POINTS = f"""CREATE TABLE {{database}}.points ({_ORIGIN}
  metric LowCardinality(String),
  series UInt64 CODEC(LZ4),
  start DateTime64(9) CODEC(Delta(8), ZSTD(1)),
  value Float64 CODEC(Gorilla, ZSTD(1)),
  number LowCardinality(String),
  integer Int64 CODEC(ZSTD(1)),
  type LowCardinality(String),
  unit LowCardinality(String),
  description LowCardinality(String),
  temporality LowCardinality(String),
  monotonic Bool,
  flags UInt32,
  distribution String CODEC(ZSTD(1)),
  exemplars String CODEC(ZSTD(1)),
  attributes LowCardinality(String),{_CONTEXT},
  INDEX ix_received received TYPE minmax GRANULARITY 1)
ENGINE = MergeTree {_PARTITION} ORDER BY (metric, series, time) {_SETTINGS}"""

# What an index holds, kept up by `store.catalogue` a little behind the inserts (a view on every insert costs 20 ms each).
FIELD_NAMES = """CREATE TABLE {database}.field_names (
  origin LowCardinality(String),
  `index` LowCardinality(String),
  place LowCardinality(String),
  name String,
  type LowCardinality(String),
  last DateTime64(3))
ENGINE = ReplacingMergeTree(last) ORDER BY (`index`, origin, place, name, type)"""

METRIC_CATALOGUE = """CREATE TABLE {database}.metric_catalogue (
  `index` LowCardinality(String),
  metric LowCardinality(String),
  type LowCardinality(String),
  unit LowCardinality(String),
  description String,
  temporality LowCardinality(String),
  monotonic Bool,
  last DateTime64(3))
ENGINE = ReplacingMergeTree(last) ORDER BY (`index`, metric, type, unit, description, temporality, monotonic)"""

VERSIONS = """CREATE TABLE IF NOT EXISTS {database}.schema_versions (version UInt32, applied DateTime64(3))
ENGINE = MergeTree ORDER BY version"""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (LOGS, SPANS, POINTS),
    (
        FIELD_NAMES,
        METRIC_CATALOGUE,
        "ALTER TABLE {database}.points ADD COLUMN metadata LowCardinality(String) AFTER exemplars",
    ),
    # 0.6 CPU-us less a span to insert and 0.8 to merge, for 8 bytes more a span (demo data, 2026-11-21).
    ("ALTER TABLE {database}.spans MODIFY COLUMN attributes Array(String) CODEC(LZ4)",),
)
"""Statements from version n to n + 1, in order; the store's version is how many have been applied. Append, never edit."""
