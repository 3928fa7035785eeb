"""The loader: closed segments become rows, inside the engine. One segment is one insert a table is one block.

A segment the engine refuses is tried again request by request; the request at fault goes to the dead-letter index with the reason,
its neighbours load normally. Every insert carries a token made of the segment's name, so that a replay after a crash changes nothing.
"""

from __future__ import annotations

import logging
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol as Interface

from pilotage.ingest.dead_letters import DeadLetters
from pilotage.ingest.request import ENVELOPE, ENVELOPE_STRUCTURE, Decode
from pilotage.ingest.retries import Retries
from pilotage.ingest.spool import Segment, Spool, items_of
from pilotage.ingest.statistics import Statistics
from pilotage.ingest.varint import varint
from pilotage.model.problem import PilotageError

log = logging.getLogger(__name__)

DATABASE = "pilotage"
POLL_SECONDS = 0.05
RETRY_SECONDS = 1.0
# Not the data's fault: wait and try again, for ever.
TRANSIENT = {"disk-full", "query-memory", "query-cancelled"}


class Engine(Interface):
    """What loading needs of the store."""

    def load(self, sql: str) -> None:
        """Run one `INSERT … SELECT`."""
        ...


def statement(decode: Decode, path: Path, token: str) -> str:
    """The insert that turns the segment at `path` into rows of `decode.table`, once, whatever happens."""
    body = f"{'Body' if decode.message else 'bytes'}"
    schema = 'syntax = "proto3";\n' + decode.message + "\n" + ENVELOPE.split("\n", 1)[1] % body
    structure = ENVELOPE_STRUCTURE % decode.structure
    file = f"file({_quoted(str(path))}, Protobuf, {_quoted(structure)})"
    names = ", ".join(f"`{c}`" for c in decode.columns)
    values = ", ".join(decode.columns.values())
    return (
        f"INSERT INTO {DATABASE}.{decode.table} ({names}) SELECT {values} FROM {decode.source.replace('{segment}', file)} "
        "SETTINGS format_schema_source = 'string', format_schema_message_name = 'Envelope', "
        f"format_schema = {_quoted(schema)}, "
        f"insert_deduplicate = 1, insert_deduplication_token = {_quoted(f'{token}/{decode.table}')}, "
        "min_insert_block_size_rows = 2000000, min_insert_block_size_bytes = 1000000000, max_block_size = 1000000, "
        "max_insert_block_size = 2000000, max_threads = 1, max_insert_threads = 1, max_partitions_per_insert_block = 0, "
        "exclude_materialize_skip_indexes_on_insert = 'ix_body', output_format_json_quote_64bit_integers = 0, "
        "output_format_json_quote_denormals = 1, max_memory_usage = 0, max_execution_time = 0"
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


class Loader:
    """Loads every stream until stopped; a thread a stream, at most `concurrency` inserts at a time."""

    def __init__(self, parts: Parts, *, concurrency: int = 2) -> None:
        self._parts = parts
        self._slots = threading.BoundedSemaphore(concurrency)
        self._stopping = threading.Event()
        self._threads: dict[str, threading.Thread] = {}
        self._failing: dict[str, str] = {}

    def start(self) -> None:
        """Start the thread that looks after the streams."""
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

    def _watch(self) -> None:
        while not self._stopping.is_set():
            for stream in self._parts.spool.streams():
                if stream not in self._threads:
                    thread = threading.Thread(target=self._run, args=(stream,), name=f"load {stream}", daemon=True)
                    self._threads[stream] = thread
                    thread.start()
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
        except PilotageError as error:
            self._failing[segment.stream] = error.problem.sentence
            log.warning("segment waits", extra={"segment": segment.token, "reason": str(error)})
            self._stopping.wait(RETRY_SECONDS)

    def load(self, segment: Segment) -> None:
        """Load one segment and delete it. Raises `PilotageError` only for what waiting may mend."""
        begin = time.monotonic()
        decodes = self._parts.streams.get(segment.stream)
        if decodes is None:
            self._bury_all(segment, f"no protocol reads the stream {segment.stream}")
        else:
            for decode in decodes:
                self._load_table(segment, decode)
        self._parts.retries.remember(segment)
        self._parts.spool.remove(segment)
        self._parts.statistics.loaded(segment.stream, segment.items, time.monotonic() - begin, time.time() - segment.wall)

    def _load_table(self, segment: Segment, decode: Decode) -> None:
        try:
            self._parts.engine.load(statement(decode, segment.path, segment.token))
        except PilotageError as error:
            if error.problem.code in TRANSIENT:
                raise
            log.warning("segment refused, loading it request by request", extra={"segment": segment.token, "reason": str(error)})
            self._each(segment, lambda path, number: self._parts.engine.load(statement(decode, path, f"{segment.token}/{number}")))

    def _each(self, segment: Segment, load: Callable[[Path, int], None]) -> None:
        with tempfile.TemporaryDirectory(dir=segment.path.parent.parent, prefix=".retry-") as folder:
            path = Path(folder) / "request"
            for number, (_, message) in enumerate(segment.messages()):
                path.write_bytes(varint(len(message)) + message)
                try:
                    load(path, number)
                except PilotageError as error:
                    if error.problem.code in TRANSIENT:
                        raise
                    self._bury(segment, number, message, error.problem.sentence)

    def _bury_all(self, segment: Segment, reason: str) -> None:
        for number, (_, message) in enumerate(segment.messages()):
            self._bury(segment, number, message, reason)

    def _bury(self, segment: Segment, number: int, message: bytes, reason: str) -> None:
        self._parts.letters.bury(segment.stream, f"{segment.token}/{number}", message, reason)
        self._parts.statistics.buried(segment.stream, items_of(message))
