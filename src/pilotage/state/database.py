"""One connection pool to SQLite (WAL) or PostgreSQL, brought to the current schema when first used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from pilotage.model.problem import fail

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection

MIGRATIONS = Path(__file__).parent / "migrations"


def current_revision() -> str:
    """The number of the newest schema step, read from the file names so that Alembic is imported only when there is work for it."""
    found = [re.fullmatch(r"r(\d{4})_\w+", path.stem) for path in (MIGRATIONS / "versions").glob("r*.py")]
    return max(match[1] for match in found if match)


def connect(address: str) -> Engine:
    """An engine on a migrated database; raises PilotageError `state-unreachable`, `state-driver-missing`, `state-newer`."""
    try:
        url = make_url(address)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername="postgresql+psycopg")
        engine = create_engine(url)
    except ModuleNotFoundError as error:
        hint = "install the extra: `pip install 'pilotage[cluster]'`"
        raise fail("state-driver-missing", f"the driver `{error.name}` for the state database is not installed", hint=hint) from error
    except (ArgumentError, NoSuchModuleError) as error:
        hint = "use `sqlite:///path` or `postgresql://user@host/database`"
        raise fail("state-address", "the state address is not a database address this version knows", hint=hint) from error
    if url.drivername == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin)
    try:
        if url.drivername == "sqlite" and url.database:
            Path(url.database).touch(mode=0o600)
        _migrate(engine)
    except DBAPIError as error:
        engine.dispose()
        raise fail("state-unreachable", f"cannot open the state database {url.render_as_string()}: {error.orig}") from error
    except OSError as error:
        raise fail("state-unreachable", f"cannot write the state database {url.database}: {error.strerror}") from error
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    # The driver begins transactions only before writes of rows; `_begin` does it, so that a migration's DDL is all or nothing.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _migrate(engine: Engine) -> None:
    with engine.begin() as connection:
        have = _revision(connection)
        want = current_revision()
        if have == want:
            return
        if have is not None and have > want:
            sentence = f"the state database has schema {have}, this version knows up to {want}"
            raise fail("state-newer", sentence, hint="start the newer Pilotage that wrote it")
        _upgrade(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - 1 CPU-second that a start without migrations must not pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
