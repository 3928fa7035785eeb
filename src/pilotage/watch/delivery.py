"""Empties the outbox: routes events, sends what is due, repeats what failed, and gives up for a person to look at.

A message is marked as sent after the receiver took it: a crash in between sends it twice under the same id, never not at all.
"""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opentelemetry import metrics

from pilotage.model.problem import PilotageError
from pilotage.schedule.clock import Clock
from pilotage.state.deliveries import Delivery, NewDelivery, Routed
from pilotage.watch.actions import Actions
from pilotage.watch.channel import Channel, Message, Outcome, kind_of, scrubbed
from pilotage.watch.escalation import length
from pilotage.watch.facts import Facts, many_facts
from pilotage.watch.messages import message_of, summary_of
from pilotage.watch.reach import Reach
from pilotage.watch.routing import Case, decide, wanted_still
from pilotage.watch.setup import Setup, read_setup

if TYPE_CHECKING:
    from pilotage.state.open import State

POLL_SECONDS = 1.0
LEASE_SECONDS = 300.0
FIRST_RETRY_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 900.0
MOST_ATTEMPTS = 100
AT_ONCE = 8
STOP_SECONDS = 1.0
KEEP_SECONDS = 90 * 86_400.0
PURGE_SECONDS = 3600.0
Row = tuple[Delivery, Facts | None]
log = logging.getLogger(__name__)
_MESSAGES = metrics.get_meter("pilotage").create_counter(
    "pilotage.notifications.messages", "{message}", "Messages by channel and by what became of the attempt"
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a delivery works with besides the state: the clock of the schedule, what may be reached, the server's public address."""

    clock: Clock
    reach: Reach = field(default_factory=Reach)
    public_url: str = ""


class Courier:
    """One thread that looks, and a few that send: a channel that hangs holds up only itself."""

    def __init__(self, state: State, around: Surroundings) -> None:
        self._state = state
        self._around = around
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[str, threading.Thread] = {}
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)
        self._purged = 0.0

    def start(self) -> None:
        """Begin; what an earlier run left half done is taken up at once where nobody else could be doing it."""
        if self._state.exists() and not self._state.shared:
            self._state.outbox.release()
            Actions(self._state, self._around.clock.now(), self._around.public_url).resume()
        self._thread.start()

    def wake(self) -> None:
        """There is something new: look now instead of within a second."""
        self._wake.set()

    def stop(self) -> None:
        """End. Messages on their way get a moment; what is not marked as sent by then is sent again by the next run."""
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(1.0)
        with self._lock:
            sending = list(self._busy.values())
        end = time.monotonic() + STOP_SECONDS
        for each in sending:
            each.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                if self.step():
                    continue
            except PilotageError as error:
                log.warning("notification failed", extra={"code": error.problem.code, "reason": error.problem.sentence})
            except Exception:
                # A broken row or a lost database must not end all notification; the next look tries again.
                log.exception("notification failed")
            self._wake.wait(POLL_SECONDS)
            self._wake.clear()

    def step(self) -> bool:
        """One look: route, then hand every channel with something due to a thread; whether there was anything. Tests then `settle`."""
        if not self._state.exists():
            return False
        now = self._around.clock.now()
        outbox = self._state.outbox
        if now - self._purged > PURGE_SECONDS:
            self._purged = now
            outbox.purge(now - KEEP_SECONDS)
        if not outbox.due(now):
            return False
        events = outbox.events(now)
        with self._lock:
            busy = set(self._busy)
        setup: Setup | None = None
        if events:
            setup = read_setup(self._state)
            self._route(events, setup, now)
        due = outbox.claim(now, LEASE_SECONDS * self._around.clock.speed, busy=busy)
        if due:
            setup = setup or read_setup(self._state)
            by_channel: dict[str, list[Delivery]] = {}
            for each in due:
                by_channel.setdefault(each.channel_id or "", []).append(each)
            for name, rows in by_channel.items():
                self._hand_over(name, rows, setup)
        return bool(events or due)

    def settle(self) -> None:
        """Wait until everything handed over is through."""
        while True:
            with self._lock:
                waiting = list(self._busy.values())
            if not waiting:
                return
            for each in waiting:
                each.join()

    def _hand_over(self, name: str, rows: list[Delivery], setup: Setup) -> None:
        def work() -> None:
            try:
                with self._places:
                    self._serve(name, rows, setup)
            except Exception:
                # The lease ends and the rows come again; the other channels must not notice.
                log.exception("notification failed", extra={"channel": name})
            finally:
                with self._lock:
                    self._busy.pop(name, None)
                self._wake.set()

        # A daemon, unlike the threads of a pool, does not hold up the end of the process when a receiver hangs.
        thread = threading.Thread(target=work, name=f"notify {name}", daemon=True)
        with self._lock:
            self._busy[name] = thread
        thread.start()

    def _route(self, events: Sequence[Delivery], setup: Setup, now: float) -> None:
        """All events in one transaction, unless one builds on another: a transaction is a write to the disk, and a storm has thousands."""
        outbox = self._state.outbox
        made: list[Routed] = []
        fresh: set[tuple[str, str]] = set()

        def throttled(channel: str, key: str, since: float) -> bool:
            return (channel, key) in fresh or outbox.throttled_since(channel, key, since)

        ids = {event.alert_id for event in events}
        known, histories, seen = many_facts(self._state, ids), outbox.histories(ids), set[str]()
        for event in events:
            if event.alert_id in seen:
                # What an earlier event of this batch made belongs to the past of this one.
                outbox.route(made, now)
                made = []
                histories |= outbox.histories([event.alert_id])
            seen.add(event.alert_id)
            facts = known.get(event.alert_id)
            if facts is None:
                made.append(Routed(event, note="the alert or its monitor was deleted"))
                continue
            past = [each for each in histories[event.alert_id] if each.id != event.id]
            decision = decide(Case(event, facts, past, now), setup, throttled)
            if decision.hold is not None:
                outbox.hold(event.id, decision.hold, decision.note or "")
                if event.error is None:
                    self._state.alerts.act(event.alert_id, now, muted=True)
                continue
            made.append(Routed(event, decision.messages, decision.note, decision.stale))
            if event.event == "opened" and setup.automatic:
                Actions(self._state, now, self._around.public_url).opened(facts)
            fresh.update((each.channel_id, each.throttle_key) for each in decision.messages if each.throttle_key is not None)
        outbox.route(made, now)

    def _serve(self, name: str, rows: list[Delivery], setup: Setup) -> None:
        now, outbox = self._around.clock.now(), self._state.outbox
        channel = setup.channels.get(name)
        if channel is None:
            outbox.dead([each.id for each in rows], f"there is no channel `{name}`", now)
            return
        wanted: list[Row] = []
        known = many_facts(self._state, {each.alert_id for each in rows})
        for each in rows:
            facts = known.get(each.alert_id)
            reason = wanted_still(each, facts)
            if reason is None:
                wanted.append((each, facts))
            else:
                outbox.drop(each.id, reason, now)
        actions = [row for row in wanted if row[0].event == "action"]
        self._one_by_one(name, channel, actions, setup)
        told = [row for row in wanted if row[0].event != "action"]
        window = length(channel.storm.window)
        count, last_summary = outbox.messages_since(name, now - window)
        if len(told) <= 1 or count + len(told) <= channel.storm.messages:
            self._one_by_one(name, channel, told, setup)
        elif last_summary is not None:
            note = "waits for the next summary of a storm"
            outbox.failed([delivery.id for delivery, _ in told], note, last_summary + window)
        else:
            message = summary_of(told, f"msg_{secrets.token_hex(12)}", now, self._around.public_url)
            self._send(channel, setup.secrets.get(name, {}), message, [delivery for delivery, _ in told])

    def _one_by_one(self, name: str, channel: Channel, rows: Sequence[Row], setup: Setup) -> None:
        secret = setup.secrets.get(name, {})
        for position, (delivery, facts) in enumerate(rows):
            if self._stop.is_set():
                return
            message = message_of(channel, delivery, facts, self._around.clock.now(), self._around.public_url)
            outcome = self._send(channel, secret, message, [delivery])
            if outcome.ok:
                self._again(delivery, setup)
            elif not outcome.permanent:
                # The receiver is not well: the rest would only wait for the same answer.
                for each, _ in rows[position + 1 :]:
                    self._failed([each], outcome)
                return

    def _send(self, channel: Channel, secret: Mapping[str, str], message: Message, rows: Sequence[Delivery]) -> Outcome:
        try:
            outcome = kind_of(channel.kind).send({**channel.settings, **secret}, message, self._around.reach)
        except PilotageError as error:
            outcome = Outcome(ok=False, reason=f"{error.problem.code}: {error.problem.sentence}", permanent=True)
        except Exception as error:  # noqa: BLE001 - the libraries of a hundred services fail in as many ways, and none may end the thread
            outcome = Outcome(ok=False, reason=f"{type(error).__name__}: {error}")
        outcome = Outcome(outcome.ok, scrubbed(outcome.reason, secret), outcome.permanent, outcome.retry_after)
        fields = {"channel": rows[0].channel_id, "message_id": message.id, "alerts": len(rows), "attempt": rows[0].attempts + 1}
        fields |= {"alert_id": rows[0].alert_id, "alert_event": message.event}
        now = self._around.clock.now()
        became = "sent" if outcome.ok else "dead" if outcome.permanent else "failed"
        _MESSAGES.add(1, {"channel": rows[0].channel_id or "", "outcome": became, "event": message.event})
        if outcome.ok:
            self._state.outbox.sent([each.id for each in rows], now, message.id if len(rows) > 1 else None)
            log.info("notification sent", extra=fields)
        else:
            self._failed(rows, outcome)
            log.warning("notification not sent", extra=fields | {"reason": outcome.reason, "permanent": outcome.permanent})
        return outcome

    def _failed(self, rows: Sequence[Delivery], outcome: Outcome) -> None:
        now = self._around.clock.now()
        ids = [each.id for each in rows]
        if outcome.permanent or max(each.attempts for each in rows) + 1 >= MOST_ATTEMPTS:
            self._state.outbox.dead(ids, outcome.reason, now)
            return
        wait = outcome.retry_after if outcome.retry_after is not None else backoff(min(each.attempts for each in rows))
        self._state.outbox.failed(ids, outcome.reason, now + min(wait, LONGEST_RETRY_SECONDS))

    def _again(self, delivery: Delivery, setup: Setup) -> None:
        """After the last step of an escalation: tell again later, if it says so."""
        escalation = setup.escalations.get(delivery.policy or "")
        if escalation is None or not escalation.repeat or delivery.step != len(escalation.steps) - 1:
            return
        now = self._around.clock.now()
        at = now + length(escalation.repeat)
        made = NewDelivery(delivery.alert_id, "reminder", delivery.channel_id or "", at, delivery.policy, delivery.step)
        self._state.outbox.add([made], now)


def backoff(attempts: int) -> float:
    """Seconds until the next attempt: doubling from five to a quarter of an hour, less a random part so that not all come at once."""
    most = min(FIRST_RETRY_SECONDS * 2.0 ** min(attempts, 30), LONGEST_RETRY_SECONDS)
    return most * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
