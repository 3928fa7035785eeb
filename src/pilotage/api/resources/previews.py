"""`/api/v1/previews`: what a monitor would have done over its history, alone or against the one it would replace."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotage.api.resource import Call, Operation, Resource

if TYPE_CHECKING:
    from pilotage.watch.monitors import Monitor
    from pilotage.watch.preview import Incident, Preview

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class KnownIncident:
    """Something that was wrong, `[begin, end)` epoch seconds."""

    begin: float
    end: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class PreviewRequest:
    """A monitor as its owner writes it, not kept. `against`: the monitor (id or name) it would replace; its true alerts are incidents."""

    definition: Document
    days: float = 30.0
    incidents: list[KnownIncident] = field(default_factory=list)
    against: str | None = None


@dataclass(frozen=True, slots=True)
class EpisodeAnswer:
    """An alert that would have been; times are slices' starts, epoch seconds."""

    group: str
    level: str
    first_slice: int
    last_slice: int
    value: float | None
    expected: float | None
    score: float | None


@dataclass(frozen=True, slots=True)
class CaughtAnswer:
    """An incident and when it would have alerted first, epoch seconds; null = missed."""

    incident: KnownIncident
    at: float | None


@dataclass(frozen=True, slots=True)
class ChartAnswer:
    """Rows of (slice, value, expected, lower, upper, score, flags) of one series; flags 1 unusual, 2 alerting. `svg` is the drawing."""

    group: str
    slice_seconds: int
    rows: list[list[float | None]]
    svg: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay of `days` days over `series` series; `false_alerts` are those that match no incident, null when none were given."""

    days: float
    series: int
    alerts: int
    alerts_per_day: float
    false_alerts: int | None
    episodes: list[EpisodeAnswer]
    incidents: list[CaughtAnswer]
    chart: ChartAnswer | None
    seconds: float
    messages: list[str]


@dataclass(frozen=True, slots=True)
class PreviewAnswer:
    """The replay of the monitor, and of the one it would replace over the same days."""

    preview: Replay
    against: Replay | None = None


async def ask(call: Call) -> PreviewAnswer:
    """Replay; in the place of a search."""
    asked: PreviewRequest = call.body
    services = call.services

    def work(stop: threading.Event) -> PreviewAnswer:
        from pilotage.store.backend import Limits  # noqa: PLC0415
        from pilotage.watch.book import MonitorBook  # noqa: PLC0415 - the languages, numpy, state
        from pilotage.watch.preview import Incident, preview  # noqa: PLC0415

        limits = services.settings.limits
        spend = Limits(limits.query_seconds, limits.query_memory_bytes, limits.query_rows_read, 0)
        book = MonitorBook(services.state, services.engine, services.watching.changed)
        now = services.clock.now()
        incidents = [Incident(each.begin, each.end, each.name) for each in asked.incidents]
        before = book.monitor(asked.against) if asked.against is not None else None
        if asked.against is not None:
            incidents += _past(call, asked.against, now - asked.days * 86_400, now)

        def replay(monitor: Monitor) -> Replay:
            return _answer(preview(services.engine(), monitor, asked.days, now, incidents, limits=spend, stop=stop), monitor.name)

        return PreviewAnswer(replay(book.checked(asked.definition)), replay(before) if before is not None else None)

    return await services.searches.ask(work)


def _past(call: Call, name: str, earliest: float, latest: float) -> list[Incident]:
    """Alerts of a monitor that people called true."""
    from pilotage.watch.preview import Incident  # noqa: PLC0415 - as above

    state = call.services.state
    row = state.monitors.find(name)
    found = state.alerts.listed(monitor_id=row.id, earliest=earliest, latest=latest)
    return [Incident(a.first_slice, a.last_slice, f"alert {a.id}") for a in found if a.verdict == "true"]


def _answer(found: Preview, name: str) -> Replay:
    from pilotage.watch.drawing import svg  # noqa: PLC0415 - only previews draw

    chart = found.chart
    drawn = None
    if chart is not None:
        rows = [list(row) for row in chart.rows]
        marks = [(each.incident.begin, each.incident.name) for each in found.incidents]
        drawn = ChartAnswer(chart.group, chart.slice_seconds, rows, svg(rows, name, width=chart.slice_seconds, markers=marks))
    return Replay(
        found.days,
        found.series,
        found.alerts,
        found.alerts_per_day,
        found.false_alerts,
        [EpisodeAnswer(*(getattr(each, field_) for field_ in each.__slots__)) for each in found.episodes],
        [CaughtAnswer(KnownIncident(each.incident.begin, each.incident.end, each.incident.name), each.at) for each in found.incidents],
        drawn,
        found.seconds,
        list(found.messages),
    )


RESOURCE = Resource(
    "previews",
    (Operation("POST", "/api/v1/previews", "What a monitor would have done", "read", ask, body=PreviewRequest, answer=PreviewAnswer),),
)
