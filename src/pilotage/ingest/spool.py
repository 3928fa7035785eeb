"""The spool: append-only segments that are both the write-ahead log and the micro-batches.

A request is acknowledged once its envelope is in a segment and the segment is synced; one thread writes and syncs for everybody who
waits (group commit). A segment is closed when it is large or old enough, loaded, and deleted.
"""

from __future__ import annotations

import os
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from pilotage.ingest.varint import read_varint, varint
from pilotage.model.problem import PilotageError, fail

SEGMENT_BYTES = 30 << 20
SEGMENT_ITEMS = 90_000
FRESH_SECONDS = 0.2
TRICKLE_SECONDS = 0.6
BUSY_SECONDS = 0.5
BUSY_BYTES = 1 << 20
# An insert costs 50-100 ms of CPU before its first row: the more arrives, the longer a segment is filled.
FLOOD_SECONDS = 1.0
FLOOD_ITEMS = 35_000


@dataclass(slots=True)
class Segment:
    """One file of a stream: `size` bytes that are synced, holding `items` items."""

    stream: str
    path: Path
    size: int = 0
    items: int = 0
    born: float = field(default_factory=time.monotonic)
    wall: float = field(default_factory=time.time)

    @property
    def token(self) -> str:
        """What identifies the segment for ever: names are never used twice."""
        return f"{self.stream}/{self.path.stem}"

    def trim(self) -> None:
        """Cut the file to what was synced: a failed write that could not be taken back left more."""
        if self.path.stat().st_size > self.size:
            os.truncate(self.path, self.size)

    def messages(self) -> Iterator[tuple[int, bytes]]:
        """Each envelope with its offset, without its length prefix."""
        data = self.path.read_bytes()
        at = 0
        while at < len(data):
            length, start = read_varint(data, at)
            if length < 0 or start + length > len(data):
                return
            yield at, data[start : start + length]
            at = start + length


@dataclass(slots=True)
class _Append:
    stream: str
    head: bytes
    body: bytes
    items: int
    done: Future[None]


class Spool:
    """All streams under one folder. Thread-safe. `close` it to stop the writing thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._queue: queue.SimpleQueue[_Append | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Segment, int]] = {}
        self._closed: dict[str, list[Segment]] = {}
        self._closed_at: dict[str, float] = {}
        self._backlog = 0
        self._queued = 0
        self._written = 0
        self.changed = threading.Condition(self._lock)
        folder.mkdir(parents=True, exist_ok=True)
        self._recover()
        self._thread = threading.Thread(target=self._write_forever, name="spool", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Bytes acknowledged and not yet loaded."""
        return self._backlog

    @property
    def waiting(self) -> int:
        """Bytes in memory that wait for the disk."""
        return self._queued - self._written

    def segments(self) -> list[Segment]:
        """Every segment not yet loaded, open ones included."""
        with self._lock:
            return [s for closed in self._closed.values() for s in closed] + [s for s, _ in self._open.values()]

    def streams(self) -> tuple[str, ...]:
        """Streams that have ever held anything since the start."""
        with self._lock:
            return tuple({*self._closed, *self._open})

    def append(self, stream: str, head: bytes, body: bytes, items: int) -> Future[None]:
        """Write one envelope; the future is done when it is synced, or carries `disk-full` or `disk-failed` and nothing was written."""
        append = _Append(stream, head, body, items, Future())
        # From now on it cannot be cancelled: a client that gives up must not end the writing thread, which then could not answer.
        append.done.set_running_or_notify_cancel()
        self._queued += len(body)
        self._queue.put(append)
        return append.done

    def take(self, stream: str) -> Segment | None:
        """The oldest segment of `stream` that is ready to load; closes the open one when it is old enough."""
        with self._lock:
            if self._closed.get(stream):
                return self._closed[stream][0]
            current = self._open.get(stream)
            if current is None:
                return None
            segment = current[0]
            if segment.size == 0 or time.monotonic() - segment.born < self._age(segment):
                return None
            self._close(stream)
            return self._closed[stream][0]

    def _age(self, segment: Segment) -> float:
        """Seconds to keep `segment` open: little for the first request in a while, more the more arrives."""
        if segment.items >= FLOOD_ITEMS:
            return FLOOD_SECONDS
        if segment.size >= BUSY_BYTES:
            return BUSY_SECONDS
        quiet = time.monotonic() - self._closed_at.get(segment.stream, 0.0) > 3 * TRICKLE_SECONDS
        return FRESH_SECONDS if quiet else TRICKLE_SECONDS

    def remove(self, segment: Segment) -> None:
        """Forget a loaded segment and delete its file."""
        with self._lock:
            self._closed[segment.stream].remove(segment)
            self._backlog -= segment.size
        segment.path.unlink(missing_ok=True)

    def flush(self) -> None:
        """Close every open segment, whatever its age."""
        with self._lock:
            for stream in list(self._open):
                self._close(stream)

    def close(self) -> None:
        """Write what waits, sync, stop the thread. Segments stay for the next start."""
        self._queue.put(None)
        self._thread.join()
        self.flush()

    def _close(self, stream: str) -> None:
        segment, descriptor = self._open.pop(stream)
        os.close(descriptor)
        self._closed_at[stream] = time.monotonic()
        if segment.size:
            self._closed.setdefault(stream, []).append(segment)
            self.changed.notify_all()
        else:
            segment.path.unlink(missing_ok=True)

    def _recover(self) -> None:
        """Take over segments of an earlier run, each cut to its last whole envelope: what is beyond was never acknowledged."""
        for path in sorted(self.folder.glob("*/*.seg")):
            segment = Segment(path.parent.name, path, wall=path.stat().st_mtime)
            end = items = 0
            for at, message in segment.messages():
                end = at + len(varint(len(message))) + len(message)
                items += items_of(message)
            if end < path.stat().st_size:
                os.truncate(path, end)
            segment.size, segment.items = end, items
            if end == 0:
                path.unlink()
                continue
            self._closed.setdefault(segment.stream, []).append(segment)
            self._backlog += end

    def _write_forever(self) -> None:
        while True:
            first = self._queue.get()
            batch = [first]
            while not self._queue.empty() and len(batch) < 256:
                batch.append(self._queue.get())
            self._write([a for a in batch if a is not None])
            if None in batch:
                return

    def _write(self, batch: list[_Append]) -> None:
        groups: dict[str, list[_Append]] = {}
        for append in batch:
            groups.setdefault(append.stream, []).append(append)
        for stream, appends in groups.items():
            error = self._attempt(stream, appends)
            for append in appends:
                self._written += len(append.body)
                if error is None:
                    append.done.set_result(None)
                else:
                    append.done.set_exception(error)

    def _attempt(self, stream: str, appends: list[_Append]) -> PilotageError | None:
        """Write and sync one stream's appends; on failure take every byte of them back."""
        buffers = [part for a in appends for part in (a.head, a.body)]
        size = sum(map(len, buffers))
        with self._lock:
            try:
                segment, descriptor = self._current(stream)
            except OSError as error:
                return _disk_error(error)
            try:
                _write_all(descriptor, buffers)
                os.fdatasync(descriptor)
            except OSError as error:
                try:
                    os.ftruncate(descriptor, segment.size)
                except OSError:
                    # The loader trims it before it reads it; nothing more may be written behind the torn end.
                    self._close(stream)
                return _disk_error(error)
            segment.size += size
            segment.items += sum(a.items for a in appends)
            self._backlog += size
            if segment.size >= SEGMENT_BYTES or segment.items >= SEGMENT_ITEMS:
                self._close(stream)
            elif segment.size == size:
                self.changed.notify_all()
        return None

    def _current(self, stream: str) -> tuple[Segment, int]:
        if stream not in self._open:
            folder = self.folder / stream
            if not folder.exists():
                folder.mkdir()
                _sync_folder(self.folder)
            path = folder / f"{time.time_ns():020d}-{secrets.token_hex(4)}.seg"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            _sync_folder(folder)
            self._open[stream] = (Segment(stream, path), descriptor)
        return self._open[stream]


def _disk_error(error: OSError) -> PilotageError:
    if error.errno in (28, 122):
        return fail("disk-full", "the disk that holds the spool is full", hint="free space or shorten a retention")
    return fail("disk-failed", f"the spool cannot be written: {error.strerror}", hint="check the disk and its permissions")


def _write_all(descriptor: int, buffers: list[bytes]) -> None:
    for start in range(0, len(buffers), 512):
        part = buffers[start : start + 512]
        want = sum(map(len, part))
        done = os.writev(descriptor, part)
        if done < want:
            rest = b"".join(part)[done:]
            while rest:
                rest = rest[os.write(descriptor, rest) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def fields_of(message: bytes, wanted: Callable[[int], bool]) -> Iterator[tuple[int, int | bytes]]:
    """Top-level (number, value) pairs of an envelope whose numbers are `wanted`; stops at the body."""
    at = 0
    while at < len(message):
        key, at = read_varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == 1:
            value: int | bytes = int.from_bytes(message[at : at + 8], "little")
            at += 8
        elif wire == 0:
            value, at = read_varint(message, at)
        else:
            length, at = read_varint(message, at)
            if number == 15:
                if wanted(15):
                    yield 15, message[at : at + length]
                return
            value = message[at : at + length]
            at += length
        if wanted(number):
            yield number, value


def items_of(message: bytes) -> int:
    """The item count an envelope carries."""
    return next((v for _, v in fields_of(message, lambda n: n == 9) if isinstance(v, int)), 0)


def with_body(message: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The envelope `message` with its body changed; the body is its last field."""
    body = next((v for _, v in fields_of(message, lambda n: n == 15) if isinstance(v, bytes)), b"")
    changed = change(body)
    head = message[: len(message) - len(body) - len(varint(len(body)))]
    return head + varint(len(changed)) + changed
