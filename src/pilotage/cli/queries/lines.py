"""JSON lines: `{"id", "query", "source"?, "flags"?}`, an object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pilotage.cli.queries.entry import Entry, text_of
from pilotage.model.problem import Problem

POSTPROCESS = "postprocess"


def entries(path: Path) -> Iterator[Entry]:
    """The query of every line that is not blank; a line that is none is an entry with the problem `bad-line`."""
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if line.strip():
            yield _entry(line, f"{path.name}:{number}")


def _entry(line: str, place: str) -> Entry:
    try:
        document = json.loads(line)
    except ValueError as error:
        return _bad(place, f"the line is no JSON: {error}")
    if not isinstance(document, dict) or not isinstance(document.get("query"), str):
        return _bad(place, 'the line is no object with a text "query"')
    source, flags = document.get("source"), document.get("flags") or []
    if not isinstance(flags, list) or not isinstance(source, str | None):
        return _bad(place, '"source" is no text, or "flags" no list')
    name = document.get("id")
    return Entry(place if name is None else str(name), document["query"], source=source, continued=POSTPROCESS in flags)


def _bad(place: str, sentence: str) -> Entry:
    return Entry(place, "", problem=Problem("bad-line", sentence, hint='write {"id": …, "query": …}'))
