"""`/api/v1/monitors`: kept monitors, files of them applied at once, what one would have done, how the watch does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotage.api.resource import Call, Operation, Resource

if TYPE_CHECKING:
    from pilotage.watch.book import MonitorBook

Document = dict[str, Any]
"""A monitor as its owner writes it; `watch.monitors` says which fields there are and refuses others by name."""


@dataclass(frozen=True, slots=True)
class MonitorAnswer:
    """A kept monitor: `definition` as written, without what is by default; `through` where the last judged slice ends, epoch seconds."""

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
    definition: Document


@dataclass(frozen=True, slots=True)
class Written:
    """A monitor to keep."""

    definition: Document


@dataclass(frozen=True, slots=True)
class File:
    """Monitors of a file, told apart by name. With `dry` nothing is changed; with `prune` monitors that are not in it are dropped."""

    monitors: list[Document]
    dry: bool = False
    prune: bool = False


@dataclass(frozen=True, slots=True)
class StepAnswer:
    """What becomes of one monitor: `create`, `change`, `keep` or `drop`."""

    name: str
    action: str


@dataclass(frozen=True, slots=True)
class WatchReport:
    """How the watch does. Lags are seconds from when a slice was due to its verdicts; `learning` monitors wait for their history.

    `time` is the clock's, epoch seconds, which runs `speed` times as fast as the real one.
    """

    time: float
    speed: float
    monitors: int = 0
    questions: int = 0
    series: int = 0
    evaluations: int = 0
    failures: int = 0
    lag_p50: float = 0.0
    lag_max: float = 0.0
    learning: int = 0


def book_of(call: Call) -> MonitorBook:
    """The monitors of the server; loads the languages."""
    from pilotage.watch.book import MonitorBook  # noqa: PLC0415 - the languages, numpy, state

    services = call.services
    return MonitorBook(services.state, services.engine, services.watching.changed)


async def show(call: Call) -> object:
    """Every monitor by name."""
    if not call.services.state.exists():
        return []
    return await asyncio.to_thread(lambda: book_of(call).all())


async def create(call: Call) -> object:
    """Keep a monitor; it begins to learn at once."""
    made = await asyncio.to_thread(lambda: book_of(call).create(call.body.definition))
    await call.services.audit(call.grant, "monitor.create", made.name, {"id": made.id})
    return made


async def get(call: Call) -> object:
    """One monitor by id or name."""
    return await asyncio.to_thread(lambda: book_of(call).show(call.path["monitor"]))


async def put(call: Call) -> object:
    """Change a monitor."""
    made = await asyncio.to_thread(lambda: book_of(call).replace(call.path["monitor"], call.body.definition))
    await call.services.audit(call.grant, "monitor.replace", made.name, {"id": made.id})
    return made


async def drop(call: Call) -> None:
    """Forget a monitor with its alerts."""
    name = await asyncio.to_thread(lambda: book_of(call).drop(call.path["monitor"]))
    await call.services.audit(call.grant, "monitor.delete", name)


async def apply(call: Call) -> object:
    """Bring the kept monitors to what a file says."""
    asked: File = call.body
    steps = await asyncio.to_thread(lambda: book_of(call).apply(asked.monitors, dry=asked.dry, prune=asked.prune))
    if not asked.dry:
        changed = sum(step.action != "keep" for step in steps)
        await call.services.audit(call.grant, "monitor.apply", f"{len(asked.monitors)} monitors", {"changed": str(changed)})
    return steps


async def convert(call: Call) -> Document:
    """The anomaly monitor in the place of a static one, not kept: its document."""

    def work() -> Document:
        from pilotage.watch.book import converted  # noqa: PLC0415 - as above

        return converted(book_of(call).monitor(call.path["monitor"])).document()

    return await asyncio.to_thread(work)


async def status(call: Call) -> WatchReport:
    """Figures of the running watch, and its clock."""
    clock, watch = call.services.clock, call.services.watching.running
    if watch is None:
        return WatchReport(clock.now(), clock.speed)
    report = await asyncio.to_thread(watch.report)
    return WatchReport(clock.now(), clock.speed, *(getattr(report, name) for name in report.__slots__))


RESOURCE = Resource(
    "monitors",
    (
        Operation("GET", "/api/v1/monitors", "List monitors", "read", show, answer=list[MonitorAnswer]),
        Operation("POST", "/api/v1/monitors", "Keep a monitor", "admin", create, body=Written, answer=MonitorAnswer, status=201),
        Operation("POST", "/api/v1/monitors/apply", "Apply a file of monitors", "admin", apply, body=File, answer=list[StepAnswer]),
        Operation("GET", "/api/v1/monitors/status", "How the watch does, and its clock", "read", status, answer=WatchReport),
        Operation("GET", "/api/v1/monitors/{monitor}", "A monitor", "read", get, answer=MonitorAnswer),
        Operation("PUT", "/api/v1/monitors/{monitor}", "Change a monitor", "admin", put, body=Written, answer=MonitorAnswer),
        Operation("DELETE", "/api/v1/monitors/{monitor}", "Forget a monitor", "admin", drop, status=204),
        Operation("GET", "/api/v1/monitors/{monitor}/anomaly", "The anomaly monitor in its place", "read", convert, answer=Document),
    ),
)
