"""Reads what the noise report is made of from state, and the two series of the proxy metric from the store. Blocking."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pilotage.model.problem import fail
from pilotage.watch.facts import SLO_PREFIX
from pilotage.watch.noise.calendar import Calendar
from pilotage.watch.noise.report import Report, Span, Subject, labels_of, report_of
from pilotage.watch.noise.statistics import Correlation, spearman
from pilotage.watch.setup import decoded

if TYPE_CHECKING:
    from pilotage.engine.run import Engine, Search
    from pilotage.state.open import State

MOST_ALERTS = 1_000_000


def noise_of(state: State, span: Span) -> Report:
    """The report over kept monitors and objectives."""
    if not state.exists():
        return report_of((), (), {}, span)
    subjects = [Subject(row.id, row.name, labels_of(row.definition), row.created_ms / 1000) for row in state.monitors.all()]
    subjects += [Subject(SLO_PREFIX + each.name, each.name, labels_of(each.text)) for each in state.documents("slos").all()]
    alerts = state.alerts.listed(earliest=span.since, latest=span.until, most=MOST_ALERTS)
    calendars = {each.name: decoded(each.text, Calendar) for each in state.documents("calendars").all()}
    first = min((alert.opened_at for alert in alerts), default=span.until)
    # Alerts on older data than the monitor itself (a backfill, a fast clock) still count over the whole time.
    subjects = [Subject(each.id, each.name, each.labels, 0.0 if first < each.since else each.since) for each in subjects]
    return report_of(subjects, alerts, calendars, span)


def proxy_of(engine: Callable[[], Engine], searches: tuple[Search, Search], width: int, span: Span) -> Correlation:
    """How the windows of a proxy (such as the prediction error) rank with those of a business metric, window by window."""
    begin, end = int(-(-span.since // width)) * width, int(span.until // width) * width
    if end - begin < width:
        raise fail("noise-range", "the range holds no whole window", hint="widen it, or take a smaller `slice`")
    first, second = (_windows(engine, each, width, begin, end) for each in searches)
    return spearman(first, second)


def _windows(engine: Callable[[], Engine], search: Search, width: int, begin: int, end: int) -> NDArray[np.float64]:
    from pilotage.engine.slices import values_of  # noqa: PLC0415 - the languages
    from pilotage.engine.slicing import Cut  # noqa: PLC0415

    found = values_of(engine(), search, Cut(width, begin, end))
    if len(found.names) > 1:
        raise fail("noise-groups", "the query gives a row a group, it must give one of all", hint="leave out `by`")
    values = np.full((end - begin) // width, np.nan)
    values[(found.time - begin) // width] = found.value
    return values
