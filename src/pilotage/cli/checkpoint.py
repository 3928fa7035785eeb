"""How far a file was ingested, kept beside the user's other state so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path


def folder() -> Path:
    """`$XDG_STATE_HOME/pilotage/ingest`."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "pilotage" / "ingest"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The lines of one file acknowledged for one server and index. A file that changed since counts as another file."""

    path: Path
    identity: str

    @staticmethod
    def of(file: Path, *destination: str) -> Checkpoint:
        """The checkpoint of `file` on its way to `destination` (address, index, sourcetype)."""
        status = file.stat()
        identity = json.dumps([str(file.absolute()), status.st_size, status.st_mtime_ns, *destination])
        name = hashlib.sha256("\0".join([str(file.absolute()), *destination]).encode()).hexdigest()[:32]
        return Checkpoint(folder() / f"{name}.json", identity)

    def lines(self) -> int:
        """Lines acknowledged so far; 0 for a new or changed file."""
        try:
            document = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return 0
        return int(document["lines"]) if document.get("identity") == self.identity else 0

    def keep(self, lines: int) -> None:
        """Remember that the first `lines` lines are safe on the server."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps({"kind": "ingest-checkpoint", "version": 1, "identity": self.identity, "lines": lines}))
        part.replace(self.path)

    def forget(self) -> None:
        """The file is through."""
        self.path.unlink(missing_ok=True)
