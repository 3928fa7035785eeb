"""Debian's Chromium against a live server with the demo's history of a fixed seed; an error in the console or of the policy fails the test."""

from __future__ import annotations

import json
import shutil
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, expect, sync_playwright

from pilotage.demo.backfill import backfill
from pilotage.demo.sender import Sender

from ..clients import live  # noqa: TID252 - test folders have no absolute name in importlib mode

CHROMIUM = shutil.which("chromium")
AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
SEED = 7
HISTORY_SECONDS = 6 * 3600
# Chromium says these by itself, and no page can help it.
HARMLESS = ("net::ERR_ABORTED", "ResizeObserver loop")
# A machine busy with other work is slow, not wrong.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Server]:
    """A running server with six hours of the demo's history up to now, all of it loaded."""
    started = live.start(tmp_path_factory.mktemp("browser"))
    try:
        fill(started)
        yield started
    finally:
        code = live.stop(started)
    assert code == 0, f"the server ended with {code}{started.tail()}"


def fill(server: live.Server, seed: int = SEED, seconds: int = HISTORY_SECONDS) -> None:
    """Send the demo's history to a server and wait until it is loaded."""
    sender = Sender(server.url, None, threading.Event())
    try:
        sent = backfill(sender, seed, time.time_ns(), seconds)
    finally:
        sender.close()
    assert sent.complete

    def loaded() -> bool | None:
        with urllib.request.urlopen(f"{server.url}/api/v1/status", timeout=10) as answer:
            pipelines = json.load(answer)["pipelines"]
        return True if pipelines and not any(each["backlog_bytes"] for each in pipelines) else None

    live.until(f"the history is loaded{server.tail()}", loaded, live.VISIBLE_S)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; tests are skipped where there is none."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine; ./dev test installs it by apt")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@dataclass
class Guard:
    """What went wrong in the pages of a test that no assertion looks at. A test that provokes an error takes it out of `found`."""

    found: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        """A line of the console; only errors count."""
        if message.type == "error" and not any(each in message.text for each in HARMLESS):
            self.found.append(f"console: {message.text} ({message.location.get('url')})")

    def error(self, error: Error) -> None:
        """An exception that nothing caught."""
        self.found.append(f"exception: {error.message}")


POLICY = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
});
"""

Open = Callable[..., Page]


@pytest.fixture
def guard() -> Iterator[Guard]:
    """Watches every page that `open_page` makes."""
    watching = Guard()
    yield watching
    assert not watching.found, "\n".join(watching.found)


@pytest.fixture
def open_page(chromium: Browser, server: live.Server, guard: Guard) -> Iterator[Open]:
    """`open_page("/search?…", scheme="dark", width=1280, height=800)`: a watched page in a browser profile of its own."""
    contexts = []

    def make(path: str = "/", *, scheme: Any = "dark", width: int = 1440, height: int = 900, url: str | None = None) -> Page:
        context = chromium.new_context(
            base_url=url or server.url,
            color_scheme=scheme,
            viewport={"width": width, "height": height},
            reduced_motion="reduce",
            timezone_id="UTC",
            locale="en-GB",
        )
        contexts.append(context)
        context.add_init_script(POLICY)
        page = context.new_page()
        page.on("console", guard.console)
        page.on("pageerror", guard.error)
        page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """`axe(page)`: what axe-core finds against WCAG A and AA, one line a fault with its place. Evaluated, as the policy has no inline script."""
    source = AXE.read_text()

    def run(page: Page, *exclude: str) -> list[str]:
        page.evaluate(f"() => {{ {source} }}")
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
        found = page.evaluate(
            "([exclude, options]) => axe.run({exclude: exclude.map((each) => [each])}, options)", [list(exclude), options]
        )
        return [
            f"{fault['id']} ({fault['impact']}): {node['target']} {node['failureSummary']}"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]

    return run
