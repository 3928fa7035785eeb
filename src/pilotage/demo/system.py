"""The running system: which services there are, how they are wired, and which thread does what."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable

from pilotage.demo import callers, incidents, summary, trainer
from pilotage.demo.assistant import AssistantService
from pilotage.demo.callers import Callers
from pilotage.demo.classifier import ClassifierService
from pilotage.demo.clock import Clock
from pilotage.demo.incidents import Incident, Schedule
from pilotage.demo.regression import RegressionJob
from pilotage.demo.telemetry import Service, Telemetry
from pilotage.demo.traffic import ASSISTANT, CLASSIFIER, REGRESSION
from pilotage.demo.trainer import Trainer
from pilotage.demo.web import Server


class System:
    """All services of the demo. `start` trains the first models and begins the traffic; `close` ends every thread it began."""

    def __init__(self, telemetry: Telemetry, clock: Clock, schedule: Schedule, seed: int) -> None:
        self._clock = clock
        self._schedule = schedule
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._reporter = telemetry.service(incidents.REPORTER, incidents.EVENT)
        self.classifier = ClassifierService(telemetry.service(CLASSIFIER.service), clock, schedule, seed)
        self.assistant = AssistantService(telemetry.service(ASSISTANT.service), clock, schedule, seed)
        self.regression = RegressionJob(telemetry.service(REGRESSION.service), clock, schedule, seed)
        self.trainer = Trainer(telemetry.service(trainer.SERVICE), clock, seed, (self.classifier, self.regression))
        self.callers = Callers(telemetry.service(callers.SERVICE), clock, schedule, seed)
        self.servers = (
            Server(self.classifier.service, {"/predict": self.classifier.predict}),
            Server(self.assistant.service, {"/v1/chat": self.assistant.chat}),
        )

    def start(self) -> None:
        """Train, then let everything run on threads of its own."""
        self.trainer.train()
        for target in callers.targets(*(server.port for server in self.servers)):
            self._spawn(f"users of {target.path}", functools.partial(self.callers.run, target, self._stop))
        tallies = (self.classifier.tally, self.assistant.tally, self.regression.tally)
        self._spawn("batches", lambda: self.regression.run(self._stop))
        self._spawn("training", lambda: self.trainer.run(self._stop))
        self._spawn("wine labels", lambda: self.classifier.labels.run(self._stop))
        self._spawn("diabetes labels", lambda: self.regression.labels.run(self._stop))
        self._spawn("summaries", lambda: summary.run(tallies, self._clock, self._stop))
        self._spawn("incidents", lambda: announce(self._reporter, self._schedule, self._clock, self._stop))

    def close(self) -> None:
        """Stop calling, let requests in flight finish, stop serving."""
        self._stop.set()
        for thread in self._threads:
            thread.join(timeout=5)
        self.callers.close()
        for server in self.servers:
            server.close()

    def requests(self) -> tuple[int, int]:
        """Requests and errors so far, batches' rows included."""
        tallies = (self.classifier.tally, self.assistant.tally, self.regression.tally)
        return sum(t.requests for t in tallies), sum(t.errors for t in tallies)

    def _spawn(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


def announce(reporter: Service, schedule: Schedule, clock: Clock, stop: threading.Event) -> None:
    """Emit `demo.incident` when an incident starts and when it ends."""
    moments: list[tuple[int, str, Incident]] = []
    for incident in schedule.incidents:
        moments += [(incident.start_ns, "start", incident), (incident.end_ns, "end", incident)]
    for time_ns, phase, incident in sorted(moments, key=lambda moment: moment[0]):
        if not clock.wait_until(time_ns, stop):
            return
        body, attributes = incidents.announcement(incident, phase)
        reporter.event(incidents.EVENT, body, attributes)
