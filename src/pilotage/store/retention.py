"""How long an index is kept, and how much disk each one takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotage.store.backend import Backend
from pilotage.store.schema import DATABASE, EVENT_TABLES, INDEX_OF_PARTITION


@dataclass(frozen=True, slots=True)
class Usage:
    """What one index takes: rows, bytes on disk, and the span of event times (epoch nanoseconds)."""

    index: str
    rows: int
    bytes_on_disk: int
    first: int
    last: int


def expire(backend: Backend, retention: Mapping[str, float]) -> dict[str, int]:
    """Delete rows received longer ago than `retention[index]` seconds; index → rows deleted. Other indexes are kept for ever."""
    deleted: dict[str, int] = {}
    for index, seconds in retention.items():
        old = "`index` = {index:String} AND received < now64(3) - toIntervalSecond({seconds:UInt64})"
        parameters = {"index": index, "seconds": int(seconds)}
        for table in EVENT_TABLES:
            found = backend.rows(f"SELECT count() FROM {DATABASE}.{table} WHERE {old}", parameters)[0][0]
            if isinstance(found, int) and found:
                backend.execute(f"DELETE FROM {DATABASE}.{table} WHERE {old}", parameters)
                deleted[index] = deleted.get(index, 0) + found
    return deleted


def usage(backend: Backend) -> list[Usage]:
    """Every index with its rows and bytes on disk, sorted by name."""
    sizes = backend.rows(
        f"SELECT {INDEX_OF_PARTITION} AS i, sum(rows), sum(bytes_on_disk) FROM system.parts WHERE active AND database = {{d:String}} "
        "AND table IN ('logs', 'spans', 'points') GROUP BY i HAVING sum(rows) > 0 ORDER BY i",
        {"d": DATABASE},
    )
    times: dict[str, list[int]] = {}
    for table in EVENT_TABLES:
        for index, first, last in backend.rows(
            f"SELECT `index`, toUnixTimestamp64Nano(min(time)), toUnixTimestamp64Nano(max(time)) FROM {DATABASE}.{table} GROUP BY `index`"
        ):
            times.setdefault(str(index), []).extend(t for t in (first, last) if isinstance(t, int))
    return [
        Usage(str(i), int(str(rows)), int(str(size)), min(times.get(str(i), [0])), max(times.get(str(i), [0]))) for i, rows, size in sizes
    ]
