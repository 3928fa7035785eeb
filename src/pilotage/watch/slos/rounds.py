"""Keeps objectives counted: every slice once, after its data are in, with the past caught up, and burning told as alerts."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation

from pilotage.engine.run import Engine
from pilotage.model.problem import PilotageError
from pilotage.schedule.agenda import Agenda, Due, Rhythm
from pilotage.schedule.clock import Clock
from pilotage.state.deliveries import Reached
from pilotage.state.open import State
from pilotage.store.backend import Limits
from pilotage.watch.episodes import Reading, Terms, advance
from pilotage.watch.escalation import length
from pilotage.watch.facts import SLO_PREFIX
from pilotage.watch.setup import decoded
from pilotage.watch.slos.budget import Counts, Status, level_of, status_of
from pilotage.watch.slos.counting import counted, of_monitor
from pilotage.watch.slos.objective import Slo
from pilotage.watch.slos.period import before, bounds

RETRY_S = 60.0
LONGEST_SLEEP_S = 5.0
SETTLE_S = 3.0
FORECAST_S = 28 * 86_400.0
QUIET_S = 1800
log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    slo: Slo
    updated: int
    through: int = 0
    status: Status | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """An objective as it runs; `reason` says why it is not counted, `through` how far it is."""

    slo: Slo
    through: int
    status: Status | None
    reason: str


@dataclass(frozen=True, slots=True)
class Means:
    """What objectives are counted with."""

    engine: Callable[[], Engine]
    state: State
    clock: Clock
    limits: Limits = field(default_factory=Limits)


class SloWatch:
    """One thread, from `start` to `stop`, that counts what is due."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._running: dict[str, _Running] = {}
        self._agenda: Agenda[str] = Agenda()
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._changed = threading.Event()
        self._changed.set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="objectives", daemon=True)
        _observe(self)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is counted is kept already."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def changed(self) -> None:
        """An objective was made, changed or dropped."""
        self._changed.set()
        self._wake.set()

    def find(self, name: str) -> Watched | None:
        """A running objective."""
        with self._lock:
            found = self._running.get(name)
            return None if found is None else Watched(found.slo, found.through, found.status, found.reason)

    def statuses(self) -> dict[str, Status]:
        """Those that are counted, by name."""
        with self._lock:
            return {name: each.status for name, each in self._running.items() if each.status is not None}

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self.step()
            except PilotageError as error:
                log.warning("objectives waiting", extra={"code": error.problem.code, "reason": error.problem.sentence})
            except Exception:
                log.exception("objectives failed")
            upcoming = self._agenda.next()
            clock = self._means.clock
            pause = LONGEST_SLEEP_S if upcoming is None else min(LONGEST_SLEEP_S, max(0.05, (upcoming - clock.now()) / clock.speed))
            self._wake.wait(pause)
            self._wake.clear()

    def step(self) -> None:
        """Everything that is due now. Tests call it."""
        if self._changed.is_set():
            self._changed.clear()
            self._refresh()
        for due in self._agenda.take(self._means.clock.now()):
            if self._stop.is_set():
                return
            self._count(due)

    def _refresh(self) -> None:
        """Take up what changed in state."""
        state = self._means.state
        if not state.exists():
            return
        kept = {each.name: each for each in state.documents("slos").all()}
        slos = {name: decoded(each.text, Slo) for name, each in kept.items()}
        reached = state.objectives.reached()
        now = self._means.clock.now()
        with self._lock:
            for name in [each for each in self._running if each not in slos or not slos[each].enabled]:
                del self._running[name]
                self._agenda.remove(name)
            for name, slo in slos.items():
                old = self._running.get(name)
                if not slo.enabled or (old is not None and old.updated == kept[name].updated_ms):
                    continue
                have = reached.get(name)
                through = have.through if have is not None and have.digest == slo.digest() else 0
                self._running[name] = _Running(slo, kept[name].updated_ms, through, None if old is None else old.status)
                delay = max(length(slo.delay), SETTLE_S * self._means.clock.speed if self._means.clock.speed > 1 else 0.0)
                self._agenda.add(name, Rhythm(slo.slice_seconds, delay), now)

    def _count(self, due: Due[str]) -> None:
        with self._lock:
            running = self._running.get(due.key)
        if running is None:
            return
        try:
            self._catch_up(due.key, running, due.end)
            running.reason = ""
            self._agenda.done(due.key, due.end)
        except PilotageError as error:
            running.reason = f"{error.problem.code}: {error.problem.sentence}"
            log.warning("objective not counted", extra={"slo": due.key, "reason": running.reason})
            self._agenda.again(due.key, self._means.clock.now() + RETRY_S)
        except Exception as error:
            running.reason = f"internal-error: {type(error).__name__}"
            log.exception("objective not counted", extra={"slo": due.key})
            self._agenda.again(due.key, self._means.clock.now() + RETRY_S)

    def _catch_up(self, name: str, running: _Running, end: int) -> None:
        """Count what is missing up to `end`, then say how the budget is, and tell of burning: of now only, not of the past."""
        slo, objectives, width = running.slo, self._means.state.objectives, running.slo.slice_seconds
        earliest = min(before(slo.period, slo.start, slo.zone, end)[0], end - FORECAST_S)
        begin = running.through or -int(-bounds(slo.period, slo.start, slo.zone, end)[0] // width) * width
        if end > begin:
            rows = self._slices(slo, begin, end)
            objectives.count(name, Reached(slo.digest(), end, ""), rows, earliest)
            running.through = end
        kept = objectives.slices(name, earliest)
        columns = [np.array(column) for column in zip(*kept, strict=True)] if kept else [np.zeros(0)] * 3
        status = status_of(slo, Counts(columns[0].astype(np.int64), columns[1], columns[2]), float(running.through))
        self._tell(name, slo, status)
        with self._lock:
            running.status = status

    def _slices(self, slo: Slo, begin: int, end: int) -> list[tuple[int, float, float]]:
        if slo.kind != "monitor":
            return counted(self._means.engine, slo, begin, end, self._means.limits)
        monitor = self._means.state.monitors.find(slo.monitor)
        alerts = self._means.state.alerts.listed(monitor_id=monitor.id, latest=float(end), most=100_000)
        return of_monitor([each for each in alerts if not each.shadow], slo, begin, end)

    def _tell(self, name: str, slo: Slo, status: Status) -> None:
        level = level_of(status)
        burning = [each for each in status.burns if each.burning]
        worst = max(burning or status.burns, key=lambda each: (each.level == "critical", each.long), default=None)
        left = "" if status.left is None else f", {status.left:.1f} % of the budget is left"
        reason = f"the budget burns {worst.long:.1f} times as fast as it may{left}" if worst is not None else ""
        reading = Reading(
            time=int(status.at) - slo.slice_seconds,
            value=None if worst is None else worst.long,
            expected=1.0,
            lower=None,
            upper=None if worst is None else worst.factor,
            score=None if worst is None else worst.long / worst.factor,
            unusual=bool(burning),
            level=level,
            reason=reason,
        )
        alerts = self._means.state.alerts
        last = alerts.listed(monitor_id=SLO_PREFIX + name, most=1)
        terms = Terms(SLO_PREFIX + name, slo.slice_seconds, 2 * slo.slice_seconds, QUIET_S, labels=json.dumps(slo.labels))
        changes = advance(terms, "{}", last[0] if last else None, [reading])
        if changes:
            for each in alerts.commit(changes, [], self._means.clock.now()):
                log.info("objective burning", extra={"slo": name, "alert_event": each.event, "reason": reason})


def _observe(watch: SloWatch) -> None:
    """Gauges of every objective: they reach the store with the server's own telemetry."""
    meter = metrics.get_meter("pilotage")

    def gauge(name: str, unit: str, text: str, value: Callable[[Status], float | None]) -> None:
        def read(_: CallbackOptions) -> Iterable[Observation]:
            found = ((name, value(status)) for name, status in watch.statuses().items())
            return [Observation(number, {"slo": name}) for name, number in found if number is not None]

        meter.create_observable_gauge(f"pilotage.slo.{name}", [read], unit, text)

    gauge("indicator", "%", "Share that was good within the period", lambda status: status.indicator)
    gauge("budget", "%", "Error budget left of the period, below 0 when it is overdrawn", lambda status: status.left)
    gauge("burn", "1", "How fast the budget burns over the shortest long window, 1 is the even pace", _fastest)
    gauge("exhaustion", "1", "Chance that the budget is used up within the forecast", _chance)


def _fastest(status: Status) -> float | None:
    return min(status.burns, key=lambda each: each.long_seconds).long if status.burns else None


def _chance(status: Status) -> float | None:
    return status.forecast.chance if status.forecast is not None else None
