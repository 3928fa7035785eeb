"""Fills a fresh data directory from a backup."""

from __future__ import annotations

import shutil
from pathlib import Path

from pilotage.api.lock import DataLock
from pilotage.model.problem import fail


def restore(backup: Path, data: Path, store: str | None = None) -> None:
    """Restore store and state. Raises PilotageError `backup-unreadable`, `store-not-empty`, `data-locked`, `state-not-empty`."""
    from pilotage.store.open import open_store  # noqa: PLC0415 - the engine takes 250 MB; a refusal below needs none of it

    if not (backup / "backup.json").is_file():
        raise fail("backup-unreadable", f"`{backup}` holds no backup", hint="name a directory written by `pilotage backup`")
    if (data / "state.db").exists():
        raise fail("state-not-empty", f"`{data}` holds a state database already", hint="restore into a new --data directory")
    lock = DataLock(data)
    lock.take()
    try:
        opened = open_store(store or data / "store")
        try:
            opened.restore(backup)
        finally:
            opened.close()
        if (backup / "state.db").exists():
            shutil.copy(backup / "state.db", data / "state.db")
            (data / "state.db").chmod(0o600)
        if (backup / "artifacts").is_dir():
            shutil.copytree(backup / "artifacts", data / "artifacts", dirs_exist_ok=True)
    finally:
        lock.release()
