"""`/api/v1/search/facets`: the most frequent values of the fields of a query's events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilotage.api.questions import Question, search_of, within
from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail

MOST_FIELDS = 100
MOST_VALUES = 1000
MOST_ROWS = 1_000_000


@dataclass(frozen=True, slots=True)
class FacetsRequest(Question):
    """`fields` empty = the most useful ones. `limit` values of each, over the newest `rows` events."""

    fields: tuple[str, ...] = ()
    limit: int = 10
    rows: int = 50_000


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value as text, the events that have it, and their share of the events looked at."""

    value: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class FacetField:
    """A field, the events that have it, their share of those looked at, and how many values are different."""

    name: str
    kind: str
    present: int
    share: float
    distinct: int
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class FacetsAnswer:
    """Of `rows` events, all there are unless `sampled`: then the newest."""

    rows: int
    sampled: bool
    fields: tuple[FacetField, ...]
    messages: list[dict[str, Any]]


async def show(call: Call) -> FacetsAnswer:
    """Count."""
    from pilotage.engine.facets import Facet, facets  # noqa: PLC0415 - the languages and sqlglot, after the server is up

    asked: FacetsRequest = call.body
    if len(asked.fields) > MOST_FIELDS:
        raise fail("bad-request", f"`fields` has {len(asked.fields)} names, may have {MOST_FIELDS}")
    limit, rows = within("limit", asked.limit, 1, MOST_VALUES), within("rows", asked.rows, 1, MOST_ROWS)
    search = search_of(asked, call.services)
    store = call.services.store
    found = await call.services.searches.ask(lambda stop: facets(store, search, fields=asked.fields, limit=limit, rows=rows, stop=stop))
    whole = max(found.rows, 1)

    def shown(each: Facet) -> FacetField:
        values = tuple(FacetValue(value.value, value.count, value.count / whole) for value in each.values)
        return FacetField(each.name, each.kind, each.present, each.present / whole, each.distinct, values)

    return FacetsAnswer(found.rows, found.sampled, tuple(map(shown, found.fields)), [each.document() for each in found.messages])


RESOURCE = Resource(
    "facets",
    (Operation("POST", "/api/v1/search/facets", "Frequent values of a query's fields", "read", show, FacetsRequest, answer=FacetsAnswer),),
)
