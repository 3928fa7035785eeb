"""`/api/v1/search/tail`: new events of a query as they become searchable, for as long as somebody reads.

NDJSON, one member a line: `{"event": {…}}`, the newest last; `{"beat": seconds, "events": n, "left_out": n}`, totals since the begin, at
least every two seconds; `{"message": {…}}`; `{"error": {…}}` as the last line when the tail cannot go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from pilotage.api.questions import Question, search_of, within
from pilotage.api.resource import Call, Operation, Resource, Stream
from pilotage.engine.watch import StopSign
from pilotage.model.problem import PilotageError, fail

if TYPE_CHECKING:
    from pilotage.api.services import Services
    from pilotage.engine.tail import Look, Tail

NDJSON = "application/x-ndjson"
MOST_RATE = 1000
MOST_TAILS = 16
LOOK_SECONDS = 0.5
BEAT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class TailRequest:
    """A query of streaming commands, and how many events a second to show at most: the newest; the others are counted."""

    query: str
    language: Literal["spl", "sumo"] = "spl"
    zone: str = "UTC"
    rate: int = 100


async def follow(call: Call) -> Stream:
    """Begin; the answer goes on until the reader leaves or the server stops."""
    from pilotage.engine.tail import Tail  # noqa: PLC0415 - the languages and sqlglot, after the server is up

    asked: TailRequest = call.body
    rate = within("rate", asked.rate, 1, MOST_RATE)
    services = call.services
    question = Question(asked.query, asked.language, zone=asked.zone)
    tail = Tail(services.store, search_of(question, services), lambda: _loaded(services))
    if services.tails >= MOST_TAILS:
        raise fail("searches-busy", f"{services.tails} live tails run already, as many as may", hint="end one first")
    services.tails += 1
    return Stream(NDJSON, _lines(services, tail, rate))


async def _lines(services: Services, tail: Tail, rate: int) -> AsyncIterator[bytes]:
    try:
        await asyncio.to_thread(tail.check)
        yield _told(await _look(tail, 0)) + _beat(await _look(tail, 0))
        try:
            async for lines in _follow(services, tail, rate):
                yield lines
        except PilotageError as error:
            yield _line({"error": error.problem.document()})
    finally:
        services.tails -= 1


async def _follow(services: Services, tail: Tail, rate: int) -> AsyncIterator[bytes]:
    looked = beaten = time.monotonic()
    while not await _stopping(services):
        now = time.monotonic()
        look = await _look(tail, max(1, round(rate * (now - looked))))
        looked = now
        lines = _told(look)
        if lines or now - beaten >= BEAT_SECONDS:
            beaten = now
            yield lines + _beat(look)


async def _stopping(services: Services) -> bool:
    """Wait until the next look is due; whether the server stops instead."""
    try:
        await asyncio.wait_for(services.stopping.wait(), LOOK_SECONDS)
    except TimeoutError:
        return False
    return True


async def _look(tail: Tail, budget: int) -> Look:
    stop = StopSign()
    try:
        return await asyncio.to_thread(tail.look, budget, stop)
    except asyncio.CancelledError:
        # Stopping asks the engine too: not on the event loop.
        asyncio.get_running_loop().run_in_executor(None, stop.set)
        raise


def _told(look: Look) -> bytes:
    messages = b"".join(_line({"message": each.document()}) for each in look.messages)
    return messages + b"".join(b'{"event":%b}\n' % row for row in look.rows)


def _beat(look: Look) -> bytes:
    return _line({"beat": time.time(), "events": look.events, "left_out": look.left_out})


def _line(document: dict[str, object]) -> bytes:
    return msgspec.json.encode(document) + b"\n"


def _loaded(services: Services) -> int:
    """Epoch nanoseconds: requests received before are loaded. The oldest segment that waits says so."""
    now = time.time_ns()
    waiting = [int(each.wall * 1e9) for each in services.intake.spool.segments()]
    return min([now, *waiting])


RESOURCE = Resource(
    "tail",
    (Operation("POST", "/api/v1/search/tail", "New events of a query as they come", "read", follow, TailRequest, streams=(NDJSON,)),),
)
