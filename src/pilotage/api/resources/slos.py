"""`/api/v1/slos`: objectives, how they are kept, and objectives made ready for served models."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotage.api.documents import Family
from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import fail
from pilotage.state.deliveries import Document
from pilotage.watch.slos.objective import Slo
from pilotage.watch.slos.ready import Wish, ready

if TYPE_CHECKING:
    from pilotage.watch.slos.budget import Status

MOST_DAYS = 400
DAY = 86_400


@dataclass(frozen=True, slots=True)
class NamedSlo:
    """An objective and its name; `updated` in epoch seconds."""

    name: str
    updated: float
    slo: Slo


@dataclass(frozen=True, slots=True)
class BurnAnswer:
    """How fast the budget burns over a long and a short window, as a multiple of the even pace; both must reach `factor` to alert."""

    level: str
    factor: float
    long_seconds: float
    short_seconds: float
    long: float
    short: float
    burning: bool


@dataclass(frozen=True, slots=True)
class ForecastAnswer:
    """When half of the drawn futures have used up the budget, if they do; the share of them that do within `days`."""

    exhausted: float | None
    chance: float
    days: float


@dataclass(frozen=True, slots=True)
class SloStatus:
    """An objective as it is: `indicator` and `left` (of the budget) in percent, None without data; times in epoch seconds.

    `reason` says why it is not counted; `at` is the end of the last counted slice.
    """

    name: str
    target: float
    signal: str
    at: float | None = None
    begin: float | None = None
    end: float | None = None
    good: float = 0.0
    total: float = 0.0
    indicator: float | None = None
    left: float | None = None
    met: bool | None = None
    burns: tuple[BurnAnswer, ...] = ()
    forecast: ForecastAnswer | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Past:
    """How many days of counts, by the day of the objective's zone."""

    days: int = 30


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """A day's counts; `day` in epoch seconds of its begin on the wall clock."""

    day: float
    good: float
    total: float


def _show(document: Document, value: Slo) -> NamedSlo:
    return NamedSlo(document.name, document.updated_ms / 1000, value)


def _check(call: Call, _name: str, value: Slo) -> None:
    value.check()
    if value.kind == "monitor":
        call.services.state.monitors.find(value.monitor)
        return
    from pilotage.watch.slos.counting import checked  # noqa: PLC0415 - the languages

    checked(call.services.engine, value, call.services.clock.now())


def _after(call: Call, name: str) -> None:
    state = call.services.state
    if state.documents("slos").find(name) is None:
        state.objectives.forget(name)
    if call.services.slos is not None:
        call.services.slos.changed()


async def status(call: Call) -> SloStatus:
    """How one is kept."""
    found = await asyncio.to_thread(_statuses, call, call.path["name"])
    return found[0]


async def statuses(call: Call) -> list[SloStatus]:
    """How all are kept, by name."""
    return await asyncio.to_thread(_statuses, call, None)


def _statuses(call: Call, only: str | None) -> list[SloStatus]:
    from pilotage.watch.setup import decoded  # noqa: PLC0415

    state, keeper = call.services.state, call.services.slos
    watch = keeper.running if keeper is not None else None
    documents = state.documents("slos") if state.exists() or only is not None else None
    kept = [] if documents is None else [documents.get(only)] if only is not None else documents.all()
    found = []
    for each in kept:
        slo = decoded(each.text, Slo)
        running = watch.find(each.name) if watch is not None else None
        reason = "it is switched off" if not slo.enabled else "it is not counted yet"
        if running is None or running.status is None:
            found.append(SloStatus(each.name, slo.target, slo.signal, reason=(running.reason if running is not None else "") or reason))
        else:
            found.append(_status(each.name, slo, running.status, running.reason))
    return found


def _status(name: str, slo: Slo, status: Status, reason: str) -> SloStatus:
    plain = {key: getattr(status, key) for key in ("at", "begin", "end", "good", "total", "indicator", "left", "met")}
    burns = tuple(BurnAnswer(*(getattr(each, key) for key in BurnAnswer.__slots__)) for each in status.burns)
    ahead = status.forecast
    forecast = None if ahead is None else ForecastAnswer(ahead.exhausted, ahead.chance, ahead.days)
    return SloStatus(name, slo.target, slo.signal, burns=burns, forecast=forecast, reason=reason, **plain)


async def days(call: Call) -> list[DayAnswer]:
    """What was counted, day by day."""
    wanted = call.query.days
    if not 1 <= wanted <= MOST_DAYS:
        raise fail("bad-request", f"`days` is {wanted}, must be 1 to {MOST_DAYS}")

    def work() -> list[DayAnswer]:
        from pilotage.model.time import read_zone  # noqa: PLC0415
        from pilotage.watch.setup import decoded  # noqa: PLC0415
        from pilotage.watch.slos.period import midnight  # noqa: PLC0415

        state = call.services.state
        slo = decoded(state.documents("slos").get(call.path["name"]).text, Slo)
        zone = read_zone(slo.zone)
        first = midnight(call.services.clock.now() - (wanted - 1) * DAY, zone)
        found: dict[float, tuple[float, float]] = {}
        for start, good, total in state.objectives.slices(call.path["name"], first):
            day = midnight(start, zone)
            have = found.get(day, (0.0, 0.0))
            found[day] = (have[0] + good, have[1] + total)
        return [DayAnswer(day, good, total) for day, (good, total) in sorted(found.items())]

    return await asyncio.to_thread(work)


async def made_ready(call: Call) -> list[NamedSlo]:
    """Objectives for a served model, to look at and to keep."""
    return [NamedSlo(name, 0.0, slo) for name, slo in ready(call.query).items()]


_FAMILY = Family("slos", "slo", Slo, NamedSlo, _show, _check, _after)
_ONE = "/api/v1/slos/{name}"
RESOURCE = Resource(
    "slos",
    (
        *_FAMILY.operations(),
        Operation("GET", f"{_ONE}/status", "How an objective is kept", "read", status, answer=SloStatus),
        Operation("GET", f"{_ONE}/days", "What was counted, day by day", "read", days, query=Past, answer=list[DayAnswer]),
        Operation("GET", "/api/v1/slo-status", "How all objectives are kept", "read", statuses, answer=list[SloStatus]),
        Operation("GET", "/api/v1/ready-slos", "Objectives for a served model", "read", made_ready, query=Wish, answer=list[NamedSlo]),
    ),
)
