"""`/api/v1/alerts/{alert}/chart.svg`: the chart of an alert as a picture, which notifications link to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

from pilotage.api.resource import Call, Operation, Resource, Stream
from pilotage.model.problem import fail
from pilotage.watch.facts import facts_of

SVG = "image/svg+xml"


async def chart(call: Call) -> Stream:
    """The slices before and during the alert with their band."""

    def work() -> str:
        from pilotage.watch.drawing import svg  # noqa: PLC0415 - for those who look

        state = call.services.state
        facts = facts_of(state, call.path["alert"]) if state.exists() else None
        if facts is None:
            raise fail("alert-missing", f"no alert has the id `{call.path['alert'][:80]}`", hint="`GET /api/v1/alerts` lists them")
        return svg(json.loads(state.alerts.find(facts.alert_id).readings), facts.name, width=facts.width)

    text = await asyncio.to_thread(work)

    async def chunks() -> AsyncIterator[bytes]:
        yield text.encode()

    return Stream(SVG, chunks())


RESOURCE = Resource(
    "alert charts",
    (Operation("GET", "/api/v1/alerts/{alert}/chart.svg", "The chart of an alert", "read", chart, streams=(SVG,)),),
)
