"""What stands on the page of an alert: the events behind it, what they have that others lack, traces, model events, related alerts.

Each part is a search over the monitor's own query, in the alert's time and in a baseline time: the same hour a week before, else the hour
before. A part that cannot be told leaves its reason behind and the rest as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from pilotage.engine.events import event_part, text_of
from pilotage.engine.run import Engine, Search
from pilotage.language.plan.expressions import Binary, Field, Literal
from pilotage.language.plan.nodes import Filter, Limit, Node
from pilotage.language.plan.walk import chain
from pilotage.model.problem import PilotageError
from pilotage.state.records import Alert
from pilotage.store.backend import Limits
from pilotage.watch.monitors import Monitor
from pilotage.watch.patterns import SIGNATURE

HOUR_S, WEEK_S = 3600, 7 * 86_400
ROWS = 100
SAMPLE = 20_000
MOST_VALUES = 15
MOST_PATTERNS = 10
MOST_TRACES = 20
LEAST_LIFT = 1.5
AROUND_S = 7200
T = TypeVar("T")
_NOTHING: list[dict[str, Any]] = []
_OWN = ("telemetry.", "service.instance.")
_SKIPPED = frozenset(
    {"_time", "_raw", "trace_id", "span_id", "parent_span_id", "observed_time", "severity_number", "exemplars", "distribution"}
)


@dataclass(frozen=True, slots=True)
class Over:
    """A field value that events of the alert have more often: shares of events now and in the baseline."""

    field: str
    value: str
    share: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """A kind of log text: events now and in the baseline; `new` without any in the baseline, `gone` without any now."""

    signature: str
    events: int
    baseline: int
    change: str


@dataclass(frozen=True, slots=True)
class ModelEvent:
    """A deployment or training of a model near the alert."""

    time: float
    text: str


@dataclass(slots=True)
class Context:
    """The parts of the page; `rows` are events as JSON objects; `span` and `baseline` are the compared times, epoch seconds."""

    span: tuple[int, int]
    baseline: tuple[int, int]
    query: str | None = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    over: list[Over] = field(default_factory=list)
    patterns: list[Pattern] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    model_events: list[ModelEvent] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)


class PageReader:
    """Reads the context of alerts of one monitor. Blocking."""

    def __init__(self, engine: Engine, monitor: Monitor, width: int, limits: Limits) -> None:
        self._engine = engine
        self._monitor = monitor
        self._width = width
        self._limits = limits

    def read(self, alert: Alert) -> Context:
        """Every part of an alert's page."""
        span = (alert.first_slice, min(alert.last_slice + self._width, alert.first_slice + 6 * HOUR_S))
        group = msgspec.json.decode(alert.group_key, type=dict[str, str | None])
        now = self._part(Context(span, span), lambda: self._events(group, span), _NOTHING)
        week = (span[0] - WEEK_S, span[1] - WEEK_S)
        hour = (span[0] - HOUR_S, span[0])
        found = Context(span, week)
        before = self._part(found, lambda: self._events(group, week), _NOTHING)
        if not before:
            found.baseline = hour
            before = self._part(found, lambda: self._events(group, hour), _NOTHING)
        found.query = self._part(found, lambda: self._text(group), None)
        found.rows = now[:ROWS]
        found.over = over_represented(now, before)
        found.traces = traces_of(now)
        found.patterns = self._part(found, lambda: self._patterns(group, span, found.baseline), list[Pattern]())
        found.model_events = self._part(found, lambda: self._model_events(span), list[ModelEvent]())
        return found

    def _part(self, found: Context, read: Callable[[], T], nothing: T) -> T:
        try:
            return read()
        except PilotageError as error:
            found.messages.append(f"{error.problem.code}: {error.problem.sentence}")
            return nothing

    def _events(self, group: Mapping[str, str | None], span: tuple[int, int]) -> list[dict[str, Any]]:
        return self._rows(self._monitor.query, span, lambda plan: Limit(narrowed(plan, group), SAMPLE), self._monitor.language)

    def _text(self, group: Mapping[str, str | None]) -> str | None:
        plan = self._engine.plan(Search(self._monitor.query, self._monitor.language, limits=self._limits))
        return text_of(narrowed(plan, group))

    def _patterns(self, group: Mapping[str, str | None], span: tuple[int, int], baseline: tuple[int, int]) -> list[Pattern]:
        text = self._text(group)
        if text is None or self._monitor.kind == "pattern":
            return []
        sides = []
        for side in (span, baseline):
            rows = self._rows(f"{text} | {SIGNATURE}", side)
            length = max(1, side[1] - side[0])
            sides.append(
                {str(row["signature"]): float(row["events"]) * (span[1] - span[0]) / length for row in rows if row.get("signature")}
            )
        return compared(*sides)

    def _model_events(self, span: tuple[int, int]) -> list[ModelEvent]:
        rows = self._rows("index=main event_name=deploy | sort - _time | table _time _raw", (span[0] - AROUND_S, span[1]))
        return [ModelEvent(float(row["_time"]), str(row.get("_raw", ""))) for row in rows[:ROWS]]

    def _rows(
        self, query: str, span: tuple[int, int], change: Callable[[Node], Node] | None = None, language: str = "spl"
    ) -> list[dict[str, Any]]:
        search = Search(query, language, str(span[0]), str(span[1]), span[1] * 1_000_000_000, limits=self._limits)
        result = self._engine.start(search, None, change)
        return [json.loads(line) for piece in result.ndjson() for line in piece.splitlines() if line]


def narrowed(plan: Node, group: Mapping[str, str | None]) -> Node:
    """The events behind a query, those of one group only."""
    part = event_part(plan)
    terms = [Binary("=", Field(name), Literal(value)) for name, value in group.items() if value is not None]
    return Filter(part, chain("AND", terms)) if terms else part


def over_represented(now: Iterable[Mapping[str, Any]], before: Iterable[Mapping[str, Any]]) -> list[Over]:
    """Values whose share of events grew by half or more, the largest growth of share first."""
    shares = [_shares(rows) for rows in (now, before)]
    found = []
    for key, share in shares[0].items():
        usual = shares[1].get(key, 0.0)
        if share >= 0.05 and share >= LEAST_LIFT * usual and share - usual >= 0.05:
            found.append(Over(*key, round(share, 4), round(usual, 4)))
    return sorted(found, key=lambda each: (each.baseline - each.share, each.field, each.value))[:MOST_VALUES]


def _shares(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], float]:
    counts: dict[tuple[str, str], int] = {}
    total = 0
    for row in rows:
        total += 1
        for name, value in row.items():
            if name not in _SKIPPED and not name.startswith(_OWN) and isinstance(value, str | int | bool) and len(str(value)) <= 200:
                counts[(name, str(value))] = counts.get((name, str(value)), 0) + 1
    return {key: count / total for key, count in counts.items()}


def compared(now: Mapping[str, float], before: Mapping[str, float]) -> list[Pattern]:
    """Kinds of text that are new, gone, or twice or half as many; new ones first, then by how many events that are."""
    found = []
    for signature in {*now, *before}:
        events, usual = now.get(signature, 0.0), before.get(signature, 0.0)
        change = "new" if not usual else "gone" if not events else "more" if events >= 2 * usual else "fewer" if usual >= 2 * events else ""
        if change and (change in ("new", "gone") or abs(events - usual) >= 5):
            found.append(Pattern(signature[:500], round(events), round(usual), change))
    order = {"new": 0, "more": 1, "gone": 2, "fewer": 3}
    return sorted(found, key=lambda each: (order[each.change], -abs(each.events - each.baseline), each.signature))[:MOST_PATTERNS]


def traces_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """Trace ids of events, and of the exemplars of metric points, each once."""
    found: dict[str, None] = {}
    for row in rows:
        if isinstance(trace := row.get("trace_id"), str) and trace:
            found[trace] = None
        exemplars = row.get("exemplars")
        for each in exemplars if isinstance(exemplars, list) else []:
            if isinstance(each, dict) and isinstance(trace := each.get("trace_id"), str) and trace:
                found[trace] = None
        if len(found) >= MOST_TRACES:
            break
    return list(found)[:MOST_TRACES]


def related(alert: Alert, others: Iterable[Alert]) -> list[tuple[Alert, str]]:
    """Alerts near in time (half an hour), or of the same entity (a label or group value in common) within an hour, nearest first."""
    mine = _entities(alert)
    found = []
    for other in others:
        if other.id == alert.id:
            continue
        apart = max(0.0, max(other.opened_at, alert.opened_at) - min(_end(other), _end(alert)))
        shared = sorted(mine & _entities(other))
        if shared and apart <= HOUR_S:
            found.append((other, f"same {', '.join(f'{name}={value}' for name, value in shared[:3])}"))
        elif apart <= HOUR_S / 2:
            found.append((other, "at the same time"))
    return sorted(found, key=lambda pair: (abs(pair[0].opened_at - alert.opened_at), pair[0].id))


def _end(alert: Alert) -> float:
    return alert.resolved_at if alert.resolved_at is not None else float(alert.last_slice)


def _entities(alert: Alert) -> set[tuple[str, str]]:
    found: dict[str, str | None] = msgspec.json.decode(alert.labels) | msgspec.json.decode(alert.group_key)
    return {(name, str(value)) for name, value in found.items() if value is not None}
