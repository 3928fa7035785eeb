"""Brings a store of any older schema version up to this one."""

from __future__ import annotations

from pilotage.model.problem import fail
from pilotage.store.backend import Backend
from pilotage.store.schema import DATABASE, MIGRATIONS, STAGE_DATABASE, VERSIONS


def version(backend: Backend) -> int:
    """How many migrations the store has seen; 0 for an empty one."""
    if not backend.rows("SELECT 1 FROM system.tables WHERE database = {d:String} AND name = 'schema_versions'", {"d": DATABASE}):
        return 0
    found = backend.rows(f"SELECT max(version) FROM {DATABASE}.schema_versions")[0][0]
    return found if isinstance(found, int) else 0


def migrate(backend: Backend, target: int = len(MIGRATIONS)) -> None:
    """Apply what is missing up to version `target`. Raises `store-newer` when a later Pilotage wrote this store."""
    backend.execute(f"CREATE DATABASE IF NOT EXISTS {DATABASE} ENGINE = Atomic")
    backend.execute(f"DROP DATABASE IF EXISTS {STAGE_DATABASE} SYNC")
    backend.execute(f"CREATE DATABASE {STAGE_DATABASE} ENGINE = Atomic")
    backend.execute(VERSIONS.format(database=DATABASE))
    have = version(backend)
    if have > len(MIGRATIONS):
        raise fail(
            "store-newer",
            f"the store has schema version {have}, this Pilotage knows up to {len(MIGRATIONS)}",
            hint="run the newer Pilotage that wrote it, or start with another --data directory",
        )
    for number in range(have, target):
        for statement in MIGRATIONS[number]:
            backend.execute(_repeatable(statement.format(database=DATABASE)))
        backend.execute(f"INSERT INTO {DATABASE}.schema_versions VALUES ({{v:UInt32}}, now64(3))", {"v": number + 1})


def _repeatable(statement: str) -> str:
    """The statement in the form that does nothing the second time: a crash may have cut a migration short."""
    return statement.replace("CREATE TABLE ", "CREATE TABLE IF NOT EXISTS ", 1).replace("ADD COLUMN ", "ADD COLUMN IF NOT EXISTS ", 1)
