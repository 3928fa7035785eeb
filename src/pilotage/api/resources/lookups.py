"""`/api/v1/lookups`: tables for `lookup` and `inputlookup`, put as CSV files with the settings of how their rows are matched."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from pilotage.api.names import checked
from pilotage.api.resource import Call, Operation, Resource, Stream
from pilotage.model.knowledge import LONGEST_OFFSET, MATCHES, MOST_MATCHES, Lookup
from pilotage.model.problem import fail

CSV = "text/csv"
_MATCH = re.compile(r"\s*(\w+)\s*\(([^()]+)\)\s*")


@dataclass(frozen=True, slots=True)
class LookupSettings:
    """How rows match: `match_type` as in `WILDCARD(url), CIDR(net)`; other columns are compared exactly.

    With a `time_field` a row counts from its time on, `min_offset_secs` to `max_offset_secs` after it.
    """

    match_type: str = ""
    case_sensitive_match: bool = True
    min_matches: int = 0
    max_matches: int | None = None
    default_match: str = ""
    time_field: str | None = None
    time_format: str = "%s.%Q"
    min_offset_secs: float = 0.0
    max_offset_secs: float = LONGEST_OFFSET


@dataclass(frozen=True, slots=True)
class LookupTable:
    """A lookup without its rows; `sha256` is that of its file."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str
    settings: LookupSettings


async def show(call: Call) -> list[LookupTable]:
    """Every lookup by name."""
    book = await asyncio.to_thread(call.services.state.book)
    return [_shown(lookup) for _, lookup in sorted(book.lookups.items())]


async def get(call: Call) -> LookupTable:
    """One lookup."""
    return _shown(await _found(call))


async def download(call: Call) -> Stream:
    """The lookup's CSV file."""
    lookup = await _found(call)
    data = await asyncio.to_thread(call.services.state.artifacts.read, lookup.digest)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 1 << 16):
            yield data[start : start + (1 << 16)]

    return Stream(CSV, chunks())


async def put(call: Call) -> LookupTable:
    """Keep a CSV file under a name; searches from now on use it."""
    name = checked("a lookup", call.path["name"])
    asked = _lookup(name, call.query)
    state = call.services.state

    def keep() -> Lookup:
        from pilotage.engine.library import StateLibrary  # noqa: PLC0415 - the engine

        return StateLibrary(state).put(asked, call.body)

    made = await asyncio.to_thread(keep)
    await call.services.audit(call.grant, "lookup.put", name, {"rows": str(made.rows), "sha256": made.digest})
    return _shown(made)


async def drop(call: Call) -> None:
    """Forget a lookup and its file."""
    state, name = call.services.state, call.path["name"]
    await asyncio.to_thread(lambda: state.knowledge.drop_lookup(name))
    await call.services.audit(call.grant, "lookup.delete", name)


async def _found(call: Call) -> Lookup:
    book = await asyncio.to_thread(call.services.state.book)
    name = call.path["name"]
    if name not in book.lookups:
        raise fail("lookup-missing", f"no lookup `{name}`", hint="put one with `pilotage put lookup`")
    return book.lookups[name]


def _lookup(name: str, settings: LookupSettings) -> Lookup:
    """The definition the settings make. Raises PilotageError `bad-request`."""
    matches: list[tuple[str, str]] = []
    for part in filter(str.strip, settings.match_type.split(",")):
        found = _MATCH.fullmatch(part)
        if found is None or found[1].upper() not in MATCHES:
            raise fail(
                "bad-request", f"`{part.strip()}` is no match type", hint="write `WILDCARD(column)`, `CIDR(column)` or `EXACT(column)`"
            )
        matches += [(found[2].strip(), found[1].upper())] if found[1].upper() != "EXACT" else []
    most = settings.max_matches
    if not 0 <= settings.min_matches <= MOST_MATCHES or (most is not None and not 1 <= most <= MOST_MATCHES):
        raise fail("bad-request", f"`min_matches` goes from 0, `max_matches` from 1, both to {MOST_MATCHES}")
    return Lookup(
        name,
        matches=tuple(matches),
        case_sensitive=settings.case_sensitive_match,
        least=settings.min_matches,
        most=most,
        default=settings.default_match,
        time_field=settings.time_field or None,
        time_format=settings.time_format,
        minimum_offset=settings.min_offset_secs,
        maximum_offset=settings.max_offset_secs,
    )


def _shown(lookup: Lookup) -> LookupTable:
    settings = LookupSettings(
        ", ".join(f"{way}({column})" for column, way in lookup.matches),
        lookup.case_sensitive,
        lookup.least,
        lookup.most,
        lookup.default,
        lookup.time_field,
        lookup.time_format,
        lookup.minimum_offset,
        lookup.maximum_offset,
    )
    return LookupTable(lookup.name, lookup.columns, lookup.rows, lookup.digest, settings)


RESOURCE = Resource(
    "lookups",
    (
        Operation("GET", "/api/v1/lookups", "List lookups", "read", show, answer=list[LookupTable]),
        Operation("GET", "/api/v1/lookups/{name}", "A lookup's columns and settings", "read", get, answer=LookupTable),
        Operation("GET", "/api/v1/lookups/{name}/file", "A lookup's CSV file", "read", download, streams=(CSV,)),
        Operation("PUT", "/api/v1/lookups/{name}", "Keep a CSV file", "admin", put, query=LookupSettings, raw=CSV, answer=LookupTable),
        Operation("DELETE", "/api/v1/lookups/{name}", "Forget a lookup", "admin", drop, status=204),
    ),
)
