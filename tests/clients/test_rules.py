"""A secret sent by every protocol, wherever it fits, is in no file of the data directory after loading, nor in what the server says.

Also not after a kill in the middle, in what could not be loaded, in leftovers of a killed search for a request at fault, and in the
server's own telemetry.
"""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from pilotage.ingest.receive import discover
from pilotage.ingest.request import Accepted, Reply, envelope
from pilotage.ingest.spool import Spool
from pilotage.store.open import Store, open_store

from . import live
from .secrets import SECRET, SENDERS, WORD

KEY = "0123456789abcdef0123456789abcdef"
CONFIGURATION = """
[[redact]]
name = "canary"
pattern = "CANARY[0-9a-f]+"
replacement = "<hidden>"

[[redact]]
name = "passwords"
fields = ["password"]
action = "hash"
key_file = "key"

[[extract]]
name = "first-word"
kind = "anchor"
pattern = "text *"
fields = ["after_text"]
nodrop = true
"""
FORMS = tuple(
    form
    for word in (SECRET, WORD)
    for form in (
        word.encode(),
        word.upper().encode(),
        word.encode().hex().encode(),
        base64.b64encode(word.encode())[:-4],
        word[:8].encode(),
    )
)


def send(server: live.Server) -> None:
    for sender in SENDERS.values():
        for path, headers, body in sender():
            request = urllib.request.Request(server.url + path, data=body, headers=headers, method="POST")
            # Some are malformed on purpose.
            assert status(request) in (200, 201, 204, 400), path


def status(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def found_in(paths: list[Path]) -> list[str]:
    """Files that hold the secret in some form."""
    hits = []
    for path in paths:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue
        hits += [f"{path}: {form!r}" for form in FORMS if form in data]
    return hits


def everything(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def loaded(server: live.Server, spool: Path) -> None:
    live.until("everything loaded", lambda: None if found_in(everything(spool)) else True, 60.0)
    assert server.process.poll() is None, server.tail()


def rows_with_secrets(store: Store) -> list[tuple[object, ...]]:
    """(table, column, rows) of every column of every table, decompressed."""
    columns = store.backend.rows("SELECT table, name FROM system.columns WHERE database = 'pilotage'")
    hits: list[tuple[object, ...]] = []
    for table, column in columns:
        looks = " OR ".join(f"position(toString(`{column}`), '{form.decode()}') > 0" for form in FORMS)
        ((count,),) = store.backend.rows(f"SELECT count() FROM pilotage.`{table}` WHERE {looks}")
        if count:
            hits.append((table, column, count))
    return hits


def leave_behind(folder: Path) -> None:
    """What a run may leave that ended by a kill: a stream nobody reads any more, and copies made while a request was looked for."""
    spool = Spool(folder / "data" / "spool")
    body = f'{{"text": "{SECRET}", "note": "\\u0070assword"}}'.encode()
    for text in (body, b"\xff\xfe " + SECRET.encode(), f"password={WORD}".encode()):
        head, rest = envelope(Accepted("gone", text, 1, Reply(200), index="main", source=f"src {SECRET}"), 10**18, b"")
        spool.append("gone", head, rest, 1).result(timeout=10)
    spool.close()
    part = folder / "data" / "spool" / ".retry-killed" / "part"
    part.parent.mkdir()
    part.write_text(SECRET)


def test_every_protocol_is_tried() -> None:
    assert set(SENDERS) == set(discover())


@pytest.mark.timeout(240)
def test_a_secret_is_nowhere_after_loading(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(CONFIGURATION)
    (tmp_path / "key").write_text(KEY)
    server = live.start(tmp_path, "--config", str(tmp_path / "rules.toml"))
    send(server)
    server.process.kill()
    server.process.wait()
    leave_behind(tmp_path)
    assert found_in(everything(tmp_path / "data" / "spool")), "the spool must have been killed with data in it"
    server = live.start(tmp_path, "--config", str(tmp_path / "rules.toml"))
    send(server)
    loaded(server, tmp_path / "data" / "spool")
    server.wait_for("index=_dead_letter", 5)
    assert server.count("index=main after_text=*hidden*") > 0
    assert live.stop(server) == 0
    assert found_in([server.log]) == []
    assert KEY.encode() not in server.log.read_bytes()
    raw = found_in(everything(tmp_path / "data"))
    store = open_store(tmp_path / "data" / "store")
    try:
        assert rows_with_secrets(store) == []
        assert raw == []
        tables = store.backend.rows(
            "SELECT 'logs', count() FROM pilotage.logs UNION ALL SELECT 'spans', count() FROM pilotage.spans "
            "UNION ALL SELECT 'points', count() FROM pilotage.points"
        )
        assert all(int(str(count)) > 0 for _, count in tables)
        ((hidden, hashed),) = store.backend.rows(
            "SELECT countIf(position(body, '<hidden>') > 0), countIf(arrayExists(v -> startsWith(v, 'hmac:'), attributes)) FROM pilotage.logs"
        )
        assert int(str(hidden)) > 10
        assert int(str(hashed)) > 5
    finally:
        store.close()
