"""What requests about a query have in common: the query and its range, and the limits such a question runs under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pilotage.model.problem import fail

if TYPE_CHECKING:
    from pilotage.api.services import Services
    from pilotage.engine.run import Search

SECONDS = 30.0
"""A page that draws while somebody types asks for no more."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query as in `/api/v1/search`. Times as in SPL (`-24h@h`, ISO 8601, epoch seconds); `now` in epoch nanoseconds."""

    query: str
    language: Literal["spl", "sumo"] = "spl"
    earliest: str | None = None
    latest: str | None = None
    now: int | None = None
    zone: str = "UTC"


def search_of(asked: Question, services: Services) -> Search:
    """The search a question is about, under the server's limits and with what people have named."""
    from pilotage.engine.run import Search  # noqa: PLC0415 - the languages and sqlglot, after the server is up
    from pilotage.store.backend import Limits  # noqa: PLC0415

    limits = services.settings.limits
    spend = Limits(min(limits.query_seconds, SECONDS), limits.query_memory_bytes, limits.query_rows_read, 0)
    return Search(asked.query, asked.language, asked.earliest, asked.latest, asked.now, asked.zone, spend, knowledge=services.knowledge)


def within(name: str, value: int, least: int, most: int) -> int:
    """The value; raises PilotageError `bad-request` outside `[least, most]`."""
    if not least <= value <= most:
        raise fail("bad-request", f"`{name}` is {value}, must be {least} to {most}")
    return value
