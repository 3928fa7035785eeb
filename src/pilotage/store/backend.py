"""What the rest of the store asks of a database engine. One implementation a file in `backends`, chosen by the address's scheme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import pyarrow as pa

Parameters = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reading session may spend. `0` means unlimited.

    `seconds` of wall time, `memory_bytes` of working memory, `rows_read` from disk, `result_rows` handed back (more is an error).
    """

    seconds: float = 300.0
    memory_bytes: int = 4 << 30
    rows_read: int = 0
    result_rows: int = 0


class ReadSession(Protocol):
    """A session whose limits were set first and which was made read-only after: no INSERT, no settings, no `file()` or `url()`."""

    def arrow(self, sql: str, parameters: Parameters | None = None) -> Iterator[pa.RecordBatch]:
        """Stream the rows of `sql` as record batches. Raises `PilotageError` (`query-timeout`, `query-memory`, `query-cancelled`, …)."""
        ...

    def text(self, sql: str, parameters: Parameters | None = None) -> Iterator[bytes]:
        """Stream a statement of one String column as lines, each ended by a newline, in pieces of whole lines."""
        ...

    def cancel(self) -> None:
        """Stop the running statement, from any thread."""
        ...

    def close(self) -> None:
        """Give the session back."""
        ...


class Backend(Protocol):
    """A database engine holding the store's tables."""

    def changes(self) -> int:
        """A number that grows with every write of this process: what was read before is current while it stands still."""
        ...

    def execute(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run one writing statement."""
        ...

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[tuple[object, ...]]:
        """All rows of a small statement of ours."""
        ...

    def insert(self, table: str, data: pa.Table) -> None:
        """Append `data` to `table` (`database.table`), columns matched by name."""
        ...

    def load(self, sql: str) -> None:
        """Run an `INSERT … SELECT … FROM file(…)` on a session of its own, so that loading never waits for other writers."""
        ...

    def reader(self, limits: Limits) -> ReadSession:
        """A fresh reading session under `limits`."""
        ...

    def backup(self, path: str) -> None:
        """Copy every table into the new directory `path`, consistently a table."""
        ...

    def restore(self, path: str) -> None:
        """Fill the empty tables from a directory written by `backup`."""
        ...

    def close(self) -> None:
        """Flush and let go of the files."""
        ...
