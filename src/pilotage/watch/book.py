"""Monitors as people keep them: made, changed, dropped, applied from files; what is wrong is refused before it is kept."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from pilotage.engine.run import Engine, Search
from pilotage.engine.slices import check_query, own_span
from pilotage.engine.slicing import Cut
from pilotage.model.problem import PilotageError, fail
from pilotage.state.open import State
from pilotage.state.records import MonitorRow, Progress
from pilotage.watch.composite import read_when
from pilotage.watch.judging import detection_of
from pilotage.watch.monitors import Monitor, read_monitor
from pilotage.watch.patterns import counted


@dataclass(frozen=True, slots=True)
class MonitorView:
    """A kept monitor as it is shown: `definition` leaves out what is by default; `through` is where the last judged slice ends.

    `state` is waiting, learning, insufficient_data, sparse, degraded, ok or failed, `reason` why.
    """

    id: str
    name: str
    kind: str
    enabled: bool
    state: str
    reason: str
    series: int
    through: int
    open_alerts: int
    revision: int
    created_ms: int
    updated_ms: int
    definition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """What applying a file does to one monitor: create, change, keep or drop."""

    name: str
    action: str


class MonitorBook:
    """All of it blocks; `changed` is called after every change."""

    def __init__(self, state: State, engine: Callable[[], Engine], changed: Callable[[], None]) -> None:
        self._state = state
        self._engine = engine
        self._changed = changed
        self._planned: set[tuple[object, ...]] = set()

    def checked(self, document: object, others: Collection[str] = ()) -> Monitor:
        """The monitor of a document, its query planned. Raises `bad-monitor` and whatever is wrong with the query.

        `others` are names that a composite may use although they are not kept yet.
        """
        monitor = read_monitor(document)
        if monitor.kind == "composite":
            names = read_when(monitor.when)[1]
            known = {each for row in self._state.monitors.all() for each in (row.id, row.name)} | set(others)
            if missing := sorted(names - known):
                raise fail("bad-monitor", f"`when` names the monitor `{missing[0]}`, which is not there", hint="create it first")
            return monitor
        key = (monitor.kind == "pattern", monitor.query, monitor.language, monitor.slice, monitor.value, monitor.by)
        if key not in self._planned:
            self._plan(monitor)
            self._planned.add(key)
        if monitor.kind == "anomaly":
            detection_of(monitor)
        return monitor

    def _plan(self, monitor: Monitor) -> None:
        search = Search(counted(monitor) if monitor.kind == "pattern" else monitor.query, monitor.language)
        width = monitor.slice_seconds if monitor.slice else own_span(self._engine(), search) or monitor.slice_seconds
        now = int(time.time()) // width * width
        check_query(self._engine(), search, Cut(width, now - width, now, monitor.value, monitor.by))

    def create(self, document: object) -> MonitorView:
        """Keep a new monitor. Raises `bad-monitor`, `monitor-exists`, and what is wrong with its query."""
        row = _row(self.checked(document))
        self._state.monitors.create([row])
        self._changed()
        return self.show(row.id)

    def replace(self, name: str, document: object) -> MonitorView:
        """Put another definition in the place of a monitor's; a change of it begins learning anew."""
        before = self._state.monitors.find(name)
        after = _changed(before, self.checked(document))
        if after.definition != before.definition or after.enabled != before.enabled:
            self._state.monitors.replace(after)
            self._changed()
        return self.show(before.id)

    def drop(self, name: str) -> str:
        """Forget a monitor and its alerts; its name."""
        row = self._state.monitors.find(name)
        self._state.monitors.drop(row.id)
        self._changed()
        return row.name

    def apply(self, documents: Sequence[object], *, dry: bool, prune: bool) -> list[Step]:
        """Make the kept monitors those of a file, by name: all or, when one is refused, none."""
        others = [str(each.get("name", "")) for each in documents if isinstance(each, dict)]
        monitors = [self.checked(document, others) for document in documents]
        names = [monitor.name for monitor in monitors]
        if len(set(names)) < len(names):
            twice = next(name for name, count in Counter(names).items() if count > 1)
            raise fail("bad-monitor", f"the name `{twice}` is there twice", hint="monitors of a file are told apart by `name`")
        kept = {row.name: row for row in self._state.monitors.all()}
        steps: list[Step] = []
        made: list[MonitorRow] = []
        changed: list[MonitorRow] = []
        for monitor in monitors:
            before = kept.get(monitor.name)
            if before is None:
                made.append(_row(monitor))
                steps.append(Step(monitor.name, "create"))
                continue
            after = _changed(before, monitor)
            same = after.definition == before.definition and after.enabled == before.enabled
            steps.append(Step(monitor.name, "keep" if same else "change"))
            changed += [] if same else [after]
        gone = [row for name, row in kept.items() if prune and name not in names]
        steps += [Step(row.name, "drop") for row in gone]
        if not dry:
            self._state.monitors.create(made)
            for row in changed:
                self._state.monitors.replace(row)
            for row in gone:
                self._state.monitors.drop(row.id)
            self._changed()
        return steps

    def all(self) -> list[MonitorView]:
        """Every monitor by name."""
        if not self._state.exists():
            return []
        progress, live = self._state.monitors.progress(), self._live()
        return [_view(row, progress.get(row.id), live.get(row.id, 0)) for row in self._state.monitors.all()]

    def show(self, name: str) -> MonitorView:
        """One monitor. Raises `monitor-missing`."""
        row = self._state.monitors.find(name)
        return _view(row, self._state.monitors.progress_of(row.id), self._live().get(row.id, 0))

    def monitor(self, name: str) -> Monitor:
        """The definition of one monitor. Raises `monitor-missing`."""
        return read_monitor(msgspec.json.decode(self._state.monitors.find(name).definition))

    def _live(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for alert in self._state.alerts.listed(states=("open", "acknowledged"), most=100_000):
            found[alert.monitor_id] = found.get(alert.monitor_id, 0) + 1
        return found


def converted(monitor: Monitor) -> Monitor:
    """A static, outlier or change monitor as the anomaly monitor that takes its place, in shadow until it is let loose."""
    if monitor.kind not in ("static", "outlier", "sudden-change"):
        raise fail(
            "bad-monitor", f"a {monitor.kind} monitor has no anomaly monitor in its place", hint="convert static, outlier or sudden-change"
        )
    text = monitor.critical or monitor.warning
    direction = "up" if text.startswith(">") else "down" if text.startswith("<") else monitor.direction
    name = f"{monitor.name} (anomaly)"
    plain = replace(monitor, critical="", warning="", clear="", window=5, min_unusual="")
    return replace(plain, name=name, kind="anomaly", direction=direction, shadow=True)


def _row(monitor: Monitor) -> MonitorRow:
    stamp = time.time_ns() // 1_000_000
    return MonitorRow(secrets.token_hex(6), monitor.name, monitor.kind, _text(monitor), monitor.enabled, 1, stamp, stamp)


def _changed(before: MonitorRow, monitor: Monitor) -> MonitorRow:
    stamp = time.time_ns() // 1_000_000
    return MonitorRow(
        before.id, monitor.name, monitor.kind, _text(monitor), monitor.enabled, before.revision + 1, before.created_ms, stamp
    )  # fmt: skip


def _text(monitor: Monitor) -> str:
    return msgspec.json.encode(monitor.document(), order="deterministic").decode()


def _view(row: MonitorRow, progress: Progress | None, live: int) -> MonitorView:
    state, reason = (progress.state, progress.reason) if progress is not None else ("waiting", "not evaluated yet")
    return MonitorView(
        row.id,
        row.name,
        row.kind,
        row.enabled,
        state if row.enabled else "disabled",
        reason,
        progress.series if progress is not None else 0,
        progress.through if progress is not None else 0,
        live,
        row.revision,
        row.created_ms,
        row.updated_ms,
        msgspec.json.decode(row.definition),
    )


__all__ = ["MonitorBook", "MonitorView", "PilotageError", "Step", "converted"]
