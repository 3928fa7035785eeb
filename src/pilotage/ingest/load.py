"""The loader: closed segments become rows, inside the engine. One segment is one insert a table is one block.

A segment the engine refuses is tried again request by request; the request at fault goes to the dead-letter index with the reason,
its neighbours load normally. Every insert carries a token made of the segment's name, so that a replay after a crash changes nothing.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol as Interface

from pilotage.ingest.dead_letters import DeadLetters
from pilotage.ingest.request import ENVELOPE, ENVELOPE_STRUCTURE, Decode
from pilotage.ingest.retries import Retries
from pilotage.ingest.rules import Rules
from pilotage.ingest.spool import Segment, Spool, items_of, with_body
from pilotage.ingest.statistics import Statistics
from pilotage.ingest.varint import varint
from pilotage.model.problem import PilotageError

log = logging.getLogger(__name__)

DATABASE = "pilotage"
POLL_SECONDS = 0.05
RETRY_SECONDS = 1.0
RETRY_PREFIX = ".retry-"
# Not the data's fault: wait and try again, for ever.
TRANSIENT = {"disk-full", "disk-failed", "query-memory", "query-cancelled", "schema-cache"}


class Engine(Interface):
    """What loading needs of the store."""

    def load(self, sql: str) -> None:
        """Run one `INSERT … SELECT`."""
        ...


def statement(decode: Decode, path: Path, token: str) -> str:
    """The insert that turns the segment at `path` into rows of `decode.table`, once, whatever happens."""
    names = ", ".join(f"`{c}`" for c in decode.columns)
    select = f"SELECT {', '.join(decode.columns.values())} FROM {decode.source}"
    return (
        f"INSERT INTO {DATABASE}.{decode.table} ({names}) {_reading(decode, path, select)}, "
        f"insert_deduplicate = 1, insert_deduplication_token = {_quoted(f'{token}/{decode.table}')}, "
        "min_insert_block_size_rows = 2000000, min_insert_block_size_bytes = 1000000000, max_block_size = 1000000, "
        "max_insert_block_size = 2000000, max_threads = 1, max_insert_threads = 1, max_partitions_per_insert_block = 0, "
        "exclude_materialize_skip_indexes_on_insert = 'ix_body', output_format_json_quote_64bit_integers = 0, "
        "output_format_json_quote_denormals = 1, max_memory_usage = 0, max_execution_time = 0"
    )


def _reading(decode: Decode, path: Path, select: str) -> str:
    """A SELECT over `{segment}` with the settings that the segment at `path` is read by."""
    body = f"{'Body' if decode.message else 'bytes'}"
    schema = 'syntax = "proto3";\n' + decode.message + "\n" + ENVELOPE.split("\n", 1)[1] % body
    structure = ENVELOPE_STRUCTURE % decode.structure
    file = f"file({_quoted(str(path))}, Protobuf, {_quoted(structure)})"
    # Merged, the steps of a decode and its rules are written out anew wherever they are used: 88 instead of 7 us a row (2026-11-22).
    return (
        f"{select.replace('{segment}', file)} SETTINGS format_schema_source = 'string', format_schema_message_name = 'Envelope', "
        f"format_schema = {_quoted(schema)}, query_plan_merge_expressions = 0"
    )


def _quoted(text: str) -> str:
    """A ClickHouse string literal. Only our own paths, schemas and tokens come here."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the loader works with."""

    engine: Engine
    spool: Spool
    streams: Mapping[str, tuple[Decode, ...]]
    retries: Retries
    letters: DeadLetters
    statistics: Statistics
    rules: Rules | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """Consecutive requests of a segment, from number `first` on, and the file to put them in."""

    path: Path
    messages: list[bytes]
    first: int


class Loader:
    """Loads every stream until stopped; a thread a stream, at most `concurrency` inserts at a time."""

    def __init__(self, parts: Parts, *, concurrency: int = 2) -> None:
        self._parts = parts
        self._slots = threading.BoundedSemaphore(concurrency)
        self._stopping = threading.Event()
        self._threads: dict[str, threading.Thread] = {}
        self._failing: dict[str, str] = {}
        self._streams = parts.streams if parts.rules is None else parts.rules.streams(parts.streams)

    def start(self) -> None:
        """Start the thread that looks after the streams."""
        for left in self._parts.spool.folder.glob(f"{RETRY_PREFIX}*"):
            # A run that was killed while it looked for a request at fault left copies of requests behind.
            shutil.rmtree(left)
        self._guard = threading.Thread(target=self._watch, name="loader", daemon=True)
        self._guard.start()

    def stop(self) -> None:
        """Finish the insert in progress and stop; what is left is loaded at the next start."""
        self._stopping.set()
        for thread in (self._guard, *self._threads.values()):
            thread.join()

    @property
    def failing(self) -> Mapping[str, str]:
        """Streams that cannot be loaded now, with the reason."""
        return dict(self._failing)

    @property
    def dead(self) -> frozenset[str]:
        """Streams whose thread ended although it was not stopped; the empty name is the thread that looks after new streams."""
        threads = {"": self._guard, **self._threads}
        return frozenset(name for name, thread in threads.items() if not thread.is_alive() and not self._stopping.is_set())

    def _watch(self) -> None:
        while not self._stopping.is_set():
            for stream in self._parts.spool.streams():
                if stream not in self._threads:
                    thread = threading.Thread(target=self._run, args=(stream,), name=f"load {stream}", daemon=True)
                    thread.start()
                    self._threads[stream] = thread
            self._stopping.wait(POLL_SECONDS)

    def _run(self, stream: str) -> None:
        while not self._stopping.is_set():
            segment = self._parts.spool.take(stream)
            if segment is None:
                self._stopping.wait(POLL_SECONDS)
                continue
            with self._slots:
                self._attempt(segment)

    def _attempt(self, segment: Segment) -> None:
        try:
            self.load(segment)
            self._failing.pop(segment.stream, None)
        except (PilotageError, OSError) as error:
            self._wait(segment, error.problem.sentence if isinstance(error, PilotageError) else str(error))
        except Exception as error:
            # A fault of ours: the thread must live, and the segment stays where it is.
            log.exception("loading failed", extra={"segment": segment.token})
            self._wait(segment, f"{type(error).__name__}: {error}")

    def _wait(self, segment: Segment, reason: str) -> None:
        reason = self._harmless(reason)
        self._failing[segment.stream] = reason
        log.warning("segment waits", extra={"segment": segment.token, "reason": reason})
        self._stopping.wait(RETRY_SECONDS)

    def load(self, segment: Segment) -> None:
        """Load one segment and delete it. Raises `PilotageError` or `OSError` only for what waiting may mend."""
        segment.trim()
        decodes = self._streams.get(segment.stream)
        if decodes is None:
            for number, (_, message) in enumerate(segment.messages()):
                self._bury(segment, number, message, f"no protocol reads the stream {segment.stream}")
        else:
            for decode in decodes:
                self._load_table(segment, decode)
        self._survey(segment)
        self._parts.retries.remember(segment)
        self._parts.spool.remove(segment)
        self._parts.statistics.loaded(segment.stream, segment.items, time.time() - segment.wall)

    def _harmless(self, reason: str) -> str:
        """An error of the engine may quote data."""
        return reason if self._parts.rules is None else self._parts.rules.scrubbed_text(reason)

    def _survey(self, segment: Segment) -> None:
        """Count now and then what the rules do."""
        rules = self._parts.rules
        standing = rules.due(segment.stream, segment.items) if rules is not None else 0
        if rules is None or not standing or not segment.items:
            return
        for decode in self._parts.streams.get(segment.stream, ()):
            try:
                rules.survey(decode, partial(_reading, decode, segment.path), standing / segment.items)
            except PilotageError as error:
                log.warning("rules were not counted", extra={"segment": segment.token, "code": error.problem.code})

    def _load_table(self, segment: Segment, decode: Decode) -> None:
        try:
            self._parts.engine.load(statement(decode, segment.path, segment.token))
        except PilotageError as error:
            if error.problem.code in TRANSIENT:
                raise
            reason = self._harmless(str(error))
            log.warning("segment refused, looking for the request at fault", extra={"segment": segment.token, "reason": reason})
            messages = [message for _, message in segment.messages()]
            with tempfile.TemporaryDirectory(dir=segment.path.parent.parent, prefix=RETRY_PREFIX) as folder:
                self._part(segment, decode, _Part(Path(folder) / "part", messages, 0))

    def _part(self, segment: Segment, decode: Decode, part: _Part) -> None:
        """Load some of a segment's requests; when the engine refuses them, each half of them, down to the one at fault."""
        try:
            self._load_part(segment, decode, part, part.messages)
        except PilotageError as error:
            if error.problem.code in TRANSIENT:
                raise
            if len(part.messages) == 1:
                self._mend(segment, decode, part, error.problem.sentence)
                return
            middle = len(part.messages) // 2
            self._part(segment, decode, _Part(part.path, part.messages[:middle], part.first))
            self._part(segment, decode, _Part(part.path, part.messages[middle:], part.first + middle))

    def _load_part(self, segment: Segment, decode: Decode, part: _Part, messages: list[bytes]) -> None:
        part.path.write_bytes(b"".join(varint(len(m)) + m for m in messages))
        token = f"{segment.token}/{part.first}-{part.first + len(messages)}"
        self._parts.engine.load(statement(decode, part.path, token))

    def _mend(self, segment: Segment, decode: Decode, part: _Part, reason: str) -> None:
        """Write the request anew as its own schema has it, which drops what the engine stumbles over; else bury it."""
        (message,) = part.messages
        try:
            mended = with_body(message, decode.mend) if decode.mend is not None else None
            if mended is not None and mended != message:
                self._load_part(segment, decode, part, [mended])
                return
        except PilotageError as error:
            if error.problem.code in TRANSIENT:
                raise
            reason = error.problem.sentence
        self._bury(segment, part.first, message, reason)

    def _bury(self, segment: Segment, number: int, message: bytes, reason: str) -> None:
        self._parts.letters.bury(segment.stream, f"{segment.token}/{number}", message, reason)
        self._parts.statistics.buried(segment.stream, items_of(message))
