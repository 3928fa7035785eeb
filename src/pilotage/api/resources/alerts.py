"""`/api/v1/alerts`: episodes of monitors, and what people do about them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail
from pilotage.model.time import NANOSECONDS, read_time, read_zone

if TYPE_CHECKING:
    from pilotage.state.records import Alert
    from pilotage.watch.page import Context

SLICE_S = 300
_STATES = ("open", "acknowledged", "resolved", "expired")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which alerts: states joined by commas, a monitor by id or name, opened within a range of times as in SPL (default: 7 days)."""

    state: str = ""
    monitor: str = ""
    earliest: str = "-7d"
    latest: str = "now"
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class AlertAnswer:
    """An episode; times and slices' starts in epoch seconds, `group` the values of the grouping fields."""

    id: str
    monitor_id: str
    monitor: str
    group: dict[str, str | None]
    level: str
    state: str
    opened_at: float
    first_slice: int
    last_slice: int
    resolved_at: float | None
    value: float | None
    expected: float | None
    lower: float | None
    upper: float | None
    score: float | None
    reason: str
    verdict: str | None
    assignee: str | None
    labels: dict[str, str]
    muted: bool
    shadow: bool
    flaps: int


@dataclass(frozen=True, slots=True)
class OverAnswer:
    """A field value that events of the alert have more often than those of the baseline: shares of events."""

    field: str
    value: str
    share: float
    baseline: float


@dataclass(frozen=True, slots=True)
class PatternAnswer:
    """A kind of log text: events in the alert and, scaled to its length, in the baseline; `change` is new, gone, more or fewer."""

    signature: str
    events: int
    baseline: int
    change: str


@dataclass(frozen=True, slots=True)
class MarkAnswer:
    """A model event near the alert, epoch seconds."""

    time: float
    text: str


@dataclass(frozen=True, slots=True)
class RelatedAnswer:
    """Another alert near in time or of the same entity, and why it is here."""

    alert: AlertAnswer
    why: str


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """All that a person needs about an alert.

    `readings` are rows of (slice, value, expected, lower, upper, score, flags) before and during it; `query` finds the events behind it,
    the newest of which are `rows`; `span` and `baseline` are the compared times; `history` the monitor's alerts of the last 30 days.
    """

    alert: AlertAnswer
    definition: dict[str, Any]
    readings: list[list[float | None]]
    svg: str
    query: str | None
    span: tuple[int, int]
    baseline: tuple[int, int]
    rows: list[dict[str, Any]]
    over_represented: list[OverAnswer]
    patterns: list[PatternAnswer]
    traces: list[str]
    model_events: list[MarkAnswer]
    related: list[RelatedAnswer]
    history: list[AlertAnswer]
    messages: list[str]


@dataclass(frozen=True, slots=True)
class Deed:
    """What a person does: acknowledge or resolve; assign (empty = nobody); say whether it was a true alarm."""

    state: Literal["acknowledged", "resolved"] | None = None
    assignee: str | None = None
    verdict: Literal["true", "false", "unknown"] | None = None


def answer(alert: Alert, name: str) -> AlertAnswer:
    """The alert as it is shown."""
    skipped = ("group_key", "labels", "readings")
    values: dict[str, Any] = {each: getattr(alert, each) for each in alert.__slots__ if each not in skipped}
    return AlertAnswer(monitor=name, group=msgspec.json.decode(alert.group_key), labels=msgspec.json.decode(alert.labels), **values)


async def show(call: Call) -> list[AlertAnswer]:
    """Alerts, newest first."""
    choice: Choice = call.query
    states = tuple(part for part in choice.state.split(",") if part)
    if unknown := [each for each in states if each not in _STATES]:
        raise fail("bad-request", f"`{unknown[0]}` is not a state of an alert", hint=f"states are {', '.join(_STATES)}")
    if not 1 <= choice.limit <= 100_000:
        raise fail("bad-request", f"`limit` is {choice.limit}, must be 1 to 100000")
    state = call.services.state
    now, zone = round(call.services.clock.now() * NANOSECONDS), read_zone("UTC")
    begin, end = (read_time(text, now=now, zone=zone) / NANOSECONDS for text in (choice.earliest, choice.latest))
    if not state.exists():
        return []

    def work() -> list[AlertAnswer]:
        names = {row.id: row.name for row in state.monitors.all()}
        monitor = state.monitors.find(choice.monitor).id if choice.monitor else None
        latest = end + 1 if choice.latest == "now" else end
        found = state.alerts.listed(states=states, monitor_id=monitor, earliest=begin, latest=latest, most=choice.limit)
        return [answer(alert, names.get(alert.monitor_id, alert.monitor_id)) for alert in found]

    return await asyncio.to_thread(work)


async def page(call: Call) -> PageAnswer:
    """Everything about one alert."""
    services = call.services
    if not services.state.exists():
        raise fail("alert-missing", f"no alert has the id `{call.path['alert']}`", hint="`GET /api/v1/alerts` lists them")
    return await services.searches.ask(lambda _: _page(call))


def _page(call: Call) -> PageAnswer:
    from pilotage.watch.drawing import svg  # noqa: PLC0415
    from pilotage.watch.page import related  # noqa: PLC0415 - the languages

    services = call.services
    state = services.state
    alert = state.alerts.find(call.path["alert"])
    name, definition, width, found = _context(call, alert)
    names = {each.id: each.name for each in state.monitors.all()}
    near = related(alert, state.alerts.listed(earliest=alert.opened_at - 86_400, latest=alert.opened_at + 86_400))
    past = state.alerts.listed(monitor_id=alert.monitor_id, earliest=services.clock.now() - 30 * 86_400, latest=4e10)
    readings = msgspec.json.decode(alert.readings)
    marks = [(each.time, each.text) for each in found.model_events]
    return PageAnswer(
        answer(alert, name),
        definition,
        readings,
        svg(readings, name, width=width, markers=marks),
        found.query,
        found.span,
        found.baseline,
        found.rows,
        [OverAnswer(each.field, each.value, each.share, each.baseline) for each in found.over],
        [PatternAnswer(each.signature, each.events, each.baseline, each.change) for each in found.patterns],
        found.traces,
        [MarkAnswer(each.time, each.text) for each in found.model_events],
        [RelatedAnswer(answer(other, names.get(other.monitor_id, other.monitor_id)), why) for other, why in near],
        [answer(each, name) for each in past],
        found.messages,
    )


def _context(call: Call, alert: Alert) -> tuple[str, dict[str, Any], int, Context]:
    """Name and definition of what raised the alert, the width of its slices in seconds, and what its query finds.

    An objective, and a monitor that is gone, have no query to look behind: the parts that need one are empty.
    """
    from pilotage.store.backend import Limits  # noqa: PLC0415
    from pilotage.watch.facts import SLO_PREFIX  # noqa: PLC0415
    from pilotage.watch.page import Context, PageReader  # noqa: PLC0415 - the languages
    from pilotage.watch.setup import decoded  # noqa: PLC0415
    from pilotage.watch.slos.objective import Slo  # noqa: PLC0415
    from pilotage.watch.watched import watched_of  # noqa: PLC0415

    services = call.services
    state, spend = services.state, services.settings.limits
    row = state.monitors.named(alert.monitor_id)
    if row is None:
        slo = state.documents("slos").find(alert.monitor_id.removeprefix(SLO_PREFIX)) if alert.monitor_id.startswith(SLO_PREFIX) else None
        span = (alert.first_slice, alert.last_slice)
        if slo is None:
            return alert.monitor_id, {}, SLICE_S, Context(span, span, messages=["what raised this alert is no longer kept"])
        width = decoded(slo.text, Slo).slice_seconds
        why = "an objective counts good and bad: no single event is behind its alert"
        return slo.name, msgspec.json.decode(slo.text), width, Context(span, span, messages=[why])
    running = services.watching.running
    watched = (running.find(row.id) if running is not None else None) or watched_of(row)
    limits = Limits(min(spend.query_seconds, 30.0), spend.query_memory_bytes, spend.query_rows_read, 0)
    found = PageReader(services.engine(), watched.monitor, watched.width, limits).read(alert)
    return row.name, msgspec.json.decode(row.definition), watched.width, found


async def act(call: Call) -> AlertAnswer:
    """Acknowledge, resolve, assign or judge an alert."""
    deed: Deed = call.body
    values = {name: getattr(deed, name) for name in deed.__slots__ if getattr(deed, name) is not None}
    if not values:
        raise fail("bad-request", "nothing is to be done", hint="give `state`, `assignee` or `verdict`")
    state, clock = call.services.state, call.services.clock

    def work() -> AlertAnswer:
        changed = state.alerts.act(call.path["alert"], clock.now(), **values)
        row = state.monitors.named(changed.monitor_id)
        return answer(replace(changed, readings="[]"), row.name if row is not None else changed.monitor_id)

    done = await asyncio.to_thread(work)
    await call.services.audit(call.grant, "alert.act", call.path["alert"], {name: str(value) for name, value in values.items()})
    return done


RESOURCE = Resource(
    "alerts",
    (
        Operation("GET", "/api/v1/alerts", "List alerts", "read", show, query=Choice, answer=list[AlertAnswer]),
        Operation("GET", "/api/v1/alerts/{alert}", "All about an alert", "read", page, answer=PageAnswer),
        Operation("PATCH", "/api/v1/alerts/{alert}", "Acknowledge, resolve, assign, judge", "admin", act, body=Deed, answer=AlertAnswer),
    ),
)
