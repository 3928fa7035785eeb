"""The rounds of the watch: every due question is asked, its monitors are judged, and how late that was is measured.

One thread plans; a few run evaluations, one more learns from history, so that a long training delays nobody's slices.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal

from opentelemetry import metrics

from pilotage.engine.run import Engine, Search
from pilotage.engine.slices import own_span
from pilotage.model.problem import PilotageError
from pilotage.schedule.agenda import Agenda, Due, Rhythm
from pilotage.schedule.clock import Clock
from pilotage.state.open import State
from pilotage.state.records import MonitorRow, Progress
from pilotage.watch.composite import Composites
from pilotage.watch.evaluation import Evaluation, Feed, Latest, latest_of
from pilotage.watch.watched import Question, Watched, watched_of

EVALUATORS = 2
LONGEST_SLEEP_S = 1.0
RETRY_S = 30.0
SETTLE_S = 2.0
REMEMBER_S = 2 * 86_400
LEARN_EVERY_S = 600.0
log = logging.getLogger(__name__)
_METER = metrics.get_meter("pilotage")
_LAG = _METER.create_histogram("pilotage.monitors.lag", "s", "From when a slice was due to its verdicts")
_TIME = _METER.create_histogram("pilotage.monitors.evaluation", "s", "One evaluation: scan, verdicts, commit")
_NEWS = _METER.create_counter("pilotage.monitors.events", "{event}", "Alerts opened, escalated, resolved, expired")


@dataclass(frozen=True, slots=True)
class Report:
    """How the watch does: monitors, questions, series, evaluations so far, failures, the newest lags in seconds of its clock."""

    monitors: int
    questions: int
    series: int
    evaluations: int
    failures: int
    lag_p50: float
    lag_max: float
    learning: int


class Watch:
    """Runs all enabled monitors from `start` to `stop`."""

    def __init__(self, engine: Callable[[], Engine], state: State, clock: Clock, evaluation: Evaluation) -> None:
        self._engine = engine
        self._state = state
        self._clock = clock
        self._evaluation = evaluation
        self._feeds: dict[Question, Feed] = {}
        self._agenda: Agenda[Question] = Agenda()
        self._revisions: dict[str, int] = {}
        self._composites = Composites(state, clock)
        self._stop = threading.Event()
        self._changed = threading.Event()
        self._changed.set()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._done: deque[tuple[Question, int, bool]] = deque()
        self._lags: deque[float] = deque(maxlen=1000)
        self._counts = [0, 0]
        self._learning: dict[Question, Future[None]] = {}
        self._looked: dict[Question, float] = {}
        self._spans: dict[tuple[str, str], int | None] = {}
        self._evaluators = ThreadPoolExecutor(EVALUATORS, thread_name_prefix="evaluation")
        self._learner = ThreadPoolExecutor(1, thread_name_prefix="learning")
        self._thread = threading.Thread(target=self._run, name="monitors", daemon=True)

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def stop(self) -> None:
        """End, and keep what the judges know. Blocking."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)
        self._evaluators.shutdown(wait=True, cancel_futures=True)
        self._learner.shutdown(wait=False, cancel_futures=True)
        self._evaluation.keep(list(self._feeds.values()))

    def changed(self) -> None:
        """A monitor was made, changed or dropped: look again."""
        self._changed.set()
        self._wake.set()

    def find(self, monitor_id: str) -> Watched | None:
        """A running monitor."""
        with self._lock:
            return next((feed.members[monitor_id] for feed in self._feeds.values() if monitor_id in feed.members), None)

    def report(self) -> Report:
        """Figures of now."""
        with self._lock:
            members = [each for feed in self._feeds.values() for each in feed.members.values()]
        lags = sorted(self._lags) or [0.0]
        waiting = sum(not each.ready for each in members)
        series = sum(len(each.series) for each in members)
        evaluations, failures = self._counts
        return Report(
            len(members) + len(self._composites), len(self._feeds), series, evaluations, failures, lags[len(lags) // 2], lags[-1], waiting
        )

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._round()
            except PilotageError as error:
                log.warning("monitors waiting", extra={"code": error.problem.code, "reason": error.problem.sentence})
                self._stop.wait(1.0)
            except Exception:
                log.exception("monitors failed")
                self._stop.wait(1.0)

    def _round(self) -> None:
        if self._changed.is_set():
            self._changed.clear()
            self._refresh()
        while self._done:
            question, end, worked = self._done.popleft()
            feed = self._feeds.get(question)
            if worked and feed is not None:
                self._agenda.slow(question, Rhythm(question.slice, question.delay + feed.extra))
                self._agenda.done(question, end)
            else:
                self._agenda.again(question, self._clock.now() + RETRY_S)
        now = self._clock.now()
        due = self._agenda.take(now)
        if due:
            latest = latest_of(self._state.alerts.recent(now - REMEMBER_S))
            for each in due:
                self._learn(each)
                self._evaluators.submit(self._evaluate, each, latest)
        self._composites.evaluate(now)
        upcoming = self._agenda.next()
        pause = LONGEST_SLEEP_S if upcoming is None else min(LONGEST_SLEEP_S, max(0.0, (upcoming - now) / self._clock.speed))
        if pause and not self._done:
            self._wake.wait(pause)
        self._wake.clear()

    def _evaluate(self, due: Due[Question], latest: Latest) -> None:
        feed = self._feeds.get(due.key)
        worked = False
        try:
            if feed is None or self._stop.is_set():
                return
            judged = self._evaluation.evaluate(feed, due.end, self._clock.now(), latest)
            worked = True
            lag = self._clock.now() - due.since
            self._lags.append(lag)
            self._counts[0] += 1
            _LAG.record(lag)
            _TIME.record(judged.seconds)
            for change in judged.news:
                if change.event is not None:
                    self._tell(feed, change.event, change.alert.monitor_id, change.alert.id)
        except PilotageError as error:
            self._failed(feed, error.problem.code, error.problem.sentence)
        except Exception as error:
            log.exception("evaluation failed", extra={"query": due.key.query[:200]})
            self._failed(feed, "internal-error", f"{type(error).__name__}: {error}")
        finally:
            self._done.append((due.key, due.end, worked))
            self._wake.set()

    def _tell(self, feed: Feed, event: str, monitor_id: str, alert_id: str) -> None:
        _NEWS.add(1, {"event": event})
        member = feed.members.get(monitor_id)
        log.info("alert", extra={"change": event, "alert": alert_id, "monitor": member.row.name if member else monitor_id})

    def _failed(self, feed: Feed | None, code: str, sentence: str) -> None:
        self._counts[1] += 1
        log.warning("monitors not evaluated", extra={"code": code, "reason": sentence})
        for each in list(feed.members.values()) if feed is not None else []:
            each.problem = f"{code}: {sentence}"

    def _learn(self, due: Due[Question]) -> None:
        """Have history learned where there is something new or old, one question at a time, and each at most every ten minutes."""
        feed = self._feeds[due.key]
        waiting = any(not each.ready for each in feed.members.values())
        running = self._learning.get(due.key)
        if running is not None and not running.done():
            return
        if not waiting and due.end - self._looked.get(due.key, 0.0) < LEARN_EVERY_S:
            return
        self._looked[due.key] = due.end
        self._learning[due.key] = self._learner.submit(self._prepare, feed, due)

    def _prepare(self, feed: Feed, due: Due[Question]) -> None:
        if self._stop.is_set():
            return
        begun = time.perf_counter()
        try:
            learned = self._evaluation.prepare(feed, due.end)
        except PilotageError as error:
            self._failed(feed, error.problem.code, error.problem.sentence)
        except Exception as error:
            log.exception("learning failed", extra={"query": due.key.query[:200]})
            self._failed(feed, "internal-error", f"{type(error).__name__}: {error}")
        else:
            if learned:
                extra = {"monitors": learned, "query": feed.question.query[:200], "seconds": round(time.perf_counter() - begun, 2)}
                log.info("history learned", extra=extra)
                self._report_progress(feed)

    def _report_progress(self, feed: Feed) -> None:
        """A monitor that has learned shows it before its first slice is judged."""
        with feed.lock:
            progress = [
                Progress(each.row.id, each.through, *each.state(), len(each.series)) for each in feed.members.values() if each.ready
            ]
            self._state.alerts.commit((), progress, self._clock.now())

    def _refresh(self) -> None:
        """Take up what changed in state."""
        if not self._state.exists():
            return
        rows = {row.id: row for row in self._state.monitors.all() if row.enabled}
        self._composites.take([row for row in rows.values() if row.kind == "composite"])
        for monitor_id, revision in list(self._revisions.items()):
            row = rows.get(monitor_id)
            if row is None or row.revision != revision:
                self._drop(monitor_id)
        for row in rows.values():
            if row.kind != "composite" and row.id not in self._revisions:
                self._take(row)

    def _take(self, row: MonitorRow) -> None:
        self._revisions[row.id] = row.revision
        try:
            watched = watched_of(row)
            if not watched.monitor.slice and (width := self._own(watched.monitor.query, watched.monitor.language)):
                watched = watched_of(row, width)
        except PilotageError as error:
            log.warning("monitor not run", extra={"monitor": row.name, "code": error.problem.code, "reason": error.problem.sentence})
            return
        question = watched.question
        if self._clock.speed > 1:
            # Data take some real seconds to arrive, which are minutes on a fast clock.
            question = replace(question, delay=round(max(question.delay, SETTLE_S * self._clock.speed)))
            watched.question = question
        with self._lock:
            feed = self._feeds.get(question)
            if feed is None:
                feed = self._feeds[question] = Feed(question)
        with feed.lock:
            feed.members[row.id] = watched
        if question not in self._agenda:
            self._agenda.add(question, Rhythm(question.slice, question.delay), self._clock.now())

    def _own(self, query: str, language: Literal["spl", "sumo"]) -> int | None:
        """The width of the slices that a query makes itself; many monitors may ask the same."""
        key = (query, language)
        if key not in self._spans:
            self._spans[key] = own_span(self._engine(), Search(query, language))
        return self._spans[key]

    def _drop(self, monitor_id: str) -> None:
        del self._revisions[monitor_id]
        with self._lock:
            for question, feed in list(self._feeds.items()):
                if feed.members.pop(monitor_id, None) is not None and not feed.members:
                    del self._feeds[question]
                    self._agenda.remove(question)
