"""How far a file was ingested, kept beside the user's other state so that an interrupted run goes on where it stopped.

A run has a name of its own from before its first batch until the file is through; the runs that go on with it after an interruption
share it. The server stores a batch of the same run, place and content once, so the one that may or may not have arrived when the
run was killed is simply sent again.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import msgspec


def folder() -> Path:
    """`$XDG_STATE_HOME/pilotage/ingest`."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "pilotage" / "ingest"


class _Document(msgspec.Struct):
    identity: str = ""
    lines: int = 0
    run: str = ""
    kind: str = "ingest-checkpoint"
    version: int = 1


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
        return self._document().lines

    def run(self) -> str:
        """The name of the interrupted run that this one goes on with, or of a new one, which is kept at once."""
        name = self._document().run
        if not name:
            name = secrets.token_hex(16)
            self.keep(0, name)
        return name

    def keep(self, lines: int, run: str) -> None:
        """Remember that the first `lines` lines are safe on the server."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_bytes(msgspec.json.encode(_Document(self.identity, lines, run)))
        part.replace(self.path)

    def _document(self) -> _Document:
        """What is kept of this file as it is now."""
        try:
            document = msgspec.json.decode(self.path.read_bytes(), type=_Document)
        except (OSError, msgspec.MsgspecError):
            return _Document()
        return document if document.identity == self.identity else _Document()

    def forget(self) -> None:
        """The file is through."""
        self.path.unlink(missing_ok=True)
