"""`/api/v1/export`: all rows of one index as a Parquet file, streamed while it is written."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.api.arrows import parquet_file
from pilotage.api.resource import Call, Operation, Resource, Stream
from pilotage.api.searches import Asked, stream_pieces
from pilotage.api.settings import valid_index
from pilotage.model.names import INDEX_HINT
from pilotage.model.problem import fail

PARQUET = "application/vnd.apache.parquet"


@dataclass(frozen=True, slots=True)
class ExportQuery:
    """Which rows; times as in a search."""

    index: str
    earliest: str | None = None
    latest: str | None = None


async def export(call: Call) -> Stream:
    """Search the index and write its rows; the export of a large index may take longer and give more rows than a search may."""
    from pilotage.engine.run import Search  # noqa: PLC0415 - sqlglot, 0.6 CPU-seconds, after the server is up
    from pilotage.store.backend import Limits  # noqa: PLC0415

    asked: ExportQuery = call.query
    if not valid_index(asked.index):
        raise fail("bad-request", f"`{asked.index}` is not an index name", hint=INDEX_HINT)
    limits = Limits(seconds=0, memory_bytes=call.services.settings.limits.query_memory_bytes, rows_read=0, result_rows=0)
    search = Search(
        query=f'index="{asked.index}"', language="spl", earliest=asked.earliest, latest=asked.latest, now=None, zone="UTC", limits=limits
    )
    searches = call.services.searches
    asked_by = Asked(search.query, "spl", call.grant.name, call.abort)
    running = await searches.begin(lambda stop: call.services.engine().start(search, stop), asked_by)
    result = running.result
    headers = (("x-pilotage-search", result.id), ("content-disposition", f'attachment; filename="{asked.index}.parquet"'))
    return Stream(PARQUET, stream_pieces(searches, running, parquet_file(result.arrow())), headers)


RESOURCE = Resource(
    "export",
    (Operation("GET", "/api/v1/export", "All rows of an index as Parquet", "read", export, query=ExportQuery, streams=(PARQUET,)),),
)
