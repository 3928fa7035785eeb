"""Sumo's JSON: dashboards (`panels` with `queries`), monitors, saved searches, and folders of them as they are exported."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pilotage.cli.queries.entry import Entry, text_of
from pilotage.model.problem import Problem, fail

_QUERIES = ("queryString", "queryText", "query")
_NAMES = ("title", "name")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the document: the names on the way, and the kind of query the surroundings say."""

    names: tuple[str, ...]
    kind: str


def entries(path: Path) -> Iterator[Entry]:
    """The queries in the order of the file, `<file>#<names on the way>#<number>`. Raises codes `unreadable-file`, `no-queries`."""
    try:
        document = json.loads(text_of(path))
    except ValueError as error:
        raise fail("unreadable-file", f"`{path}` is no JSON: {error}") from error
    number = 0
    for number, (place, query) in enumerate(_queries(document, _Place((), "logs")), 1):
        identity = "#".join([path.name, *(["/".join(place.names)] if place.names else []), str(number)])
        yield Entry(identity, query, "sumo", problem=_METRICS if place.kind == "metrics" else None)
    if not number:
        raise fail("no-queries", f"`{path.name}` holds no query", hint="give a dashboard, a monitor or a search as Sumo exports it")


_METRICS = Problem(
    "unsupported", "queries of metrics are in a language of their own, which is not supported", hint="search the points as rows"
)


def _queries(value: object, place: _Place) -> Iterator[tuple[_Place, str]]:
    if isinstance(value, list):
        for each in value:
            yield from _queries(each, place)
    if not isinstance(value, dict):
        return
    name = next((value[key] for key in _NAMES if isinstance(value.get(key), str) and value[key]), None)
    said = next((value[key] for key in ("queryType", "monitorType") if isinstance(value.get(key), str)), place.kind)
    inner = _Place((*place.names, name) if name else place.names, said.lower())
    found = next((value[key] for key in _QUERIES if isinstance(value.get(key), str) and value[key].strip()), None)
    if found is not None:
        yield inner, found
    for key, each in value.items():
        if key != "variables":
            yield from _queries(each, inner)
