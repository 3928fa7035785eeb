from __future__ import annotations

import asyncio
from types import SimpleNamespace

from pilotage.api.searches import CHUNK_BYTES, Asked, Searches, stream_pieces


def result(stop):
    assert not stop.is_set()
    return SimpleNamespace(id="s", cancel=lambda: None)


def test_large_pieces_are_handed_on_in_parts_and_the_next_is_made_when_the_last_is_taken():
    made = []

    def pieces():
        for number in range(3):
            made.append(number)
            yield b"%d" % number * (3 * CHUNK_BYTES + 1)

    async def run():
        searches = Searches(1)
        running = await searches.begin(result, Asked("q", "spl", "me", None))
        seen = [(len(part), len(made)) async for part in stream_pieces(searches, running, pieces())]
        searches.close()
        return seen, running.state

    seen, state = asyncio.run(run())
    assert seen == [(size, number) for number in (1, 2, 3) for size in (CHUNK_BYTES,) * 3 + (1,)]
    assert state == "done"


def test_a_client_that_leaves_while_its_search_is_planned_gives_its_place_back():
    async def run():
        searches = Searches(1)
        begun, go, stopped = (asyncio.Event() for _ in range(3))
        loop = asyncio.get_running_loop()

        def slow(stop):
            loop.call_soon_threadsafe(begun.set)
            asyncio.run_coroutine_threadsafe(go.wait(), loop).result(20)
            assert stop.is_set()
            return SimpleNamespace(id="late", cancel=lambda: loop.call_soon_threadsafe(stopped.set))

        first = asyncio.create_task(searches.begin(slow, Asked("q", "spl", "me", None)))
        await begun.wait()
        first.cancel()
        second = asyncio.create_task(searches.begin(result, Asked("q", "spl", "me", None)))
        await asyncio.sleep(0)
        assert not second.done()
        go.set()
        await stopped.wait()
        running = await second
        searches.close()
        return running.result.id

    assert asyncio.run(run()) == "s"


def test_closing_stops_work_in_progress():
    async def run():
        searches = Searches(1)
        begun = asyncio.Event()
        loop = asyncio.get_running_loop()

        def long(stop):
            loop.call_soon_threadsafe(begun.set)
            return stop.wait(20)

        asking = asyncio.create_task(searches.ask(long))
        await begun.wait()
        searches.close()
        return await asking

    assert asyncio.run(run())
