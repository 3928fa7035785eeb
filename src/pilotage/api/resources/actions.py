"""`/api/v1/actions`: what can be done about alerts by webhook, who asked for it, and who approved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from pilotage.api.documents import Family
from pilotage.api.resource import Call, Operation, Resource
from pilotage.state.deliveries import Document, Run
from pilotage.watch.actions import Action, Actions
from pilotage.watch.channel import Channel
from pilotage.watch.setup import decoded


@dataclass(frozen=True, slots=True)
class NamedAction:
    """An action and its name; `updated` in epoch seconds, 0 where it is only offered."""

    name: str
    updated: float
    action: Action


@dataclass(frozen=True, slots=True)
class ActionRun:
    """A run: `waiting` for approval, `rejected`, or `approved`, and then `delivery` says how the sending goes. Times: epoch seconds."""

    id: str
    action: str
    alert_id: str
    state: str
    requested_by: str
    requested: float
    decided_by: str | None
    decided: float | None
    delivery: str | None
    reason: str | None


def _show(document: Document, value: Action) -> NamedAction:
    return NamedAction(document.name, document.updated_ms / 1000, value)


def _check(call: Call, _name: str, value: Action) -> None:
    kept = call.services.state.documents("channels").find(value.channel)
    value.check(None if kept is None else decoded(kept.text, Channel))


def _actions(call: Call) -> Actions:
    services = call.services
    return Actions(services.state, services.clock.now(), services.settings.notify.url.rstrip("/"))


def _actor(call: Call) -> str:
    return f"{call.grant.name} ({call.grant.token_id})" if call.grant.token_id else call.grant.name


def _run(call: Call, run: Run) -> ActionRun:
    delivery = None if run.delivery_id is None else call.services.state.outbox.get(run.delivery_id)
    return ActionRun(
        run.id,
        run.action,
        run.alert_id,
        run.state,
        run.requested_by,
        run.requested_at,
        run.decided_by,
        run.decided_at,
        None if delivery is None else delivery.state,
        None if delivery is None else delivery.error,
    )


async def _changed(call: Call, verb: str, work: Callable[[Actions, str], Run]) -> ActionRun:
    made = await asyncio.to_thread(lambda: _run(call, work(_actions(call), _actor(call))))
    if call.services.courier is not None:
        call.services.courier.wake()
    await call.services.audit(call.grant, f"action.{verb}", made.action, {"alert": made.alert_id, "run": made.id})
    return made


async def offered(call: Call) -> list[NamedAction]:
    """What an alert offers."""
    found = await asyncio.to_thread(lambda: _actions(call).offered(call.path["alert"]))
    return [NamedAction(name, 0.0, each) for name, each in sorted(found.items())]


async def request(call: Call) -> ActionRun:
    """Ask for an action on an alert."""
    return await _changed(call, "request", lambda actions, actor: actions.request(call.path["name"], call.path["alert"], actor))


async def approve(call: Call) -> ActionRun:
    """Approve a run that waits."""
    return await _changed(call, "approve", lambda actions, actor: actions.approve(call.path["run"], actor))


async def reject(call: Call) -> ActionRun:
    """Reject a run that waits."""
    return await _changed(call, "reject", lambda actions, actor: actions.reject(call.path["run"], actor))


async def runs(call: Call) -> list[ActionRun]:
    """The newest runs."""
    state = call.services.state
    return await asyncio.to_thread(lambda: [_run(call, each) for each in state.runs.all()] if state.exists() else [])


_FAMILY = Family("actions", "action", Action, NamedAction, _show, _check)
_OF_ALERT = "/api/v1/alerts/{alert}/actions"
_OF_RUN = "/api/v1/action-runs/{run}"
RESOURCE = Resource(
    "actions",
    (
        *_FAMILY.operations(),
        Operation("GET", _OF_ALERT, "What an alert offers", "read", offered, answer=list[NamedAction]),
        Operation("POST", f"{_OF_ALERT}/{{name}}", "Ask for an action", "admin", request, answer=ActionRun, status=201),
        Operation("GET", "/api/v1/action-runs", "List runs of actions", "read", runs, answer=list[ActionRun]),
        Operation("POST", f"{_OF_RUN}/approve", "Approve a run", "admin", approve, answer=ActionRun),
        Operation("POST", f"{_OF_RUN}/reject", "Reject a run", "admin", reject, answer=ActionRun),
    ),
)
