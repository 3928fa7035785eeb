"""Telemetry is text: whatever a sender writes into any field, the page shows it, makes no element of it and runs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ..clients import live  # noqa: TID252 - as in conftest.py
from . import hostile
from .steps import address, drawer, editor, hec, results, row_button, settled, write

pytestmark = pytest.mark.browser

# Elements and attributes the page itself never has.
MADE = "img, iframe, object, embed, script:not([src]), [onerror], [onload], [onmouseover], a:not([href^='http']):not([href^='/']):not([href='#content'])"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Server]:
    """A server whose data are all hostile."""
    server = live.start(tmp_path_factory.mktemp("hostile"))
    try:
        hostile.send(server)
        yield server
    finally:
        live.stop(server)


class Trap:
    """Opens pages of the attacked server and knows whether anything of the text ran or became an element."""

    def __init__(self, open_page, server: live.Server) -> None:
        self.open_page, self.server = open_page, server
        self.ran: list[str] = []

    def open(self, path: str) -> Page:
        """A page on which `ran()` and dialogs are seen."""
        page = self.open_page("/favicon.svg", url=self.server.url)
        page.expose_function("ran", lambda: self.ran.append("ran"))
        page.on("dialog", lambda dialog: (self.ran.append(dialog.message), dialog.dismiss()))
        page.goto(path)
        return page

    def check(self, page: Page) -> None:
        """Nothing ran, nothing was made, every link leads to http(s) without lending its window."""
        assert page.locator(MADE).evaluate_all("all => all.map((each) => each.outerHTML.slice(0, 200))") == []
        links = page.locator("a[target]").evaluate_all("all => all.map((each) => [each.protocol, each.rel])")
        assert all(protocol in ("http:", "https:") and "noopener" in rel for protocol, rel in links)
        assert self.ran == []


@pytest.fixture
def trap(open_page, attacked):
    return Trap(open_page, attacked)


def test_the_trap_closes(trap, guard):
    page = trap.open(address("index=main"))
    settled(page)
    page.evaluate("() => ran()")
    assert trap.ran == ["ran"]
    trap.ran.clear()
    page.evaluate("html => document.body.insertAdjacentHTML('beforeend', html)", hostile.IMAGE)
    with pytest.raises(AssertionError):
        trap.check(page)
    # Even an element would run nothing: the policy refuses its handler.
    page.wait_for_function("() => performance.getEntriesByType('resource').some((each) => each.name.endsWith('/x'))")
    assert trap.ran == []
    guard.found.clear()


@pytest.mark.parametrize("index", ["main", "traces", "metrics"])
def test_rows_and_all_of_the_drawer(trap, index):
    page = trap.open(address(f"index={index}"))
    found = settled(page)
    trap.check(page)
    shown = found.inner_text() + page.get_by_role("complementary", name="Fields").inner_text()
    assert hostile.IMAGE in shown
    assert hostile.SCRIPT in shown
    count = found.get_by_role("button", name=re.compile("^Open row")).count()
    for place in range(1, count + 1):
        if place == 1:
            row_button(page, 1).click()
        else:
            page.keyboard.press("j")
        expect(row_button(page, place)).to_have_attribute("aria-expanded", "true")
        opened = drawer(page)
        # All tabs of every third row, one of the others: the rows differ in who sent them, the tabs in what they show.
        tabs = opened.get_by_role("tab").all()
        for tab in tabs if place % 3 == 1 else tabs[:1]:
            tab.click()
            expect(opened.get_by_role("tabpanel", name=tab.inner_text())).not_to_have_text("")
            trap.check(page)


def test_links_lead_to_http_only(trap):
    page = trap.open(address("index=main page=*"))
    settled(page)
    row_button(page, 1).click()
    links = drawer(page).get_by_role("link")
    expect(links).to_have_text([hostile.PAGE])
    expect(links).to_have_attribute("rel", re.compile("noopener"))
    expect(drawer(page).get_by_text(hostile.NOT_A_PAGE, exact=True).first).to_be_visible()
    trap.check(page)


@pytest.mark.parametrize("probe", hostile.PROBES[:3])
def test_names_that_the_query_makes(trap, probe):
    name = probe.replace('"', '\\"')
    page = trap.open(address(f'index=main | stats count AS "{name}" by service'))
    settled(page)
    expect(results(page).get_by_role("columnheader", name=probe)).to_be_visible()
    trap.check(page)
    page.get_by_role("button", name="Columns").click()
    expect(page.get_by_role("checkbox", name=probe)).to_be_checked()
    trap.check(page)
    page.keyboard.press("Escape")
    page.get_by_role("radiogroup", name="Show as").get_by_text("Chart").click()
    page.wait_for_url(re.compile("view=chart"))
    expect(results(page)).to_contain_text(hostile.IMAGE)
    trap.check(page)
    write(page, "index=main | timechart count by service")
    page.wait_for_url(re.compile("timechart"))
    settled(page)
    expect(results(page)).to_contain_text(hostile.IMAGE)
    trap.check(page)


def test_the_address_itself(trap, guard):
    view = {
        "cols": f"_time,{hostile.IMAGE},{hostile.SCRIPT}",
        "sort": f"-{hostile.IMAGE}",
        "hide": hostile.SCRIPT,
        "row": hostile.IMAGE,
        "tz": hostile.IMAGE,
    }
    page = trap.open(address("index=main", **view, view=hostile.SCRIPT, chart=hostile.IMAGE, rows=hostile.SCRIPT))
    expect(results(page)).to_be_visible()
    trap.check(page)
    page.goto(address(f"index=main | {hostile.IMAGE}", to=hostile.SCRIPT))
    expect(page.get_by_role("alert").first).to_be_visible()
    trap.check(page)
    page.goto(address(f'index=main | nosuch "{hostile.SCRIPT}"'))
    expect(page.get_by_role("alert").first).to_be_visible()
    trap.check(page)
    guard.found = [each for each in guard.found if "400" not in each and "422" not in each]


def test_words_offered_while_writing(trap):
    page = trap.open(address("index=main"))
    settled(page)
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" service=")
    page.keyboard.press("Control+Space")
    offered = page.get_by_role("listbox", name="Completions")
    expect(offered).to_be_visible()
    trap.check(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Command").fill(hostile.IMAGE)
    expect(page.get_by_text(f"Nothing is called “{hostile.IMAGE}”.")).to_be_visible()
    trap.check(page)


def test_live_with_names_and_reasons(trap):
    page = trap.open("/live")
    sources = page.get_by_role("table", name="Sources")
    expect(sources.get_by_role("link", name=hostile.SCRIPT).first).to_be_visible(timeout=30_000)
    expect(sources.get_by_role("link", name=hostile.IMAGE).first).to_be_visible()
    trap.check(page)
    for state in page.get_by_role("table", name="Senders").get_by_role("row").filter(has_text="rejecting").all():
        state.get_by_text("rejecting").hover()
        expect(page.get_by_role("tooltip").first).to_be_visible()
        trap.check(page)
    expect(page.get_by_role("status").filter(has_text="refused, last at").first).to_be_visible()
    # The name is a query that finds its rows again.
    sources.get_by_role("link", name=hostile.IMAGE, exact=True).first.click()
    page.wait_for_url(re.compile("/search"))
    settled(page)
    expect(row_button(page, 1)).to_be_visible()
    trap.check(page)


def test_the_tail(trap):
    page = trap.open(address("index=main sourcetype=tailed"))
    settled(page, 0)
    page.get_by_role("button", name="Live tail").click()
    expect(results(page).get_by_role("status").first).to_contain_text("Live")
    hec(trap.server.url, {"event": hostile.IMAGE, "sourcetype": "tailed", "index": "main", "fields": {hostile.SCRIPT: hostile.LINK}})
    expect(results(page).get_by_role("cell", name=hostile.IMAGE)).to_be_visible(timeout=15_000)
    row_button(page, 1).click()
    expect(drawer(page)).to_contain_text(hostile.SCRIPT)
    trap.check(page)
