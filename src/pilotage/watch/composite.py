"""Composite monitors: an alert when other monitors alert together, as in `errors AND latency AND NOT "planned work"`."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence

from pilotage.model.problem import PilotageError, fail
from pilotage.schedule.clock import Clock
from pilotage.state.open import State
from pilotage.state.records import Alert, MonitorRow, Progress
from pilotage.watch.episodes import Reading, advance, settled
from pilotage.watch.watched import WHOLE, Watched, watched_of

_TOKEN = re.compile(r'\s*(?:(\()|(\))|"([^"]+)"|([^\s()"]+))')
Truth = Callable[[Mapping[str, bool]], bool]
log = logging.getLogger(__name__)


def read_when(text: str) -> tuple[Truth, frozenset[str]]:
    """The truth of an expression over names of monitors (AND, OR, NOT, parentheses; names with spaces in quotes), and the names.

    Raises `bad-monitor`.
    """
    tokens = [found for found in _TOKEN.finditer(text) if found[0].strip()]
    names: set[str] = set()
    truth, rest = _either(tokens, names)
    if rest or not names:
        raise fail(
            "bad-monitor", f"`when` cannot be read, `{text}`", hint='write such as `errors AND (latency OR cost) AND NOT "planned work"`'
        )
    return truth, frozenset(names)


_Tokens = Sequence[re.Match[str]]


def _either(tokens: _Tokens, names: set[str]) -> tuple[Truth, _Tokens]:
    left, tokens = _both(tokens, names)
    while tokens and tokens[0][4] and tokens[0][4].upper() == "OR":
        right, tokens = _both(tokens[1:], names)
        left = _or(left, right)
    return left, tokens


def _both(tokens: _Tokens, names: set[str]) -> tuple[Truth, _Tokens]:
    left, tokens = _one(tokens, names)
    while tokens and tokens[0][4] and tokens[0][4].upper() == "AND":
        right, tokens = _one(tokens[1:], names)
        left = _and(left, right)
    return left, tokens


def _one(tokens: _Tokens, names: set[str]) -> tuple[Truth, _Tokens]:
    if not tokens:
        raise fail("bad-monitor", "`when` ends where a monitor's name is missing", hint="write such as `errors AND NOT deploy`")
    first, rest = tokens[0], tokens[1:]
    if first[1]:
        inner, rest = _either(rest, names)
        if not rest or not rest[0][2]:
            raise fail("bad-monitor", "`when` has a parenthesis that is not closed")
        return inner, rest[1:]
    if first[4] and first[4].upper() == "NOT":
        inner, rest = _one(rest, names)
        return (lambda known: not inner(known)), rest
    name = first[3] or first[4]
    if not name or name.upper() in ("AND", "OR"):
        raise fail("bad-monitor", f"`when` has `{first[0].strip()}` where a monitor's name should be")
    names.add(name)
    return (lambda known: known.get(name, False)), rest


def _or(left: Truth, right: Truth) -> Truth:
    return lambda known: left(known) or right(known)


def _and(left: Truth, right: Truth) -> Truth:
    return lambda known: left(known) and right(known)


class Composites:
    """All composite monitors; evaluated after the others, whenever their slice ends."""

    def __init__(self, state: State, clock: Clock) -> None:
        self._state = state
        self._clock = clock
        self._members: list[tuple[Watched, Truth]] = []

    def __len__(self) -> int:
        return len(self._members)

    def take(self, rows: Sequence[MonitorRow]) -> None:
        """Replace them all."""
        before = {each.row.id: each for each, _ in self._members}
        self._members = []
        for row in rows:
            try:
                watched = watched_of(row)
                truth, _ = read_when(watched.monitor.when)
            except PilotageError as error:
                log.warning("monitor not run", extra={"monitor": row.name, "code": error.problem.code, "reason": error.problem.sentence})
                continue
            known = before.get(row.id)
            watched.through = known.through if known is not None and known.row.revision == row.revision else 0
            self._members.append((watched, truth))

    def evaluate(self, now: float) -> None:
        """Judge those whose slice has ended: the state of now stands for the slice."""
        due = [each for each in self._members if now - each[0].through >= 2 * each[0].width]
        if not due:
            return
        live = self._state.alerts.live()
        names = {row.id: row.name for row in self._state.monitors.all()}
        known = {names.get(alert.monitor_id, ""): True for alert in live} | {alert.monitor_id: True for alert in live}
        recent = self._state.alerts.recent(now - 2 * 86_400)
        for watched, truth in due:
            begin = int(now // watched.width) * watched.width - watched.width
            level = 2 if truth(known) else 0
            reading = Reading(begin, float(level > 0), None, None, None, float(level), bool(level), level, watched.monitor.when)
            changes = advance(watched.terms, WHOLE, _last(recent, watched.row.id), [reading])
            watched.through = begin + watched.width
            progress = [Progress(watched.row.id, watched.through, "ok", "", 1)]
            self._state.alerts.commit(settled(changes, late=False), progress, now)


def _last(alerts: Sequence[Alert], monitor_id: str) -> Alert | None:
    mine = [alert for alert in alerts if alert.monitor_id == monitor_id]
    return max(mine, key=lambda alert: alert.last_slice, default=None)
