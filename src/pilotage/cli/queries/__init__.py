"""Files full of queries, a module a format: JSON lines, Splunk's `.conf` and Simple XML, dashboards and monitors of Sumo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pilotage.cli.queries import conf, dashboards, lines, simple_xml
from pilotage.cli.queries.entry import Entry
from pilotage.model.problem import fail

__all__ = ["Entry", "entries"]
_FORMATS = {
    ".jsonl": lines.entries,
    ".ndjson": lines.entries,
    ".conf": conf.entries,
    ".xml": simple_xml.entries,
    ".json": dashboards.entries,
}


def entries(path: Path) -> Iterator[Entry]:
    """The queries of a file in its order. Raises codes `unknown-format`, `unreadable-file`, and what its format raises."""
    suffix = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    reader = _FORMATS.get(suffix.lower())
    if reader is None:
        hint = "name it .jsonl (or .jsonl.gz), .conf, .xml or .json"
        raise fail("unknown-format", f"cannot tell from its name what queries `{path.name}` holds", hint=hint)
    yield from reader(path)
