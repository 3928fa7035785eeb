"""Files that people keep (lookups), by the SHA-256 of their content: a name that exists is a whole file that never changes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from pathlib import Path

from pilotage.model.problem import fail


class Artifacts:
    """One folder of artefacts. Safe to use from several threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, data: bytes) -> str:
        """Store bytes durably; returns their hex SHA-256. Raises PilotageError `artifact-unwritable`."""
        digest = hashlib.sha256(data).hexdigest()
        target = self.folder / digest
        if target.exists():
            return digest
        waiting = self.folder / f".{digest[:16]}.{secrets.token_hex(4)}"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with waiting.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            waiting.replace(target)
            _sync(self.folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                waiting.unlink()
            raise fail("artifact-unwritable", f"cannot write into `{self.folder}`: {error.strerror}") from error
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes. Raises PilotageError `artifact-missing`."""
        try:
            return (self.folder / digest).read_bytes()
        except OSError as error:
            raise fail("artifact-missing", f"the file {digest[:16]}… is not in `{self.folder}`", hint="put the lookup again") from error

    def drop(self, digest: str) -> None:
        """Forget a file that nothing names any more."""
        (self.folder / digest).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """A rename is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
