"""Actions on an alert: a webhook such as retrain or roll back, asked for by a person or by the alert, and sent when somebody approves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pilotage.model.problem import fail
from pilotage.state.deliveries import NewDelivery, Run
from pilotage.watch.channel import Channel
from pilotage.watch.facts import Facts, facts_of
from pilotage.watch.matching import Match
from pilotage.watch.setup import decoded
from pilotage.watch.templates import rendered_json, variables_of

if TYPE_CHECKING:
    from pilotage.state.open import State

ALERT = "the alert itself"
PAYLOAD = '{"action": {{Action}}, "alert": {{Id}}, "monitor": {{Name}}, "level": {{Level}}, "group": {{Group}}, "reason": {{Reason}}}'


@dataclass(frozen=True, slots=True)
class Action:
    """`payload`, a JSON template with the variables of notifications and `Action`, goes to a webhook `channel`.

    It is offered on alerts that `match`; `automatic` asks for it when one opens. Without `approval` what is asked for is sent at once.
    """

    channel: str
    payload: str = PAYLOAD
    approval: bool = True
    automatic: bool = False
    match: Match = field(default_factory=Match)
    description: str = ""

    def check(self, channel: Channel | None) -> None:
        """Raises PilotageError `channel-missing`, `action-invalid`."""
        if channel is None:
            raise fail("channel-missing", f"no channel is called `{self.channel[:80]}`", hint="make it first")
        if channel.kind != "webhook":
            raise fail("action-invalid", f"`{self.channel}` is of kind {channel.kind}, an action needs a webhook")


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions of a state, and the time of the schedule's clock. Blocking."""

    state: State
    now: float
    public_url: str = ""

    def all(self) -> dict[str, Action]:
        """By name."""
        return {each.name: decoded(each.text, Action) for each in self.state.documents("actions").all()}

    def offered(self, alert_id: str) -> dict[str, Action]:
        """Those that an alert offers. Raises PilotageError `alert-missing`."""
        facts = self._facts(alert_id)
        return {name: each for name, each in self.all().items() if each.match.fits(facts)}

    def request(self, name: str, alert_id: str, actor: str) -> Run:
        """Ask for an action on an alert; sent at once if it needs no approval. Raises PilotageError `action-missing`, `alert-missing`."""
        action = decoded(self.state.documents("actions").get(name).text, Action)
        if not action.match.fits(self._facts(alert_id)):
            raise fail("action-invalid", f"the action `{name}` is not for this alert")
        run = self.state.runs.request(name, alert_id, actor, self.now)
        return run if action.approval else self._send(self.state.runs.decide(run.id, "approved", actor, self.now), action)

    def approve(self, run_id: str, actor: str) -> Run:
        """Send what waits. Raises PilotageError `run-missing`, `run-decided`, `action-missing`."""
        run = self.state.runs.get(run_id)
        action = decoded(self.state.documents("actions").get(run.action).text, Action)
        return self._send(self.state.runs.decide(run_id, "approved", actor, self.now), action)

    def reject(self, run_id: str, actor: str) -> Run:
        """Do not send what waits. Raises PilotageError `run-missing`, `run-decided`."""
        return self.state.runs.decide(run_id, "rejected", actor, self.now)

    def opened(self, facts: Facts) -> list[Run]:
        """Ask for the automatic ones of a new alert; once, also when its opening is looked at again."""
        asked = {run.action for run in self.state.runs.of(facts.alert_id)}
        wanted = [name for name, each in self.all().items() if each.automatic and each.match.fits(facts)]
        return [self.request(name, facts.alert_id, ALERT) for name in wanted if name not in asked]

    def resume(self) -> list[Run]:
        """Send what was approved when the server died before it was in the outbox."""
        kept = self.all()
        return [self._send(run, kept[run.action]) for run in self.state.runs.unsent() if run.action in kept]

    def _send(self, run: Run, action: Action) -> Run:
        variables = variables_of(self._facts(run.alert_id), "action", self.public_url) | {"Action": run.action}
        payload = rendered_json(action.payload, variables)
        made = NewDelivery(run.alert_id, "action", action.channel, self.now, payload=payload)
        (delivery_id,) = self.state.outbox.add([made], self.now)
        self.state.runs.delivered_by(run.id, delivery_id)
        return self.state.runs.get(run.id)

    def _facts(self, alert_id: str) -> Facts:
        facts = facts_of(self.state, alert_id)
        if facts is None:
            raise fail("alert-missing", f"no alert has the id `{alert_id}`", hint="`GET /api/v1/alerts` lists them")
        return facts
