"""`/api/v1/search`: rows as NDJSON or an Arrow stream, pure and in result order; everything else about the search under its id.

The answer's headers carry `X-Pilotage-Search` (id), `X-Pilotage-Kind`, `X-Pilotage-Columns` (JSON array, absent while the columns depend
on the rows). After the last row `GET /api/v1/search/{id}` has the messages and statistics. A failure after the first row cuts the
connection and is told there too. Closing the connection cancels the search.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from pilotage.api.arrows import arrow_stream
from pilotage.api.resource import Call, Operation, Resource, Stream
from pilotage.api.searches import Asked, SearchReport, gathered, report, stream_pieces
from pilotage.api.settings import LimitSettings
from pilotage.ingest.request import Grant
from pilotage.model.problem import fail

ARROW = "application/vnd.apache.arrow.stream"
NDJSON = "application/x-ndjson"
LEAST_SECONDS = 0.001
_UNSAID = "leave it out for the server's own limit"


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A search. Times as in SPL (`-24h@h`, ISO 8601, epoch seconds); without them all time is searched. `now` in epoch nanoseconds.

    An `id` (32 hexadecimal digits, random) lets the sender ask for the progress of a search that has no row yet.
    """

    query: str
    language: Literal["spl", "sumo"] = "spl"
    earliest: str | None = None
    latest: str | None = None
    now: int | None = None
    zone: str = "UTC"
    seconds: float | None = None
    result_rows: int | None = None
    id: str | None = None


async def start(call: Call) -> Stream:
    """Start a search and stream its rows."""
    from pilotage.engine.run import Search  # noqa: PLC0415 - the languages and sqlglot, 0.6 CPU-seconds, after the server is up
    from pilotage.store.backend import Limits  # noqa: PLC0415

    asked: SearchRequest = call.body
    if asked.id is not None and (not re.fullmatch("[0-9a-f]{32}", asked.id) or call.services.searches.known(asked.id)):
        raise fail(
            "bad-request", "`id` must be 32 hexadecimal digits that no other search has", hint="leave it out for one of the server's"
        )
    limits = _limits(call.services.settings.limits, asked)
    search = Search(
        query=asked.query,
        language=asked.language,
        earliest=asked.earliest,
        latest=asked.latest,
        now=asked.now,
        zone=asked.zone,
        limits=Limits(seconds=limits[0], memory_bytes=limits[1], rows_read=limits[2], result_rows=limits[3]),
        id=asked.id or "",
        permit=_permit(call.grant),
    )
    searches = call.services.searches
    asked_by = Asked(asked.query, asked.language, call.grant.name, call.abort)
    running = await searches.begin(lambda stop: call.services.engine().start(search, stop), asked_by)
    result = running.result
    arrow = ARROW in call.headers.get("accept", "")
    pieces = arrow_stream(result.arrow()) if arrow else gathered(iter(result.ndjson()))
    headers = [("x-pilotage-search", result.id), ("x-pilotage-kind", result.kind)]
    if result.columns is not None:
        headers.append(("x-pilotage-columns", json.dumps(result.columns)))
    return Stream(ARROW if arrow else NDJSON, stream_pieces(searches, running, pieces), tuple(headers))


def _permit(grant: Grant) -> Callable[[str, str], None]:
    """What a search may leave behind on behalf of a token: lookups and events, with the scope `ingest`; events in its indexes only."""

    def permit(kind: str, target: str) -> None:
        what = f"the lookup `{target}`" if kind == "lookup" else f"{kind} to the index `{target}`"
        if "ingest" not in grant.scopes:
            sentence = f"the access token `{grant.name}` lacks the scope `ingest`, so its searches may not write {what}"
            raise fail("scope-missing", sentence, hint="use a token with the scopes `read` and `ingest`")
        if kind != "lookup" and not grant.allows(target):
            raise fail("index-forbidden", f"the access token `{grant.name}` may not write {what}", hint="name one of the token's indexes")

    return permit


def _limits(limits: LimitSettings, asked: SearchRequest) -> tuple[float, int, int, int]:
    """The server's limits; a request may only ask for less. Raises PilotageError `bad-request`."""
    if asked.seconds is not None and not asked.seconds >= LEAST_SECONDS:
        raise fail("bad-request", f"`seconds` is {asked.seconds:g}, must be at least {LEAST_SECONDS:g}", hint=_UNSAID)
    if asked.result_rows is not None and asked.result_rows < 1:
        raise fail("bad-request", f"`result_rows` is {asked.result_rows}, must be at least 1", hint=_UNSAID)
    seconds = min(limits.query_seconds, asked.seconds or limits.query_seconds)
    rows = min(limits.result_rows, asked.result_rows or limits.result_rows)
    return seconds, limits.query_memory_bytes, limits.query_rows_read, rows


async def look(call: Call) -> SearchReport:
    """State, messages, statistics and error of a search; of a running one what it has read so far."""
    running = call.services.searches.find(call.path["id"])
    if running.ended is None:
        await asyncio.to_thread(running.result.observe)
    return report(running)


async def cancel(call: Call) -> SearchReport:
    """Stop a search; one that has ended stays as it is."""
    return report(await call.services.searches.cancel(call.path["id"]))


RESOURCE = Resource(
    "search",
    (
        Operation(
            "POST", "/api/v1/search", "Search; rows as NDJSON or Arrow stream", "read", start, body=SearchRequest, streams=(NDJSON, ARROW)
        ),
        Operation("GET", "/api/v1/search/{id}", "State, messages and statistics of a search", "read", look, answer=SearchReport),
        Operation("DELETE", "/api/v1/search/{id}", "Cancel a search", "read", cancel, answer=SearchReport),
    ),
)
