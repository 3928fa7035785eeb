"""`/api/v1/search/histogram`: how many events of a query lie when, in a range that fits the data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pilotage.api.questions import Question, search_of, within
from pilotage.api.resource import Call, Operation, Resource

MOST_BUCKETS = 1000
MOST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class HistogramRequest(Question):
    """About `buckets` slices, split by the field `by` (null = not). Without a range, that of the events of the last `days`."""

    buckets: int = 60
    by: str | None = "severity"
    days: int = 30


@dataclass(frozen=True, slots=True)
class HistogramSeries:
    """One value of the field, null where events lack it; `other` sums all values beyond the largest. A count a slice."""

    name: str | None
    other: bool
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HistogramAnswer:
    """Epoch seconds. All slices are `span` seconds wide but days with a change of the clock; `starts` says where each begins.

    `earliest`, `latest` and `span` are null when there is neither a range nor an event. `event_query` are the events behind the query.
    """

    earliest: float | None
    latest: float | None
    span: float | None
    span_text: str | None
    starts: tuple[float, ...]
    series: tuple[HistogramSeries, ...]
    total: int
    event_query: str | None
    messages: list[dict[str, Any]]


async def show(call: Call) -> HistogramAnswer:
    """Count."""
    from pilotage.engine.histogram import histogram  # noqa: PLC0415 - the languages and sqlglot, after the server is up

    asked: HistogramRequest = call.body
    buckets = within("buckets", asked.buckets, 1, MOST_BUCKETS)
    days = within("days", asked.days, 1, MOST_DAYS)
    search = search_of(asked, call.services)
    store = call.services.store
    found = await call.services.searches.ask(lambda stop: histogram(store, search, buckets=buckets, by=asked.by, days=days, stop=stop))
    slices = found.slices
    return HistogramAnswer(
        earliest=None if found.earliest is None else found.earliest / 1e9,
        latest=None if found.latest is None else found.latest / 1e9,
        span=slices.width / 1e9 if slices else None,
        span_text=f"{slices.value}{slices.unit}" if slices else None,
        starts=tuple(start / 1e9 for start in slices.starts) if slices else (),
        series=tuple(HistogramSeries(each.name, each.other, each.counts) for each in found.series),
        total=found.total,
        event_query=found.event_query,
        messages=[each.document() for each in found.messages],
    )


RESOURCE = Resource(
    "histogram",
    (
        Operation(
            "POST",
            "/api/v1/search/histogram",
            "Counts of a query's events over time",
            "read",
            show,
            HistogramRequest,
            answer=HistogramAnswer,
        ),
    ),
)
