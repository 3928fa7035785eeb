"""One process owns a data directory; the second is told who has it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from pilotage.model.problem import fail


class DataLock:
    """An advisory lock on `DATA/lock`, freed by the system when the process ends however it ends."""

    def __init__(self, data: Path) -> None:
        self._path = data / "lock"
        self._descriptor: int | None = None

    def take(self) -> None:
        """Own the directory, making it if need be. Raises PilotageError `data-locked`, `data-unwritable`."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise fail("data-unwritable", f"cannot use the data directory `{self._path.parent}`: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            owner = os.read(descriptor, 32).decode("ascii", "replace").strip()
            os.close(descriptor)
            who = f" by process {owner}" if owner else ""
            hint = "stop that server, or choose another directory with `--data`"
            raise fail("data-locked", f"the data directory `{self._path.parent}` is in use{who}", hint=hint) from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._descriptor = descriptor

    def release(self) -> None:
        """Let another process have it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
