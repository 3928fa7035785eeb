"""Opens a store by its address: the backend its scheme names, migrated, with its catalogue."""

from __future__ import annotations

import importlib
import json
import pkgutil
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from pilotage.model.problem import fail
from pilotage.store import backends
from pilotage.store.backend import Backend
from pilotage.store.catalogue import LiveCatalogue
from pilotage.store.migration import migrate
from pilotage.store.schema import MIGRATIONS


@dataclass(frozen=True, slots=True)
class Store:
    """An open store: the engine and what it holds."""

    backend: Backend
    catalogue: LiveCatalogue

    def backup(self, path: Path) -> None:
        """Write every table into the new directory `path`. Raises `backup-exists` when it is there already."""
        if path.exists():
            raise fail("backup-exists", f"the backup directory `{path}` exists already", hint="name a new directory")
        self.backend.backup(str(path.absolute()))
        (path / "backup.json").write_text(json.dumps({"kind": "pilotage-backup", "version": len(MIGRATIONS)}))

    def restore(self, path: Path) -> None:
        """Fill this empty store from `path`. Raises `backup-unreadable`, or `store-not-empty`."""
        try:
            document = json.loads((path / "backup.json").read_text())
        except (OSError, ValueError) as error:
            raise fail("backup-unreadable", f"`{path}` holds no backup", hint="name a directory written by `pilotage backup`") from error
        if document.get("version") != len(MIGRATIONS):
            raise fail(
                "backup-version",
                f"the backup has schema version {document.get('version')}, this Pilotage needs {len(MIGRATIONS)}",
                hint="restore it with the Pilotage that wrote it, then open that data directory with this one",
            )
        if self.catalogue.indexes():
            raise fail("store-not-empty", "the store holds data already", hint="restore into a new --data directory")
        self.backend.restore(str(path.absolute()))

    def close(self) -> None:
        """Let go of the files."""
        self.backend.close()


def _modules() -> dict[str, str]:
    """Scheme → module name of every backend in the folder (the file is named like its scheme)."""
    return {m.name: f"{backends.__name__}.{m.name}" for m in pkgutil.iter_modules(backends.__path__)}


def open_store(address: str | Path) -> Store:
    """Open `chdb://path`, `clickhouse://…` or a plain path (chDB). Raises `unknown-store` for a scheme without a backend."""
    text = str(address)
    scheme = text.split("://", 1)[0] if "://" in text else "chdb"
    known = _modules()
    if scheme not in known:
        raise fail("unknown-store", f"no store backend for `{scheme}://`", hint=f"known: {', '.join(sorted(known))}")
    module: ModuleType = importlib.import_module(known[scheme])
    backend: Backend = module.open_backend(text)
    migrate(backend)
    return Store(backend, LiveCatalogue(backend))
