"""Acknowledgement channels: how many ids each one has been given, so that a sender may ask which of its requests are safe.

An id is given out only after the spool's sync, so every id below a channel's count is safe for ever; only the counts need keeping.
They are written without a sync: a killed process loses none, and after a power cut a lost count answers "not safe", which makes the
sender send again.
"""

from __future__ import annotations

import hashlib
import os
import struct
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pilotage.model.problem import fail

IDLE_SECONDS = 24 * 3600
MAX_CHANNELS = 65_536
_SLOT = struct.Struct("<16sQd")


@dataclass(slots=True)
class _Channel:
    slot: int
    issued: int
    used: float


class Channels:
    """Counts of ids by channel, kept in `path`; a channel idle for a day is forgotten. Thread-safe."""

    def __init__(self, path: Path, *, capacity: int = MAX_CHANNELS) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._channels: dict[bytes, _Channel] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        data = os.pread(self._file, os.fstat(self._file).st_size, 0)
        self._slots = len(data) // _SLOT.size
        self._free: list[int] = []
        for slot in range(self._slots):
            name, issued, used = _SLOT.unpack_from(data, slot * _SLOT.size)
            if used < time.time() - IDLE_SECONDS:
                self._free.append(slot)
            else:
                self._channels[name] = _Channel(slot, issued, used)

    def open(self, channel: str) -> None:
        """Make room for `channel` before anything of it is stored. Raises `channels-full`."""
        with self._lock:
            self._find(channel)

    def issue(self, channel: str) -> int:
        """The next id of `channel`, from 0: the request it stands for must be safe already."""
        with self._lock:
            found = self._find(channel)
            number = found.issued
            found.issued, found.used = number + 1, time.time()
            os.pwrite(self._file, _SLOT.pack(_digest(channel), found.issued, found.used), found.slot * _SLOT.size)
            return number

    def issued(self, channel: str, numbers: Iterable[int]) -> dict[int, bool]:
        """Which ids `channel` was given within the last day of its use; asking changes nothing."""
        with self._lock:
            found = self._channels.get(_digest(channel))
            count = found.issued if found is not None and found.used >= time.time() - IDLE_SECONDS else 0
        return {n: 0 <= n < count for n in numbers}

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _find(self, channel: str) -> _Channel:
        name, now = _digest(channel), time.time()
        found = self._channels.get(name)
        if found is not None:
            if found.used < now - IDLE_SECONDS:
                found.issued = 0
            return found
        if len(self._channels) >= self._capacity:
            self._forget(now)
        if len(self._channels) >= self._capacity:
            raise fail("channels-full", f"{self._capacity} acknowledgement channels are in use", hint="use a channel a sender")
        if self._free:
            slot = self._free.pop()
        else:
            slot, self._slots = self._slots, self._slots + 1
        self._channels[name] = found = _Channel(slot, 0, now)
        return found

    def _forget(self, now: float) -> None:
        for name, channel in list(self._channels.items()):
            if channel.used < now - IDLE_SECONDS:
                self._free.append(channel.slot)
                del self._channels[name]


def _digest(channel: str) -> bytes:
    return hashlib.blake2b(channel.encode("utf-8", "surrogatepass"), digest_size=16).digest()
