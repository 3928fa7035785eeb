"""One query of a file, and the reading of such a file's text."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

from pilotage.model.problem import Problem, fail


@dataclass(frozen=True, slots=True)
class Entry:
    """A query by its id. `source` chooses its macros; `continued` = it goes on with a base search; a `fragment` is the body of a macro.

    `language` is what its format fixes, `None` where the command line says. With a `problem` it could not even be read as a query.
    """

    id: str
    query: str
    language: str | None = None
    source: str | None = None
    continued: bool = False
    fragment: bool = False
    problem: Problem | None = None


def text_of(path: Path) -> str:
    """The whole file, UTF-8, unpacked where its name ends in `.gz`. Raises code `unreadable-file`."""
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else getattr(error, "strerror", None) or str(error)
        raise fail("unreadable-file", f"cannot read `{path}`: {reason}") from error
