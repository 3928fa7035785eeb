from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from pilotage.model.problem import PilotageError
from pilotage.state import documents, notifications, objectives, runs
from pilotage.state.database import connect, current_revision
from pilotage.state.tables import METADATA


def test_migrations_arrive_at_the_declared_tables(tmp_path):
    declared = {documents.TABLES["channels"].name, notifications.OUTBOX.name, runs.ACTION_RUNS.name, objectives.SLO_SLICES.name}
    assert declared <= METADATA.tables.keys()
    engine = connect(f"sqlite:///{tmp_path / 's.db'}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == current_revision()
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused(tmp_path):
    address = f"sqlite:///{tmp_path / 's.db'}"
    connect(address).dispose()
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(PilotageError, match="state-newer"):
        connect(address)


def test_opening_a_current_database_does_not_import_alembic(tmp_path):
    address = f"sqlite:///{tmp_path / 's.db'}"
    connect(address).dispose()
    code = f"import sys; from pilotage.state.database import connect; connect({address!r}).dispose(); assert 'alembic' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_door_to_state_does_not_import_sqlalchemy():
    code = "import sys, pilotage.state.open, pilotage.state.records; assert 'sqlalchemy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("address", "code"),
    [("nonsense", "state-address"), ("oracle9://x", "state-address"), ("sqlite:////nowhere/at/all/s.db", "state-unreachable")],
)
def test_addresses_that_cannot_be_opened_say_why(address, code):
    with pytest.raises(PilotageError) as caught:
        connect(address)
    assert caught.value.problem.code == code


def test_a_step_that_fails_leaves_nothing_half_made(tmp_path, monkeypatch):
    address = f"sqlite:///{tmp_path / 's.db'}"
    from pilotage.state import database

    def broken(connection):
        connection.execute(text("CREATE TABLE half (a INTEGER)"))
        raise OSError("disk")

    monkeypatch.setattr(database, "_upgrade", broken)
    with pytest.raises(PilotageError, match="state-unreachable"):
        connect(address)
    engine = create_engine(address)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0
    engine.dispose()
