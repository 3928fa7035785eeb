from __future__ import annotations

import sqlite3
import stat
from contextlib import closing

import pytest

from pilotage.model.problem import PilotageError
from pilotage.state.access import digest
from pilotage.state.open import open_state
from pilotage.state.records import NewToken


@pytest.fixture
def state(tmp_path):
    state = open_state(tmp_path)
    yield state
    state.close()


def test_a_token_comes_back_as_it_was_asked_for(state):
    new = NewToken("collector", ("ingest",), "hec", ("web", "main"), "web", ack=True, source="s", sourcetype="t", host="h")
    token, value = state.tokens.create(new)
    assert state.tokens.all() == [token]
    assert {name: getattr(token, name) for name in NewToken.__slots__} == {name: getattr(new, name) for name in NewToken.__slots__}
    assert value.startswith(token.prefix)
    assert state.tokens.by_digest() == {digest(value): token}


def test_the_value_is_not_in_the_file(state, tmp_path):
    _, value = state.tokens.create(NewToken("n", ("read",)))
    state.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert digest(value).encode() in kept
    assert value.encode() not in kept


def test_revoking_keeps_the_row_and_its_first_time(state):
    token, _ = state.tokens.create(NewToken("n", ("read",)))
    first = state.tokens.revoke(token.id)
    assert first.revoked_ms is not None
    assert state.tokens.revoke(token.id) == first
    with pytest.raises(PilotageError, match="unknown-token-id"):
        state.tokens.revoke("nothing")


def test_audit_reads_newest_first_and_pages(state):
    for number in range(5):
        state.audit.record("ops", "token.create", str(number), {"scopes": "read"})
    newest = state.audit.entries(limit=2)
    assert [entry.target for entry in newest] == ["4", "3"]
    assert [entry.target for entry in state.audit.entries(before=newest[-1].id)] == ["2", "1", "0"]
    assert newest[0].detail == {"scopes": "read"}


def test_a_fresh_state_is_not_created_by_looking(tmp_path):
    state = open_state(tmp_path)
    assert not state.exists()
    assert list(tmp_path.iterdir()) == []


def test_sqlite_runs_in_wal_mode(state, tmp_path):
    state.audit.record("ops", "x", "y")
    with closing(sqlite3.connect(tmp_path / "state.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_backup_holds_the_same_tokens(state, tmp_path):
    token, _ = state.tokens.create(NewToken("n", ("read",)))
    folder = tmp_path / "copy"
    folder.mkdir()
    assert open_state(tmp_path / "none").backup(folder) is None
    assert state.backup(folder) == folder / "state.db"
    copy = open_state(folder)
    assert copy.tokens.all() == [token]
    copy.close()


def test_the_state_file_is_readable_by_its_owner_only(state, tmp_path):
    state.audit.record("ops", "x", "y")
    assert stat.S_IMODE((tmp_path / "state.db").stat().st_mode) & 0o077 == 0
