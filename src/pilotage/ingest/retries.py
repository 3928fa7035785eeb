"""Recognises a request that was acknowledged in the last minutes and is sent again byte for byte, also across a restart.

Requests to which their sender gives a key of its own are remembered for a week: that is how an interrupted import goes on.

A digest travels inside the request's own envelope, so it is durable exactly when the request is; when a segment is deleted its
digests move to a log of their own first.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import xxhash

from pilotage.ingest.spool import Segment, fields_of

WINDOW_SECONDS = 900.0
FILE_SECONDS = 300
KEYED_WINDOW_SECONDS = 7 * 86_400.0
KEYED_FILE_SECONDS = 86_400
_RECORD = 24


class Retries:
    """Digests of recent requests, in memory and in `folder`. Thread-safe."""

    def __init__(self, folder: Path, pending: list[Segment]) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._seed = self._read_seed()
        self._seen: dict[bytes, tuple[float, Future[None] | None]] = {}
        self._lock = threading.Lock()
        for path in self._files():
            data = path.read_bytes()
            for at in range(0, len(data) - _RECORD + 1, _RECORD):
                self._seen[data[at : at + 16]] = (int.from_bytes(data[at + 16 : at + _RECORD], "little") / 1e9, None)
        for segment in pending:
            for digest, moment in _digests(segment):
                self._seen[digest] = (moment / 1e9, None)

    def digest(self, stream: str, index: str, body: bytes, key: str = "") -> bytes:
        """16 bytes that name this request: a secret hash of its body, stream, index and its sender's own `key`.

        The first bit says whether there is a key.
        """
        hasher = xxhash.xxh3_128(body, seed=self._seed)
        hasher.update(f"\0{stream}\0{index}".encode())
        if key:
            hasher.update(f"\0{key}".encode("utf-8", "surrogateescape"))
        found = hasher.digest()
        return bytes((found[0] & 0x7F | (0x80 if key else 0),)) + found[1:]

    def seen(self, digest: bytes) -> Future[None] | bool:
        """False for a new request; True for one acknowledged in the window; the future of one that is being written right now."""
        with self._lock:
            found = self._seen.get(digest)
            if found is None or found[0] < time.time() - _window(digest):
                return False
            return found[1] if found[1] is not None and not found[1].done() else True

    def note(self, digest: bytes, done: Future[None]) -> None:
        """A request is being written; when that fails it is forgotten again."""
        with self._lock:
            self._seen[digest] = (time.time(), done)
        done.add_done_callback(lambda f: self._settled(digest, f))

    def _settled(self, digest: bytes, done: Future[None]) -> None:
        with self._lock:
            if done.exception() is not None:
                self._seen.pop(digest, None)
            elif digest in self._seen:
                self._seen[digest] = (self._seen[digest][0], None)

    def remember(self, segment: Segment) -> None:
        """Log a segment's digests durably; its file may then be deleted."""
        now = time.time()
        fresh = [(d, m) for d, m in _digests(segment) if m / 1e9 > now - _window(d)]
        for suffix, (seconds, _) in _FILES.items():
            records = [d + m.to_bytes(8, "little") for d, m in fresh if _suffix(d) == suffix]
            if records:
                path = self._folder / f"{int(now) // seconds * seconds:012d}{suffix}"
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    os.write(descriptor, b"".join(records))
                    os.fdatasync(descriptor)
                finally:
                    os.close(descriptor)
        self._expire(now)

    def _expire(self, now: float) -> None:
        for path in set(self._folder.iterdir()) - set(self._files()):
            if path.suffix in _FILES:
                path.unlink(missing_ok=True)
        with self._lock:
            if len(self._seen) > 10_000:
                self._seen = {d: v for d, v in self._seen.items() if v[0] > now - _window(d)}

    def _files(self) -> list[Path]:
        """The logs that may hold a digest of the window."""
        now = time.time()
        return [
            path
            for suffix, (seconds, window) in _FILES.items()
            for path in sorted(self._folder.glob(f"*{suffix}"))
            if int(path.stem) + seconds > now - window
        ]

    def _read_seed(self) -> int:
        """A secret seed, so that nobody outside can make two requests that look the same."""
        path = self._folder / "seed"
        if not path.exists():
            path.write_bytes(secrets.token_bytes(8))
        return int.from_bytes(path.read_bytes()[:8], "little")


_FILES = {".log": (FILE_SECONDS, WINDOW_SECONDS), ".keys": (KEYED_FILE_SECONDS, KEYED_WINDOW_SECONDS)}


def _suffix(digest: bytes) -> str:
    return ".keys" if digest[0] & 0x80 else ".log"


def _window(digest: bytes) -> float:
    return _FILES[_suffix(digest)][1]


def _digests(segment: Segment) -> Iterator[tuple[bytes, int]]:
    """(digest, time of receipt in nanoseconds) of every request of a segment that has one."""
    for _, message in segment.messages():
        found = dict(fields_of(message, lambda n: n in (2, 8)))
        digest, moment = found.get(8), found.get(2)
        if isinstance(digest, bytes) and len(digest) == 16 and isinstance(moment, int):
            yield digest, moment
