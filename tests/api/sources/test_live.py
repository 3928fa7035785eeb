"""A real store, spool and loader, with a watch that is fifty times less patient than the server's: every trouble reaches `_internal`."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import itertools
import json
import logging
import time
from types import SimpleNamespace

import pytest

from pilotage.api import pipelines
from pilotage.api.access import Access
from pilotage.api.intake import open_intake
from pilotage.api.resource import Call
from pilotage.api.resources.sources import SourceQuery, show
from pilotage.api.services import Services
from pilotage.api.settings import Settings, TokenSetting
from pilotage.api.sources.rhythm import Patience
from pilotage.api.sources.watch import Sources
from pilotage.api.telemetry import Telemetry
from pilotage.ingest.request import Request
from pilotage.model.problem import fail
from pilotage.state.open import open_state
from pilotage.store.open import open_store

PATIENCE = Patience(slot=0.25, least=1.0)
EVENTS = (
    "SELECT event_name, arrayZip(arrayPopFront(arrayPopBack(splitByChar(char(31), attribute_keys))), attributes) FROM pilotage.logs "
    "WHERE `index` = '_internal' AND startsWith(event_name, 'source ') ORDER BY time"
)


class Live:
    def __init__(self, intake, services, store):
        self.intake, self.services, self.store = intake, services, store
        self.route = next(r for r in intake.receiver.routes() if r.path == "/services/collector")
        self.sending = None

    async def send(self, host, token="right", peer="192.0.2.7"):
        body = json.dumps({"event": "hello", "host": host, "source": "till", "sourcetype": "sales"}).encode()
        request = Request("POST", "/services/collector", {"authorization": f"Splunk {token}"}, body=body, peer=peer)
        return await self.intake.receiver.handle(self.route, request)

    async def keep_sending(self, host):
        while True:
            assert (await self.send(host)).status == 200
            await asyncio.sleep(0.1)

    @contextlib.asynccontextmanager
    async def sender(self, host):
        task = asyncio.create_task(self.keep_sending(host))
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def until(self, what, probe):
        """Look again and again until `probe` of the API's answer holds."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            await asyncio.to_thread(self.intake.sources.look)
            answer = await show(Call(self.services, None, {}, {}, SourceQuery(), None))
            if probe(answer):
                return answer
            await asyncio.sleep(0.1)
        raise AssertionError((what, answer))

    async def told(self, event, **fields):
        """Until `_internal` holds the event with these fields, of the source or its own."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            rows = await asyncio.to_thread(self.store.backend.rows, EVENTS)
            for name, pairs in rows:
                found = {key.removeprefix("source."): value for pair in pairs for key, value in [tuple(pair.values())]}
                if name == event and fields.items() <= found.items():
                    return found
            await asyncio.sleep(0.2)
        raise AssertionError((event, fields, rows))


@contextlib.asynccontextmanager
async def live(data):
    settings, state = Settings(tokens=(TokenSetting("right", "shop"),)), open_state(data)
    access = Access(settings, state, bind="127.0.0.1")
    access.reload()
    store = open_store(data / "store")
    opened = open_intake(data, store, settings, access)
    intake = dataclasses.replace(opened, sources=Sources(opened.sources._parts, patience=PATIENCE))
    services = SimpleNamespace(intake=intake, pipelines=intake.pipelines, searches=SimpleNamespace(running=lambda: 0))
    loop = asyncio.get_running_loop()

    def deliver(path, body):
        return asyncio.run_coroutine_threadsafe(intake.receiver.own(path, body), loop).result(10)

    telemetry = await asyncio.to_thread(Telemetry, services, deliver)
    try:
        yield Live(intake, services, store)
    finally:
        await asyncio.to_thread(telemetry.close)
        await asyncio.to_thread(intake.close)
        store.close()
        state.close()


@pytest.fixture
def here(tmp_path, monkeypatch, caplog):
    """The engine leaves wire schemas in the working directory; a server logs what is worth knowing too."""
    monkeypatch.chdir(tmp_path)
    caplog.set_level(logging.INFO)
    return tmp_path


def of(answer, host):
    return next((each for each in answer.sources if each.host == host), None)


def state_of(host, state):
    return lambda answer: (found := of(answer, host)) is not None and found.state == state


def learnt(host):
    return lambda answer: (found := of(answer, host)) is not None and found.silent_after is not None


def test_a_source_that_stops_and_comes_back(here):
    async def run():
        async with live(here) as server:
            async with server.sender("h1"):
                await server.until("a rhythm", learnt("h1"))
            answer = await server.until("silence", state_of("h1", "silent"))
            assert answer.states["silent"] == 1
            event = await server.told("source silent", index="main", source="till", sourcetype="sales", host="h1", signal="logs")
            assert event["reason"].startswith("no row for ")
            async with server.sender("h1"):
                await server.until("its return", lambda a: of(a, "h1").state != "silent")
            await server.told("source recovered", host="h1")
            items = of(await server.until("all rows", lambda _: True), "h1").items_total
            rows = server.store.backend.rows("SELECT count() FROM pilotage.logs WHERE host = 'h1'")[0][0]
            assert items == rows > 10

    asyncio.run(run())


def test_a_token_that_is_refused(here):
    async def run():
        async with live(here) as server:
            assert (await server.send("h1", token="wrong", peer="192.0.2.9")).status == 403
            answer = await server.until("the refusal", lambda a: a.senders and a.senders[0].state == "rejecting")
            sender = answer.senders[0]
            assert (sender.protocol, sender.token, sender.peer, sender.reason) == ("hec", "", "192.0.2.9", "token-invalid")
            assert [(each.reason, each.count) for each in sender.rejects] == [("token-invalid", 1)]
            await server.told("source rejecting", protocol="hec", token="", peer="192.0.2.9", reason="token-invalid", requests="1")
            await server.send("h1")
            answer = await server.until("the right one", lambda a: len(a.senders) == 2)
            assert (answer.senders[1].token, answer.senders[1].state, answer.senders[1].items) == ("shop", "new", 1)

    asyncio.run(run())


def test_a_stream_that_does_not_load(here, monkeypatch):
    monkeypatch.setattr(pipelines, "STALLED_SECONDS", 3.0)

    async def run():
        async with live(here) as server:
            load, broken = server.store.backend.load, True

            def loading(sql):
                if broken and "/spool/hec/" in sql:
                    raise fail("disk-full", "the disk is full")
                load(sql)

            async with server.sender("h1"):
                await server.until("a rhythm", learnt("h1"))
                monkeypatch.setattr(server.store.backend, "load", loading)
                answer = await server.until("the stall", state_of("h1", "stalled"))
                assert "`hec` has stalled: the disk is full" in of(answer, "h1").reason
                assert next(each for each in answer.streams if each.stream == "hec").stalled
                assert answer.senders[0].state == "stalled"
                await server.told("source stalled", host="h1")
                await server.told("source stalled", protocol="hec", token="shop")
                broken = False
                await server.until("its end", lambda a: of(a, "h1").state in ("new", "ok"))
            await server.told("source recovered", host="h1")
            # What came late is counted, and once.
            await server.intake.drain()
            answer = await server.until("all rows", lambda _: True)
            rows = server.store.backend.rows("SELECT count() FROM pilotage.logs WHERE host = 'h1'")[0][0]
            assert of(answer, "h1").items_total == rows

    asyncio.run(run())


def test_a_restart_neither_forgets_nor_alarms_anew(here, caplog):
    async def first():
        async with live(here) as server:
            async with server.sender("h1"):
                await server.until("a rhythm", learnt("h1"))
            answer = await server.until("silence", state_of("h1", "silent"))
            await server.send("h2")
            return of(answer, "h1")

    async def second():
        async with live(here) as server:
            answer = await server.until("both", lambda a: of(a, "h2") is not None)
            assert len([each for each in caplog.records if each.message == "source silent"]) == 1
            return of(answer, "h1"), of(answer, "h2")

    before = asyncio.run(first())
    after, arrived = asyncio.run(second())
    assert after.state == "silent"
    assert (after.since, after.first_seen, after.last_seen, after.items_total) == (
        before.since,
        before.first_seen,
        before.last_seen,
        before.items_total,
    )
    # It was acknowledged by the first run; which of the two loaded it does not matter.
    assert arrived.items_total == 1


def test_a_damaged_memory_is_none(here):
    (here / "sources.json").write_bytes(b'{"version": 1, "sources": [[')

    async def run():
        async with live(here) as server:
            await server.send("h1")
            await server.until("what is stored", lambda a: of(a, "h1") is not None)

    asyncio.run(run())


def test_filters_and_order(here):
    async def run():
        async with live(here) as server:
            for host in itertools.chain(["busy"] * 3, ["quiet"]):
                await server.send(host)
            await server.until("both", lambda a: of(a, "busy") and of(a, "quiet"))

            async def asked(**how):
                return [s.host for s in (await show(Call(server.services, None, {}, {}, SourceQuery(index="main", **how), None))).sources]

            assert await asked(sort="items") == ["busy", "quiet"]
            assert await asked(sort="name", text="QUI") == ["quiet"]
            assert await asked(sort="items", limit=1) == ["busy"]
            assert await asked(signal="traces") == await asked(state="silent") == []

    asyncio.run(run())


def test_services_have_what_the_resource_needs():
    assert {"intake", "pipelines"} <= {each.name for each in dataclasses.fields(Services)}
