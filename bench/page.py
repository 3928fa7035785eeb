"""What the web page costs in Debian's Chromium: its first scripts, the first paint and rows of Search on the demo, scrolling through 100,000 rows."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from bench.server import OPENER, PILOTAGE, Place, idle, running
from bench.table import Figure
from bench.work import Work

STATIC = Path(__file__).resolve().parents[1] / "src" / "pilotage" / "api" / "static"
ROWS = 100_000
BATCH = 5_000
SECONDS = 5
LOADED_S = 120
# Pixels a frame and the goal: a hand that turns the wheel fast; the bar dragged, where every frame has only new rows.
SPEEDS = {"wheel, 84 px a frame": (84, ">= 50"), "whole window a frame": (600, "")}

FIRST_ROW = """
const look = () => document.querySelector("tr[data-row]") === null ? requestAnimationFrame(look) : (window.rowsAt = performance.now());
requestAnimationFrame(look);
"""
PAINTED = "() => [performance.getEntriesByName('first-contentful-paint')[0].startTime, window.rowsAt]"
SCROLL = """
([step, ms]) => new Promise((done) => {
  const box = document.querySelector("[role=region][aria-label=Rows]");
  const gaps = [];
  let last = null, first = null;
  const frame = (now) => {
    if (last !== null) gaps.push(now - last);
    first ??= now;
    last = now;
    box.scrollTop += step;
    if (now - first < ms) requestAnimationFrame(frame);
    else done([gaps.length / (now - first) * 1000, gaps.sort((a, b) => a - b)[Math.floor(gaps.length * 0.99)]]);
  };
  requestAnimationFrame(frame);
})
"""


def scripts() -> Figure:
    """Bytes of the scripts that `index.html` names, gzipped; what they load later is not among them."""
    text = (STATIC / "index.html").read_text()
    names = re.findall(r'(?:src|href)="/([^"]+\.js)"', text)
    size = sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in names)
    return Figure("page, first scripts", round(size / 1e3, 1), "kB gzip", "<= 350", f"{len(names)} files")


def until_loaded(where: Place) -> None:
    """Wait until nothing that was acknowledged is still to be loaded."""
    end = time.monotonic() + LOADED_S
    while time.monotonic() < end:
        with OPENER.open(f"{where.url}/api/v1/status", timeout=10) as answer:
            pipelines = json.load(answer)["pipelines"]
        if pipelines and not any(each["backlog_bytes"] for each in pipelines):
            return
        time.sleep(0.2)
    sys.exit("bench: the server did not load what it was sent")


def send_history(where: Place) -> None:
    """The demo's last six hours."""
    command = [PILOTAGE, "demo", "--url", where.url, "--seed", "7", "--backfill", "6h", "--duration", "1s"]
    subprocess.run([str(each) for each in command], check=True, capture_output=True)
    until_loaded(where)


def send_rows(where: Place) -> None:
    """Log lines of a web server over HEC."""
    headers = {"Authorization": "Splunk any", "Content-Type": "application/json"}
    now = time.time()
    for start in range(0, ROWS, BATCH):
        events = (
            {
                "time": round(now - number / 100, 3),
                "event": f"GET /item/{number * 7919 % 5000} took {number % 250} ms for client {number % 977}",
                "sourcetype": "scrolled",
                "fields": {
                    "service": f"shop-{number % 7}",
                    "severity": ("INFO", "INFO", "WARN", "ERROR")[number % 4],
                    "status_code": 200 + number % 5,
                },
            }
            for number in range(start, start + BATCH)
        )
        body = "".join(json.dumps(each) for each in events).encode()
        with OPENER.open(urllib.request.Request(f"{where.url}/services/collector/event", body, headers), timeout=60):
            pass
    until_loaded(where)


@contextmanager
def chromium() -> Iterator[object]:
    """The browser of the tests."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only this measurement needs it

    with sync_playwright() as playwright:
        path = shutil.which("chromium") or sys.exit("bench: no chromium on this machine; ./dev test installs it by apt")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


def paints(browser: object, where: Place, times: int) -> list[Figure]:
    """Search opened `times` times in a profile without a cache."""
    found = []
    for _ in range(times):
        context = browser.new_context(base_url=where.url, viewport={"width": 1440, "height": 900})  # type: ignore[attr-defined]
        page = context.new_page()
        page.add_init_script(FIRST_ROW)
        page.goto("/search")
        page.wait_for_function("() => window.rowsAt !== undefined", timeout=60_000)
        found.append(page.evaluate(PAINTED))
        context.close()
    note = f"median of {times} without a cache, worst {{:.2f}} s"
    figures = []
    for place, (name, goal) in enumerate((("first paint", "<= 1.5"), ("first rows", ""))):
        values = [each[place] / 1e3 for each in found]
        figures.append(Figure(f"Search on the demo, {name}", round(median(values), 2), "s", goal, note.format(max(values))))
    return figures


def scrolls(browser: object, where: Place) -> list[Figure]:
    """The table of all rows scrolled at each speed."""
    context = browser.new_context(base_url=where.url, viewport={"width": 1440, "height": 900})  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto("/search?" + urlencode({"q": "sourcetype=scrolled", "from": "", "rows": ROWS}))
    page.wait_for_function(
        "() => /^100\\s000 rows in/.test(document.querySelector('section[aria-label=Results] [role=status]')?.innerText)", timeout=120_000
    )
    figures = []
    for name, (step, goal) in SPEEDS.items():
        fps, slow = page.evaluate(SCROLL, [step, SECONDS * 1000])
        figures.append(
            Figure(f"scroll of {ROWS:,} rows, {name}", round(fps, 1), "frames/s", goal, f"{SECONDS} s, 99 % of frames within {slow:.0f} ms")
        )
    context.close()
    return figures


def page(work: Work) -> list[Figure]:
    """All figures of the page but those of tests."""
    figures = [scripts()]
    with running(work.folder("page")) as (where, pid), chromium() as browser:
        send_history(where)
        idle(pid, 20)
        figures += paints(browser, where, 3 if work.quick else 7)
        send_rows(where)
        idle(pid, 30)
        figures += scrolls(browser, where)
    return figures
