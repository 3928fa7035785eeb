from __future__ import annotations

import asyncio

import pytest

from pilotage.api.turns import Turns
from pilotage.model.problem import PilotageError


def test_places_go_round_in_order(monkeypatch):
    monkeypatch.setattr("pilotage.api.turns.LOOK_SECONDS", 0.01)

    async def run():
        order = []
        turns = Turns(1, lambda: order.append("room") if "room" not in order else None)
        await turns.take()

        async def want(name):
            await turns.take()
            order.append(name)
            turns.give()

        waiting = [asyncio.create_task(want(name)) for name in "abc"]
        await asyncio.sleep(0)
        turns.give()
        await asyncio.gather(*waiting)
        await turns.take()
        return order

    assert asyncio.run(run()) == ["room", "a", "b", "c"]


def test_who_is_refused_or_leaves_takes_no_place(monkeypatch):
    async def run():
        turns = Turns(1, lambda: None)
        await turns.take()
        monkeypatch.setattr("pilotage.api.turns.WAIT_SECONDS", 0.0)
        with pytest.raises(PilotageError, match="searches-busy: 1 searches run already"):
            await turns.take()
        monkeypatch.setattr("pilotage.api.turns.WAIT_SECONDS", 15.0)
        leaving = asyncio.create_task(turns.take())
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait({leaving})
        turns.give()
        async with asyncio.timeout(10):
            await turns.take()

    asyncio.run(run())
