"""Files as batches of whole records: JSON lines, CSV, Parquet and text, plain or compressed by gzip or Zstandard."""

from __future__ import annotations

import base64
import gzip
import json
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from pilotage.model.problem import fail

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_BYTES = 4 << 20
RECORD_BYTES = 32 << 20
RECORD_LINES = 1000
MESSAGE_BYTES = 1 << 20
_FORMATS = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".log": "text", ".txt": "text", ".parquet": "parquet"}
_COMPRESSED = (".gz", ".zst")


Begins = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Batch:
    """Whole lines to send: `lines` of them, the first has the number `first_line` (from 1).

    `read` is how many bytes of the file on disk were consumed up to the end of the batch.
    """

    body: bytes
    first_line: int
    lines: int
    read: int


def format_of(path: Path) -> str:
    """`jsonl`, `csv`, `text` or `parquet`, by the name without a compression suffix; raises PilotageError `unknown-format`."""
    name = Path(path.stem) if path.suffix in _COMPRESSED else path
    suffix = name.suffix.lower()
    if suffix in _FORMATS:
        return _FORMATS[suffix]
    if path.suffix in _COMPRESSED and not suffix:
        return "text"
    hint = "name it .jsonl, .csv, .parquet, .log or .txt, with .gz or .zst after it if compressed"
    raise fail("unknown-format", f"cannot tell the format of `{path.name}` from its name", hint=hint)


def batches(path: Path, begins: Begins | None = None, *, skip_lines: int = 0, batch_bytes: int | None = None) -> Iterator[Batch]:
    """The file from after its first `skip_lines` lines (rows, for Parquet). Raises PilotageError `unreadable-file`, `record-too-large`.

    With `begins`, which tells of each line whether it begins a message, text comes in whole messages, in the server's format `messages`.
    """
    kind = format_of(path)
    batch_bytes = batch_bytes or BATCH_BYTES
    try:
        if kind == "parquet":
            yield from _parquet(path, skip_lines, batch_bytes)
            return
        with path.open("rb") as raw, _opened(raw, path.suffix) as file:
            records = _quoted(file) if kind == "csv" else _lines(file) if begins is None else _messages(file, begins)
            yield from _joined(raw, records, skip_lines, batch_bytes, header=kind == "csv")
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        raise fail("unreadable-file", f"cannot read `{path}`: {getattr(error, 'strerror', None) or error}") from error


def _opened(raw: IO[bytes], suffix: str) -> IO[bytes]:
    if suffix == ".gz":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw))
    if suffix == ".zst":
        import io  # noqa: PLC0415

        import pyarrow as pa  # noqa: PLC0415 - 0.4 CPU-seconds only where it is needed

        return cast("IO[bytes]", io.BufferedReader(pa.CompressedInputStream(pa.PythonFile(raw, "r"), "zstd"), 1 << 20))
    return raw


def _lines(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    while line := file.readline(RECORD_BYTES):
        if len(line) == RECORD_BYTES and not line.endswith(b"\n"):
            raise fail("record-too-large", f"a line is longer than {RECORD_BYTES} bytes", hint="is this a text file?")
        yield line, 1


def _messages(file: IO[bytes], begins: Begins) -> Iterator[tuple[bytes, int]]:
    """Messages of one or more lines; each line has a blank before it where a message begins, and `+` where it goes on.

    A message ends after `MESSAGE_BYTES` at the latest, so that a file in which nothing begins is not one message.
    """
    held: list[bytes] = []
    size = 0
    for line, _ in _lines(file):
        if (begins(line) and held) or size > MESSAGE_BYTES:
            yield b"".join(held), len(held)
            held, size = [], 0
        held.append((b"+" if held else b" ") + line)
        size += len(line)
    if held:
        yield b"".join(held), len(held)


def _quoted(file: IO[bytes]) -> Iterator[tuple[bytes, int]]:
    """CSV records; one goes on over line ends while a quote is open. A quote that does not close soon is a fault of its line alone."""
    held: deque[bytes] = deque()
    open_quote = False
    for line, _ in _lines(file):
        held.append(line)
        open_quote ^= line.count(b'"') % 2 == 1
        while held and (not open_quote or len(held) > RECORD_LINES):
            if not open_quote:
                yield b"".join(held), len(held)
                held.clear()
            else:
                yield held.popleft(), 1
                yield from _closed(held)
                open_quote = bool(held)
    while held:
        yield held.popleft(), 1


def _closed(lines: deque[bytes]) -> Iterator[tuple[bytes, int]]:
    """The complete records at the beginning of `lines`, which are removed; what is left begins with an open quote."""
    while lines:
        quotes, count = 0, 0
        for line in lines:
            quotes, count = quotes + line.count(b'"'), count + 1
            if quotes % 2 == 0:
                break
        else:
            return
        yield b"".join(lines.popleft() for _ in range(count)), count


def _joined(raw: IO[bytes], records: Iterator[tuple[bytes, int]], skip: int, size: int, *, header: bool) -> Iterator[Batch]:
    """Records until `size` bytes; each CSV batch begins with the header, so that it can be read alone."""
    head, number = b"", 0
    if header:
        first = next(records, None)
        if first is None:
            return
        head = first[0].removeprefix(b"\xef\xbb\xbf")
        head = head if head.endswith(b"\n") else head + b"\n"
        number = first[1]
    held: list[bytes] = []
    filled, begin = 0, number
    for record, lines in records:
        number += lines
        if number <= skip:
            begin = number
            continue
        held.append(record)
        filled += len(record)
        if filled >= size:
            yield Batch(head + b"".join(held), begin + 1, number - begin, raw.tell())
            held, filled, begin = [], 0, number
    if held:
        yield Batch(head + b"".join(held), begin + 1, number - begin, raw.tell())


def _parquet(path: Path, skip: int, size: int) -> Iterator[Batch]:
    """Rows as JSON lines; times as ISO 8601 with the file's own resolution, bytes as base64, nulls left out."""
    import pyarrow as pa  # noqa: PLC0415 - 0.4 CPU-seconds only where it is needed
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        file = pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise fail("unreadable-file", f"`{path}` is not a Parquet file: {error}") from error
    total, whole, number = max(1, file.metadata.num_rows), path.stat().st_size, 0
    held: list[bytes] = []
    filled, begin = 0, 0
    for batch in file.iter_batches(batch_size=8192):
        for row in _readable(batch).to_pylist():
            number += 1
            if number <= skip:
                begin = number
                continue
            held.append(_json_line(row))
            filled += len(held[-1])
            if filled >= size:
                yield Batch(b"".join(held), begin + 1, number - begin, whole * number // total)
                held, filled, begin = [], 0, number
    if held:
        yield Batch(b"".join(held), begin + 1, number - begin, whole)


def _readable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Timestamps as text: Python's own type would cut nanoseconds."""
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    arrays = []
    for column in batch.columns:
        if pa.types.is_timestamp(column.type):
            zoned = column if column.type.tz is None else column.cast(pa.timestamp(column.type.unit, "UTC"))
            arrays.append(pc.strftime(zoned, format="%Y-%m-%dT%H:%M:%SZ"))
        else:
            arrays.append(column)
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _json_line(row: dict[str, Any]) -> bytes:
    kept = {name: value for name, value in row.items() if value is not None}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"), default=_plain).encode() + b"\n"


def _plain(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
