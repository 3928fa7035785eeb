"""`/api/v1/eventtypes`: searches by name, put in the place of `eventtype=name` in a search clause."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from pilotage.api.names import checked
from pilotage.api.resource import Call, Operation, Resource
from pilotage.model.problem import PilotageError, fail


@dataclass(frozen=True, slots=True)
class EventTypeSearch:
    """The search clause an event type stands for; macros and other event types may be in it, pipes not."""

    search: str


@dataclass(frozen=True, slots=True)
class EventType:
    """An event type."""

    name: str
    search: str


async def show(call: Call) -> list[EventType]:
    """Every event type by name."""
    book = await asyncio.to_thread(call.services.state.book)
    return [EventType(name, search) for name, search in sorted(book.eventtypes.items())]


async def get(call: Call) -> EventType:
    """One event type."""
    book = await asyncio.to_thread(call.services.state.book)
    name = call.path["name"]
    if name not in book.eventtypes:
        raise fail("eventtype-missing", f"no event type `{name}`")
    return EventType(name, book.eventtypes[name])


async def put(call: Call) -> EventType:
    """Keep an event type; searches from now on use it."""
    name, search = checked("an event type", call.path["name"]), call.body.search
    await asyncio.to_thread(_check, search)
    state = call.services.state
    await asyncio.to_thread(lambda: state.knowledge.put_eventtype(name, search))
    await call.services.audit(call.grant, "eventtype.put", name, {"search": search[:1000]})
    return EventType(name, search)


def _check(search: str) -> None:
    """Refuse what no search clause is; macros that are not there yet may come later."""
    from pilotage.language.dialects import spl  # noqa: PLC0415 - the languages

    if not search.strip():
        raise fail("bad-request", "`search` is empty", hint="write a search clause such as `sourcetype=web status>=500`")
    try:
        plan = spl.parse(search, spl.context(0))
    except PilotageError as error:
        if error.problem.code != "macro-unknown":
            raise
        return
    if getattr(plan, "input", None) is not None or plan.command != "search":
        raise fail("bad-request", "an event type is a search clause, without pipes", hint="keep what stands before the first `|`")


async def drop(call: Call) -> None:
    """Forget an event type."""
    state, name = call.services.state, call.path["name"]
    await asyncio.to_thread(lambda: state.knowledge.drop_eventtype(name))
    await call.services.audit(call.grant, "eventtype.delete", name)


RESOURCE = Resource(
    "eventtypes",
    (
        Operation("GET", "/api/v1/eventtypes", "List event types", "read", show, answer=list[EventType]),
        Operation("GET", "/api/v1/eventtypes/{name}", "An event type", "read", get, answer=EventType),
        Operation("PUT", "/api/v1/eventtypes/{name}", "Keep an event type", "admin", put, body=EventTypeSearch, answer=EventType),
        Operation("DELETE", "/api/v1/eventtypes/{name}", "Forget an event type", "admin", drop, status=204),
    ),
)
