"""Rows of a search as people and programs read them: JSON lines, CSV, a table."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, TextIO

from pilotage.model.problem import fail

MEMORY_BYTES = 32 << 20
NARROWEST_COLUMN = 8

# Numbers stay the text the server wrote: as floats, epoch times would lose their nanoseconds.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)


def cell(value: object, separator: str = "\n") -> str:
    """A value as text; absent is empty, a multivalue is joined."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return separator.join(cell(each, separator) for each in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def decoded(line: bytes) -> dict[str, object]:
    """One NDJSON line; numbers as their text. Raises PilotageError `broken-row`."""
    try:
        row = _DECODER.decode(line.decode())
    except ValueError as error:
        raise fail("broken-row", f"the server's answer holds a row that is no JSON: {line[:80]!r}") from error
    if not isinstance(row, dict):
        raise fail("broken-row", f"the server's answer holds a row that is no JSON object: {line[:80]!r}")
    return row


def write_json(lines: Iterator[bytes], out: IO[bytes]) -> None:
    """The lines as they came."""
    for line in lines:
        out.write(line + b"\n")


def write_csv(lines: Iterator[bytes], columns: Sequence[str] | None, out: TextIO) -> None:
    """RFC 4180 with a header, also for no rows; with open columns all rows are looked at first."""
    with _known(lines, columns) as (names, rows):
        writer = csv.writer(out, lineterminator="\r\n")
        if names:
            writer.writerow(names)
        for line in rows:
            row = decoded(line)
            writer.writerow([cell(row.get(name)) for name in names])


def _shown(name: str, value: object) -> str:
    """A table's cell; `_time` as a date and time (UTC, without trailing zeros) rather than seconds since 1970."""
    text = _flat(value)
    if name != "_time" or not re.fullmatch(r"-?\d+(\.\d+)?", text):
        return text
    whole, _, fraction = text.partition(".")
    try:
        moment = datetime.fromtimestamp(int(whole), tz=UTC)
    except (OverflowError, ValueError, OSError):
        return text
    return f"{moment:%Y-%m-%d %H:%M:%S}{'.' + fraction if fraction else ''}Z"


def write_table(lines: Iterator[bytes], columns: Sequence[str] | None, out: TextIO) -> None:
    """Aligned columns; on a terminal, cells are cut so that a row is a line."""
    with _known(lines, columns) as (names, rows), tempfile.SpooledTemporaryFile(MEMORY_BYTES) as kept:
        widths = [len(name) for name in names]
        for line in rows:
            row = decoded(line)
            widths = [max(width, len(_shown(name, row.get(name)))) for name, width in zip(names, widths, strict=True)]
            kept.write(line + b"\n")
        widths = _fitted(widths) if out.isatty() else widths
        kept.seek(0)
        if names:
            out.write(_aligned(names, widths))
            out.write(_aligned(["-" * width for width in widths], widths))
        for line in kept:
            row = decoded(line)
            out.write(_aligned([_shown(name, row.get(name)) for name in names], widths))


@contextmanager
def _known(lines: Iterator[bytes], columns: Sequence[str] | None) -> Iterator[tuple[list[str], Iterator[bytes]]]:
    """Column names and rows; names that only the rows tell are collected while the rows wait in a temporary file."""
    if columns is not None:
        yield list(columns), lines
        return
    with tempfile.SpooledTemporaryFile(MEMORY_BYTES) as kept:
        names: dict[str, None] = {}
        for line in lines:
            names.update(dict.fromkeys(decoded(line)))
            kept.write(line + b"\n")
        kept.seek(0)
        yield list(names), (line.rstrip(b"\n") for line in kept)


def _flat(value: object) -> str:
    return cell(value, ", ").replace("\r", "").replace("\n", "⏎").replace("\t", " ")


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    cut = [text if len(text) <= width else text[: max(1, width - 1)] + "…" for text, width in zip(cells, widths, strict=True)]
    return "  ".join(text.ljust(width) for text, width in zip(cut, widths, strict=True)).rstrip() + "\n"


def _fitted(widths: list[int]) -> list[int]:
    """Shrink the widest columns until a row fits the terminal, none below eight characters."""
    space = shutil.get_terminal_size().columns - 2 * (len(widths) - 1)
    while sum(widths) > space and max(widths, default=0) > NARROWEST_COLUMN:
        widest = widths.index(max(widths))
        excess = sum(widths) - space
        others = [width for position, width in enumerate(widths) if position != widest]
        widths[widest] = max(NARROWEST_COLUMN, max(others, default=0) - 1, widths[widest] - excess)
        if others and widths[widest] >= max(others) and sum(widths) > space:
            widths[widest] = max(NARROWEST_COLUMN, widths[widest] - 1)
    return widths


def say(text: str) -> None:
    """A message for the person, beside the rows."""
    print(text, file=sys.stderr)  # noqa: T201 - the terminal is where a CLI speaks
