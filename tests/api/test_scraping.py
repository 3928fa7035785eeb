"""Scraping against small servers of our own: what is asked for, what becomes of a page, and what happens when there is none."""

from __future__ import annotations

import asyncio
import gzip
import json
import math
import os
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Self

import pytest

from pilotage.api.resources.targets import show
from pilotage.api.scraping.exposition import contents
from pilotage.api.scraping.fetch import Page
from pilotage.api.scraping.scrape import Scrape
from pilotage.api.scraping.scraper import Scraper
from pilotage.api.scraping.targets import Discovery, Target
from pilotage.api.settings import ScrapeSetting
from pilotage.model.problem import PilotageError, fail

from ..fixtures import prometheus  # noqa: TID252 - test folders have no absolute name in importlib mode

TEXT = "text/plain; version=0.0.4"
OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
Answer = Callable[[bytes], Awaitable[bytes]]


def plain(body: str | bytes, *headers: str, status: str = "200 OK", kind: str = TEXT) -> bytes:
    content = body.encode() if isinstance(body, str) else body
    head = [f"HTTP/1.1 {status}", f"content-type: {kind}", f"content-length: {len(content)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


class Site:
    """Answers every request with `answer`, remembers the requests; a deliverer that keeps what it is given."""

    def __init__(self, answer: bytes = b"") -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        self.bodies: list[bytes] = []
        self.refuse = False
        self.hang = asyncio.Event()
        self.silent = False

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.hang.set()
        self.server.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        if self.silent:
            await self.hang.wait()
        writer.write(self.answer)
        await writer.drain()
        writer.close()

    async def deliver(self, target: Target, body: bytes) -> None:
        if self.refuse:
            raise fail("spool-full", "the server is busy")
        self.bodies.append(body)

    def scrape(self, **options: object) -> Scrape:
        setting = ScrapeSetting(job="j", targets=(f"127.0.0.1:{self.port}",), **options)  # type: ignore[arg-type]
        (target,) = Discovery((setting,)).targets()
        return Scrape(target, self.deliver)


def told(body: bytes) -> dict[str, list[tuple[dict[str, str], float | None, int]]]:
    """Metric → (labels, value or None for the end of a series, milliseconds) of a request's samples."""
    found: dict[str, list[tuple[dict[str, str], float | None, int]]] = {}
    for number, content in prometheus.read(body):
        if number == 1:
            parts = list(prometheus.read(content))
            labels = prometheus.pairs([c for n, c in parts if n == 1])
            for n, one in parts:
                if n == 2:
                    held = dict(prometheus.read(one))
                    value = None if held[1] == struct.pack("<Q", prometheus.STALE) else struct.unpack("<d", held[1])[0]
                    found.setdefault(labels.pop("__name__"), []).append((labels, value, int(held[2])))
    return found


def values(body: bytes) -> dict[str, float | None]:
    return {name: each[0][1] for name, each in told(body).items() if name != "scrape_duration_seconds"}


def test_a_page_becomes_samples_with_the_targets_labels() -> None:
    async def run() -> None:
        async with Site(plain('# TYPE a counter\na{x="1",job="own"} 3\nb 0.5 1700000000000\n')) as site:
            scrape = site.scrape(labels={"env": "t"})
            await scrape.once()
            found = told(site.bodies[0])
            own = {"job": "j", "instance": f"127.0.0.1:{site.port}", "env": "t"}
            assert found["a"][0][:2] == ({**own, "x": "1", "exported_job": "own"}, 3.0)
            assert found["b"] == [(own, 0.5, 1_700_000_000_000)]
            assert found["up"][0][:2] == (own, 1.0)
            assert found["scrape_samples_scraped"][0][1] == 2.0
            assert 0 < (found["scrape_duration_seconds"][0][1] or 0) < 10
            assert found["a"][0][2] == found["up"][0][2] == round((scrape.state.last or 0) * 1000)
            assert (scrape.state.up, scrape.state.samples, scrape.state.error) == (True, 2, None)
            assert prometheus.catalogue(site.bodies[0])["a"] == ("counter", "", "")
            await scrape.once()
            assert prometheus.catalogue(site.bodies[1]) == {}, "what metrics mean is told once a minute"

    asyncio.run(run())


def test_an_honoured_page_keeps_its_labels() -> None:
    async def run() -> None:
        async with Site(plain('a{job="own",instance=""} 1\n')) as site:
            await site.scrape(honor_labels=True, honor_timestamps=False).once()
            assert told(site.bodies[0])["a"][0][0] == {"job": "own"}

    asyncio.run(run())


def test_what_is_asked_for(tmp_path: Path) -> None:
    async def run() -> None:
        async with Site(plain(gzip.compress(b"a 1\n"), "content-encoding: gzip")) as site:
            secret = tmp_path / "token"
            secret.write_text("s3cret\n")
            await site.scrape(path="/m", params={"a": "b c"}, bearer_token_file=str(secret)).once()
            await site.scrape(username="u", password="p").once()
            head = site.asked[0].decode()
            assert head.startswith("GET /m?a=b+c HTTP/1.1\r\n")
            for line in ("authorization: Bearer s3cret", "x-prometheus-scrape-timeout-seconds: 10", f"host: 127.0.0.1:{site.port}"):
                assert f"\r\n{line}\r\n" in head
            assert "openmetrics-text;version=1.0.0" in head
            assert "text/plain;version=0.0.4" in head
            assert "authorization: Basic dTpw\r\n" in site.asked[1].decode()
            assert values(site.bodies[0])["a"] == 1.0

    asyncio.run(run())


def test_series_that_are_gone_are_ended_once() -> None:
    async def run() -> None:
        async with Site(plain("a 1\nb 2\nc 3 1700000000000\n")) as site:
            scrape = site.scrape()
            await scrape.once()
            site.answer = plain("a 1\n")
            await scrape.once()
            assert values(site.bodies[1]) == {"a": 1.0, "b": None, "up": 1.0, "scrape_samples_scraped": 1.0}
            await scrape.once()
            assert "b" not in values(site.bodies[2])
            site.answer = plain("", status="500 Oops")
            await scrape.once()
            assert values(site.bodies[3]) == {"a": None, "up": 0.0, "scrape_samples_scraped": 0.0}
            assert scrape.state.error == "the target answered with HTTP status 500"
            await scrape.once()
            assert values(site.bodies[4]) == {"up": 0.0, "scrape_samples_scraped": 0.0}
            site.answer = plain("a 1\n")
            await scrape.once()
            await scrape.end()
            assert set(told(site.bodies[6])) == {"a", "up", "scrape_samples_scraped", "scrape_duration_seconds"}
            assert set(values(site.bodies[6]).values()) == {None}

    asyncio.run(run())


def test_what_was_not_stored_is_not_ended() -> None:
    async def run() -> None:
        async with Site(plain("a 1\n")) as site:
            scrape = site.scrape()
            site.refuse = True
            await scrape.once()
            assert (scrape.state.up, scrape.state.error) == (True, "not stored: the server is busy")
            site.refuse, site.answer = False, plain("b 1\n")
            await scrape.once()
            assert values(site.bodies[0])["b"] == 1.0
            assert "a" not in values(site.bodies[0])

    asyncio.run(run())


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (plain("a 1\n" * 100), "the page has more than 50 samples"),
        (plain("# " + "x" * 5000), "the page is larger than 2000 bytes"),
        (plain(gzip.compress(b"#" * 5000), "content-encoding: gzip"), "the request is larger than 2000 bytes decompressed"),
        (plain("<html>"), "the page breaks its format"),
        (plain(b"\xff 1\n"), "the page breaks its format"),
        (plain("a 1\n", kind=OPEN), "the page breaks its format"),
        (plain("a 1 1e400\n"), "the page breaks its format"),
        (plain("a 1\n")[:-2], "the connection was closed before the answer's end"),
        (b"", "the connection was closed before the answer's end"),
        (b"SSH-2.0\r\n\r\n", "the answer is not HTTP"),
        (plain("", "location: http://127.0.0.1:1/", status="302 Found"), "cannot connect"),
        (plain("", "location: file:///etc/passwd", status="302 Found"), "it redirects to `file:///etc/passwd`"),
        (plain("", "location: /again", status="302 Found"), "the target answered with HTTP status 302"),
    ],
    ids=range(13),
)
def test_a_scrape_that_fails_says_why(answer: bytes, reason: str) -> None:
    async def run() -> None:
        async with Site(answer) as site:
            scrape = site.scrape(body_bytes=2000, sample_limit=50)
            await scrape.once()
            assert scrape.state.up is False
            assert (scrape.state.error or "").startswith(reason), scrape.state.error
            assert values(site.bodies[0]) == {"up": 0.0, "scrape_samples_scraped": 0.0}

    asyncio.run(run())


def test_a_line_that_would_hold_the_parser_is_refused() -> None:
    line = "a{" + ",".join(f'l{n}="x"' for n in range(100_000)) + "} 1\n"
    with pytest.raises(PilotageError, match="line of more than"):
        contents(Page("text/plain", line.encode()), 50)


def test_an_answer_without_a_length_or_in_chunks() -> None:
    async def run() -> None:
        async with Site(b"HTTP/1.1 200 OK\r\n\r\na 1\n") as site:
            await site.scrape().once()
            site.answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\na \r\n2\r\n2\n\r\n0\r\n\r\n"
            await site.scrape().once()
            assert [values(b)["a"] for b in site.bodies] == [1.0, 2.0]

    asyncio.run(run())


class Receiver:
    """Counts what the scraper hands over, by target."""

    def __init__(self) -> None:
        self.seen: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()

    async def gathered(self, path: str, body: bytes, grant: object, sender: tuple[str, str, str]) -> None:
        assert path == "/api/v1/write"
        self.seen.put_nowait((sender[2], body))


def test_a_target_that_hangs_disturbs_nobody() -> None:
    async def run() -> None:
        async with Site() as hanging, Site(plain("a 1\n")) as good:
            hanging.silent = True
            receiver = Receiver()
            addresses = tuple(f"127.0.0.1:{site.port}" for site in (hanging, good))
            setting = ScrapeSetting(job="j", targets=addresses, interval="1s", timeout="1s")
            scraper = Scraper(receiver, (setting,))  # type: ignore[arg-type]
            scraper.start()
            async with asyncio.timeout(20):
                found: dict[str, list[float | None]] = {a: [] for a in addresses}
                while min(len(each) for each in found.values()) < 2:
                    instance, body = await receiver.seen.get()
                    found[instance].append(values(body)["up"])
            await scraper.stop()
            assert set(found[addresses[0]]) == {0.0}
            assert set(found[addresses[1]]) == {1.0}
            states = {each.target.instance: each.state.error for each in scraper.scrapes()}
            assert states == {addresses[0]: "no whole answer within 1 seconds", addresses[1]: None}

    asyncio.run(run())


def test_targets_come_and_go_with_their_file(tmp_path: Path) -> None:
    async def run() -> None:
        async with Site(plain("a 1\n")) as site:
            file = tmp_path / "targets.json"
            address = f"127.0.0.1:{site.port}"
            file.write_text(json.dumps([{"targets": [address], "labels": {"env": "x"}}]))
            receiver = Receiver()
            scraper = Scraper(receiver, (ScrapeSetting(job="j", files=(str(tmp_path / "*.json"),)),))  # type: ignore[arg-type]
            async with asyncio.timeout(20):
                await scraper.refresh()
                _, body = await receiver.seen.get()
                assert told(body)["a"][0][0] == {"env": "x", "instance": address, "job": "j"}
                file.write_text("[")
                os.utime(file, ns=(1, 1))
                await scraper.refresh()
                assert list(scraper.errors()) == [str(file)]
                assert len(scraper.scrapes()) == 1, "a file that cannot be read changes nothing"
                file.write_text("[]")
                os.utime(file, ns=(2, 2))
                await scraper.refresh()
                _, body = await receiver.seen.get()
            assert values(body) == {"a": None, "up": None, "scrape_samples_scraped": None}
            assert scraper.scrapes() == []
            assert scraper.errors() == {}

    asyncio.run(run())


def test_addresses_and_repeated_targets() -> None:
    setting = ScrapeSetting(job="j", targets=("host", "host:80", "[::1]"), scheme="http")
    assert [t.url for t in Discovery((setting,)).targets()] == ["http://host:80/metrics", "http://[::1]:80/metrics"]


def test_addresses_that_are_none_and_secrets_that_are_not_there(tmp_path: Path) -> None:
    async def run() -> None:
        async with Site(plain("a 1\n")) as site:
            for address in (f"{'x' * 70}.test:1", "127.0.0.1:99999"):
                (target,) = Discovery((ScrapeSetting(job="j", targets=(address,)),)).targets()
                scrape = Scrape(target, site.deliver)
                await scrape.once()
                assert (scrape.state.up, (scrape.state.error or "").partition(":")[0]) == (False, "the address is none")
            scrape = site.scrape(bearer_token_file=str(tmp_path / "none"))
            await scrape.once()
            assert scrape.state.error == f"cannot read `{tmp_path / 'none'}`: No such file or directory"

    asyncio.run(run())


def test_the_state_of_targets_is_told_without_their_secrets() -> None:
    async def run() -> None:
        async with Site(plain("a 1\nb 2\n")) as site:
            scrape = site.scrape(params={"key": "s3cret"}, bearer_token="s3cret")
            scraper = SimpleNamespace(scrapes=lambda: [scrape], errors=lambda: {"f": "no"})
            call = SimpleNamespace(services=SimpleNamespace(scraper=scraper))
            (before,) = (await show(call)).targets  # type: ignore[arg-type]
            assert (before.health, before.last_scrape) == ("unknown", None)
            await scrape.once()
            found = await show(call)  # type: ignore[arg-type]
            (after,) = found.targets
            assert (after.health, after.samples, after.error, after.job, found.unread) == ("up", 2, None, "j", {"f": "no"})
            assert "s3cret" not in repr(found)
        assert (await show(SimpleNamespace(services=SimpleNamespace(scraper=None)))).targets == []  # type: ignore[arg-type]

    asyncio.run(run())


def test_names_of_counters_stay_as_they_are_written() -> None:
    page = "# HELP a_total h\n# TYPE a_total counter\na_total 1\n# TYPE b counter\nb 2\n# TYPE c_total gauge\nc_total 3\nd NaN\ne +Inf\n"
    found = contents(Page(TEXT, page.encode()), 100)
    names = {r.labels["__name__"]: struct.unpack("<d", r.value)[0] for r in found.readings}
    assert math.isnan(names.pop("d"))
    assert names == {"a_total": 1, "b": 2, "c_total": 3, "e": math.inf}
    assert {(f.name, f.kind, f.text) for f in found.families if f.kind} == {("a_total", 1, "h"), ("b", 1, ""), ("c_total", 2, "")}


def test_open_metrics_with_units_and_exemplars() -> None:
    page = (
        "# HELP lat_seconds How long\n# TYPE lat_seconds histogram\n# UNIT lat_seconds seconds\n"
        'lat_seconds_bucket{le="1.0"} 3 # {trace_id="abc"} 0.5 1700000000.25\nlat_seconds_bucket{le="+Inf"} 4\n'
        "lat_seconds_count 4\nlat_seconds_sum 2.5\n# TYPE hits counter\nhits_total 7 1700000001\n# EOF\n"
    )
    found = contents(Page(OPEN, page.encode()), 100)
    assert [(f.kind, f.name, f.text, f.unit) for f in found.families] == [(3, "lat_seconds", "How long", "seconds"), (1, "hits", "", "")]
    by_name = {r.labels["__name__"]: r for r in found.readings}
    assert by_name["hits_total"].milliseconds == 1_700_000_001_000
    exemplar = dict(prometheus.read(found.readings[0].exemplar))
    assert (struct.unpack("<d", exemplar[2])[0], exemplar[3]) == (0.5, 1_700_000_000_250)  # type: ignore[arg-type]


def test_a_page_of_too_many_samples() -> None:
    with pytest.raises(PilotageError, match="more than 2 samples"):
        contents(Page(TEXT, b"a 1\nb 1\nc 1\n"), 2)
