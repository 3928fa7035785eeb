"""`/api/v1/backup`: a copy of store and state, written by the server into a directory it can reach."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail


@dataclass(frozen=True, slots=True)
class BackupRequest:
    """`directory`: an absolute path that does not exist yet, on the server's machine."""

    directory: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What was written."""

    directory: str
    bytes: int


async def backup(call: Call) -> Backup:
    """Write the backup. What is still on its way through the spool is loaded first, so that every acknowledged record is in it."""
    if "\0" in call.body.directory:
        raise fail("bad-request", "`directory` holds a NUL character, which no path can")
    path = Path(call.body.directory)
    if not path.is_absolute():
        raise fail("bad-request", f"`{path}` is not an absolute path", hint="the directory is on the server's machine")
    services = call.services
    await services.intake.drain()

    def write() -> int:
        try:
            services.store.backup(path)
            services.state.backup(path)
            return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
        except OSError as error:
            raise fail("backup-failed", f"cannot write the backup to `{path}`: {error.strerror}") from error

    size = await asyncio.to_thread(write)
    await services.audit(call.grant, "backup.create", str(path), {"bytes": str(size)})
    return Backup(str(path), size)


RESOURCE = Resource(
    "backup",
    (
        Operation(
            "POST",
            "/api/v1/backup",
            "Write a backup on the server's machine",
            "admin",
            backup,
            body=BackupRequest,
            answer=Backup,
            status=201,
        ),
    ),
)
