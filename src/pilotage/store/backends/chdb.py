"""chDB: ClickHouse inside this process, one directory. Sessions on one path share one engine and may run in several threads."""

from __future__ import annotations

import os
import re
import shutil
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

# Read when the engine's library is loaded, so before the import. Kept for five seconds only (its default), the memory of one insert is
# given back before the next and its pages are cleared anew: 12 % of all CPU under load.
os.environ.setdefault("JE_MALLOC_CONF", "dirty_decay_ms:30000")

from chdb import ChdbError
from chdb.session import Session

from pilotage.model.problem import PilotageError, Problem
from pilotage.store.backend import Limits, Parameters
from pilotage.store.schema import STAGE_DATABASE

BLOCK_ROWS = 8192

_CODES = {
    159: ("query-timeout", "the query ran longer than its time limit", "narrow the time range or raise limits.query_seconds"),
    160: ("query-timeout", "the query would run longer than its time limit", "narrow the time range or raise limits.query_seconds"),
    241: ("query-memory", "the query needs more memory than its limit", "aggregate earlier or raise limits.query_memory_bytes"),
    158: ("query-rows", "the query reads more rows than its limit", "narrow the time range or name an index"),
    396: ("query-rows", "the query returns more rows than its limit", "add `head` or aggregate"),
    394: ("query-cancelled", "the query was cancelled", None),
    162: ("query-too-large", "the commands of the query nest too deep for the engine", "use fewer commands that each need the one before"),
    167: ("query-too-large", "the expressions of the query nest too deep for the engine", "split them over several `eval`s"),
    168: ("query-too-large", "the query has too many parts for the engine", "use `IN (…)`, patterns or fewer fields"),
    306: ("query-too-large", "the query nests too deep for the engine", "use fewer commands that each need the one before"),
    243: ("disk-full", "the disk that holds the store is full", "free space or shorten a retention"),
}
SCHEMA_CACHE = Path("__cache__")
"""Where the engine keeps wire schemas, in the working directory. A full disk leaves empty files there, which it then trusts."""
_REGEX_ERRORS = (
    re.compile(r"cannot compile re2: .*?, error: (.*?)\. Look at ", re.DOTALL),
    re.compile(r"not a valid re2 pattern: (.*?)(?:: while executing|: In scope|\. \(BAD_ARGUMENTS)", re.DOTALL),
)
_RANGE_ERROR = "A call to function range "
_EXPECTED = re.compile(r"Code: (\d+)")


def problem_of(error: Exception) -> Problem:
    """The engine's error as a `Problem`: known codes get our words, others the engine's first line."""
    text = str(error)
    codes = [int(c) for c in _EXPECTED.findall(text)]
    for code in codes:
        if code in _CODES:
            name, sentence, hint = _CODES[code]
            return Problem(name, sentence, hint=hint)
    if found := next((f for f in (p.search(text) for p in _REGEX_ERRORS) if f), None):
        return Problem("regex-invalid", f"the regular expression does not compile: {found[1]}", hint="its syntax is that of RE2")
    if _RANGE_ERROR in text:
        return Problem("bad-argument", "`mvrange` makes too many values, or its step is not above 0", hint="use a larger step")
    first = text.split("Stack trace", maxsplit=1)[0].split("\n", maxsplit=1)[0]
    first = re.sub(r"^(Code: \d+\. )?(DB::Exception: )?", "", first)
    if "Could not find a message named" in text:
        return Problem("schema-cache", "the engine's cache of wire schemas is damaged", hint="it is made anew by itself")
    if "No space left" in text:
        name, sentence, hint = _CODES[243]
        return Problem(name, sentence, hint=hint)
    return Problem("engine-error", f"the engine refused: {first[:500].rstrip('.')}", hint="please report the query that led here")


class ChdbReadSession:
    """A read-only chDB session with its own limits."""

    def __init__(self, backend: ChdbBackend, limits: Limits) -> None:
        self._backend = backend
        self._session = Session(str(backend.path))
        self._mark = ""
        self._cancelled = False
        settings = {
            "max_execution_time": limits.seconds,
            "max_memory_usage": limits.memory_bytes,
            "max_rows_to_read": limits.rows_read,
            "max_result_rows": limits.result_rows,
            "result_overflow_mode": "'throw'",
            "timeout_overflow_mode": "'throw'",
            "use_query_condition_cache": 1,
            # Reading ahead of a LIMIT costs more than it gains: the newest rows stand in the first granules.
            "read_in_order_use_buffering": 0,
            # A reader may stop reading at any time: what is made ahead for it, a few blocks of wide rows, must stay small.
            "max_block_size": BLOCK_ROWS,
            # Wide rows are sorted on disk long before they are the query's memory; many searches run at a time.
            "max_bytes_before_external_sort": limits.memory_bytes // 8,
            "max_bytes_ratio_before_external_sort": 0,
            "max_query_size": 16 << 20,
            # The language has limits of its own (`query-too-large`), which are reached first.
            "max_ast_elements": 1_000_000,
            "max_expanded_ast_elements": 2_000_000,
            # JSON objects are made of named tuples whose absent fields are left out.
            "output_format_json_named_tuples_as_objects": 1,
            "output_format_json_skip_null_value_in_named_tuples": 1,
            "output_format_json_escape_forward_slashes": 0,
        }
        self._session.query("SET " + ", ".join(f"{name} = {value}" for name, value in settings.items()))
        self._session.query("SET readonly = 1")

    def _marked(self, sql: str) -> str:
        self._mark = f"/* {uuid.uuid4().hex} */"
        return f"{self._mark} {sql}"

    def arrow(self, sql: str, parameters: Parameters | None = None) -> Iterator[pa.RecordBatch]:
        """Stream the rows of `sql` as record batches."""
        try:
            with self._session.send_query(self._marked(sql), "Arrow", params=dict(parameters or {})) as stream:
                yield from stream.record_batch(rows_per_batch=65_536)
        except (ChdbError, RuntimeError, pa.ArrowException) as error:
            raise self._failure(error) from error
        finally:
            self._mark = ""

    def text(self, sql: str, parameters: Parameters | None = None) -> Iterator[bytes]:
        """Stream a statement of one String column as lines."""
        try:
            with self._session.send_query(self._marked(sql), "TSVRaw", params=dict(parameters or {})) as stream:
                for piece in stream:
                    data = piece.bytes()
                    if data:
                        yield data
        except (ChdbError, RuntimeError) as error:
            raise self._failure(error) from error
        finally:
            self._mark = ""

    def _failure(self, error: Exception) -> PilotageError:
        if self._cancelled:
            return PilotageError(Problem("query-cancelled", "the query was cancelled"))
        return PilotageError(problem_of(error))

    def cancel(self) -> None:
        """Stop the running statement, from any thread; nothing happens when none runs."""
        mark = self._mark
        self._cancelled = True
        if mark:
            self._backend.execute("KILL QUERY WHERE startsWith(query, {mark:String}) ASYNC", {"mark": mark})

    def close(self) -> None:
        """Give the session back."""
        self._session.close()


class ChdbBackend:
    """The engine on one directory. `path` must be this process's alone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        for schema in SCHEMA_CACHE.glob("*.proto"):
            if schema.stat().st_size == 0:
                schema.unlink(missing_ok=True)
        self._writer = Session(str(path))
        self._writing = threading.Lock()
        self._loader = threading.local()
        self._loaders: list[Session] = []
        self._changes = 0

    def changes(self) -> int:
        """A number that grows with every write but those to stage tables."""
        return self._changes

    def execute(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run one writing statement."""
        self._run(sql, "Null", parameters)
        self._changes += f" {STAGE_DATABASE}." not in sql

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[tuple[object, ...]]:
        """All rows of a small statement of ours."""
        data = self._run(sql, "Arrow", parameters)
        if not data:
            return []
        columns = [column.to_pylist() for column in pa.ipc.open_file(data).read_all().columns]
        return list(zip(*columns, strict=True))

    def _run(self, sql: str, form: str, parameters: Parameters | None) -> bytes:
        with self._writing:
            try:
                return bytes(self._writer.query(sql, form, params=dict(parameters or {})).bytes())
            except (ChdbError, RuntimeError) as error:
                # What a statement wrote before it failed would stand before the next one's answer.
                self._writer.query("SELECT 1", "TSV")
                raise PilotageError(problem_of(error)) from error

    def insert(self, table: str, data: pa.Table) -> None:
        """Append `data` to `table`, columns matched by name."""
        database, name = table.split(".")
        columns = ", ".join(f"`{c}`" for c in data.column_names)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, data.schema) as writer:
            writer.write_table(data)
        with self._writing:
            try:
                # Rows of more partitions than the limit would be dropped without an error.
                statement = f"INSERT INTO `{database}`.`{name}` ({columns}) SETTINGS max_partitions_per_insert_block = 0"
                with self._writer.send_insert(statement, "ArrowStream") as inserter:
                    inserter.append(sink.getvalue().to_pybytes())
                    inserter.finish()
                self._changes += database != STAGE_DATABASE
            except (ChdbError, RuntimeError) as error:
                raise PilotageError(problem_of(error)) from error

    def load(self, sql: str) -> None:
        """Run an `INSERT … SELECT … FROM file(…)` on this thread's own session."""
        session: Session | None = getattr(self._loader, "session", None)
        if session is None:
            session = self._loader.session = Session(str(self.path))
            self._loaders.append(session)
        try:
            session.query(sql, "Null")
            self._changes += 1
        except (ChdbError, RuntimeError) as error:
            problem = problem_of(error)
            if problem.code == "schema-cache":
                shutil.rmtree(SCHEMA_CACHE, ignore_errors=True)
            raise PilotageError(problem) from error

    def reader(self, limits: Limits) -> ChdbReadSession:
        """A fresh reading session under `limits`."""
        return ChdbReadSession(self, limits)

    def backup(self, path: str) -> None:
        """Copy every table into the new directory `path` as one compressed file in the engine's own format each."""
        target = Path(path)
        target.mkdir(parents=True)
        for (name,) in self.rows("SELECT name FROM system.tables WHERE database = 'pilotage' AND engine LIKE '%MergeTree'"):
            file = str(target / f"{name}.native.zst")
            self.execute(f"INSERT INTO FUNCTION file({{file:String}}, 'Native') SELECT * FROM pilotage.`{name}`", {"file": file})

    def restore(self, path: str) -> None:
        """Fill the empty tables from a directory written by `backup`."""
        for file in sorted(Path(path).glob("*.native.zst")):
            name = file.name.removesuffix(".native.zst")
            if name == "schema_versions":
                continue
            self.execute(f"INSERT INTO pilotage.`{name}` SELECT * FROM file({{file:String}}, 'Native')", {"file": str(file)})

    def close(self) -> None:
        """Close every session; the files are then free for another process."""
        for session in self._loaders:
            session.close()
        self._writer.close()


def open_backend(address: str) -> ChdbBackend:
    """Open `chdb:///absolute/path` or a plain path."""
    return ChdbBackend(Path(address.removeprefix("chdb://")).absolute())
