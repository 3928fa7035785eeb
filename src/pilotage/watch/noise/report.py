"""The noise report: alerts a day of each monitor, how many came after hours, how many were false, and what changed at a moment. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pilotage.state.records import Alert
from pilotage.watch.facts import Facts
from pilotage.watch.noise.calendar import Calendar, calendar_of
from pilotage.watch.noise.statistics import Estimate, rate_ratio, wilson

DAY = 86_400.0
NOISIEST_SHARE = 0.05
LOUD_A_DAY = 4.0


@dataclass(frozen=True, slots=True)
class Subject:
    """A monitor to report on; `since` is when it began, epoch seconds."""

    id: str
    name: str
    labels: Mapping[str, str]
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class Noise:
    """One monitor, or all of them (`monitor` empty), over `days`.

    `false` is of the labelled true and false ones; `unlabelled` counts those without a verdict or with `unknown`, as a share of all.
    `ratio` compares the alerts a day after the split with those before it.
    """

    monitor: str
    alerts: int
    days: float
    per_day: float
    after_hours: Estimate
    calendar: str
    false: Estimate
    unlabelled: float | None
    muted: int
    before: float | None
    after: float | None
    ratio: Estimate


@dataclass(frozen=True, slots=True)
class Report:
    """All monitors, noisiest first, and the fleet: `noisiest` are the loudest twentieth (at least one), with their share of all alerts."""

    since: float
    until: float
    split: float | None
    fleet: Noise
    monitors: tuple[Noise, ...]
    noisiest: tuple[str, ...]
    noisiest_per_day: float
    noisiest_share: float | None
    loud: int


@dataclass(frozen=True, slots=True)
class Span:
    """`[since, until)` and the moment to compare before and after, epoch seconds."""

    since: float
    until: float
    split: float | None = None


def report_of(subjects: Sequence[Subject], alerts: Sequence[Alert], calendars: Mapping[str, Calendar], span: Span) -> Report:
    """Alerts count by when they opened; those of shadow monitors told nobody and are left out."""
    by_monitor: dict[str, list[Alert]] = {subject.id: [] for subject in subjects}
    for alert in alerts:
        if not alert.shadow and span.since <= alert.opened_at < span.until and alert.monitor_id in by_monitor:
            by_monitor[alert.monitor_id].append(alert)
    late: list[bool] = []
    found = []
    for subject in subjects:
        mine = by_monitor[subject.id]
        name, calendar = calendar_of(calendars, _facts(subject))
        outside = [not calendar.hours.covers(alert.opened_at) for alert in mine]
        late += outside
        found.append(_noise(subject.name, mine, outside, name, Span(max(span.since, subject.since), span.until, span.split)))
    found.sort(key=lambda each: (-each.per_day, each.monitor))
    every = [alert for mine in by_monitor.values() for alert in mine]
    fleet = _noise("", every, late, "", span)
    top = found[: max(1, math.ceil(NOISIEST_SHARE * len(found)))] if every else []
    return Report(
        since=span.since,
        until=span.until,
        split=span.split,
        fleet=fleet,
        monitors=tuple(found),
        noisiest=tuple(each.monitor for each in top),
        noisiest_per_day=sum(each.per_day for each in top) / len(top) if top else 0.0,
        noisiest_share=sum(each.alerts for each in top) / len(every) if every else None,
        loud=sum(each.per_day > LOUD_A_DAY for each in found),
    )


def _noise(name: str, alerts: Sequence[Alert], outside: Sequence[bool], calendar: str, span: Span) -> Noise:
    days = max(span.until - span.since, 0.0) / DAY
    verdicts = [alert.verdict for alert in alerts]
    wrong, right = verdicts.count("false"), verdicts.count("true")
    before = after = None
    ratio = Estimate(None, None, None)
    if span.split is not None and span.since < span.split < span.until:
        early = sum(alert.opened_at < span.split for alert in alerts)
        lengths = (span.split - span.since) / DAY, (span.until - span.split) / DAY
        before, after = early / lengths[0], (len(alerts) - early) / lengths[1]
        ratio = rate_ratio(early, lengths[0], len(alerts) - early, lengths[1])
    return Noise(
        monitor=name,
        alerts=len(alerts),
        days=days,
        per_day=len(alerts) / days if days else 0.0,
        after_hours=wilson(sum(outside), len(alerts)),
        calendar=calendar,
        false=wilson(wrong, wrong + right),
        unlabelled=1.0 - (wrong + right) / len(alerts) if alerts else None,
        muted=sum(alert.muted for alert in alerts),
        before=before,
        after=after,
        ratio=ratio,
    )


def _facts(subject: Subject) -> Facts:
    """What a calendar's match looks at."""
    return Facts("", subject.id, subject.name, "", "", 0.0, {}, subject.labels)


def labels_of(definition: str) -> dict[str, str]:
    """The labels in a monitor's kept definition."""
    labels = json.loads(definition).get("labels") or {}
    return {str(name): str(value) for name, value in labels.items()}
