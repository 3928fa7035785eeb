"""Gives attributes that queries use often a column of their own, so that reading one no longer reads them all."""

from __future__ import annotations

from collections import Counter

from sqlglot import exp

from pilotage.store import fields
from pilotage.store.backend import Backend
from pilotage.store.catalogue import LiveCatalogue
from pilotage.store.schema import DATABASE

USES_TO_PROMOTE = 20
COLUMNS_A_TABLE = 40
LOW_CARDINALITY = 10_000


def promote(backend: Backend, catalogue: LiveCatalogue, totals: Counter[tuple[str, str]]) -> list[tuple[str, str]]:
    """Add the uses since the last call to `totals` and promote what passed the threshold; the new (table, attribute) pairs.

    A new column is computed from the attributes on insert; parts written before compute it on reading until merges rewrite them.
    """
    totals.update(catalogue.take_uses())
    made = []
    for (table, key), uses in totals.most_common():
        have = catalogue.promoted(table)
        if uses < USES_TO_PROMOTE or len(have) >= COLUMNS_A_TABLE:
            break
        if key in have or not _is_attribute(backend, table, key):
            continue
        _add_columns(backend, table, key)
        catalogue.read_promoted()
        made.append((table, key))
    return made


def _is_attribute(backend: Backend, table: str, key: str) -> bool:
    return bool(
        backend.rows(
            f"SELECT 1 FROM {DATABASE}.field_names WHERE origin = {{t:String}} AND place = 'attributes' AND name = {{k:String}} LIMIT 1",
            {"t": table, "k": key},
        )
    )


def _add_columns(backend: Backend, table: str, key: str) -> None:
    origin = fields.attribute(table, key)
    wide = exp.select(fields.call("uniq", origin.value.copy())).from_(
        exp.select("*").from_(exp.table_(table, db=DATABASE)).limit(200_000).subquery("recent")
    )
    distinct = backend.rows(wide.sql(dialect="clickhouse"))[0][0]
    kind = "LowCardinality(Nullable(String))" if isinstance(distinct, int) and distinct < LOW_CARDINALITY else "Nullable(String)"
    columns = ((fields.promoted_column(key), kind, origin.value), (fields.promoted_type_column(key), "LowCardinality(String)", origin.type))
    for name, declared, value in columns:
        quoted = exp.to_identifier(name, quoted=True).sql(dialect="clickhouse")
        text = value.sql(dialect="clickhouse") if value is not None else "''"
        backend.execute(f"ALTER TABLE {DATABASE}.{table} ADD COLUMN IF NOT EXISTS {quoted} {declared} MATERIALIZED {text}")
