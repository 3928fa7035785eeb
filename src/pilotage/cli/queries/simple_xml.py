"""Simple XML dashboards: the queries of searches, of inputs and of the older elements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from pilotage.cli.queries.entry import Entry, text_of
from pilotage.model.problem import fail

_OLDER = frozenset({"searchString", "searchTemplate", "populatingSearch"})
_CONTINUED = frozenset({"searchPostProcess"})


def entries(path: Path) -> Iterator[Entry]:
    """The queries in the order of the file, `<file>#<id of the search, or its number>`. Raises code `unreadable-file`."""
    text = text_of(path)
    if "<!ENTITY" in text:
        raise fail("unreadable-file", f"`{path}` defines entities, which dashboards have no use for", hint="write the texts out")
    try:
        root = ET.fromstring(text)  # noqa: S314 - entities are refused above
    except ET.ParseError as error:
        raise fail("unreadable-file", f"`{path}` is no XML: {error}") from error
    number = 0
    for element in root.iter():
        found = element.find("query") if element.tag == "search" else element if element.tag in _OLDER | _CONTINUED else None
        query = "" if found is None else "".join(found.itertext()).strip()
        if query:
            number += 1
            continued = element.tag in _CONTINUED or "base" in element.attrib
            yield Entry(f"{path.name}#{element.get('id') or number}", query, "spl", continued=continued)
