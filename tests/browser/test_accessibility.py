"""Everybody can use the page: axe finds nothing in either theme, and the keyboard reaches what the mouse does."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from .steps import address, drawer, editor, results, row_button, settled, viewed

pytestmark = pytest.mark.browser

THEMES = pytest.mark.parametrize("scheme", ["dark", "light"])


def goto(page: Page, query: str, **view: str) -> None:
    """Another search on the same page, loaded anew."""
    page.goto(address(query, **view))


@THEMES
def test_axe_finds_nothing_on_search(open_page, axe, guard, scheme):
    page = open_page(address("index=main"), scheme=scheme)
    settled(page)
    fields = page.get_by_role("complementary", name="Fields")
    expect(fields.get_by_role("heading", name="service", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Events over time"))).to_be_visible()
    assert axe(page) == [], "rows"
    row_button(page, 1).click()
    expect(drawer(page)).to_be_visible()
    assert axe(page) == [], "an open row"

    goto(page, "index=main | timechart count by service")
    settled(page)
    expect(page.get_by_role("img", name=re.compile("^Result over time"))).to_be_visible()
    assert axe(page) == [], "a chart"

    goto(page, "index=main nothinglikeit")
    settled(page, 0)
    expect(page.get_by_role("heading", name="No rows match")).to_be_visible()
    assert axe(page) == [], "no rows"

    goto(page, "index=main fooo=( ")
    expect(page.get_by_role("alert")).to_be_visible()
    assert axe(page) == [], "an error"
    guard.found = [each for each in guard.found if "400" not in each]


@THEMES
def test_axe_finds_nothing_on_live(open_page, axe, scheme):
    page = open_page("/live", scheme=scheme)
    expect(page.get_by_role("table", name="Streams")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name=re.compile("^OpenTelemetry")).click()
    expect(page.get_by_role("button", name=re.compile("^Copy")).first).to_be_visible()
    assert axe(page) == []


def test_search_by_keyboard(open_page):
    page = open_page(address("index=main"))
    settled(page)
    # `/` goes to the editor without being written there; Ctrl Enter runs, Escape leaves it.
    page.keyboard.press("/")
    expect(editor(page)).to_be_focused()
    expect(editor(page)).to_have_text("index=main")
    page.keyboard.press("Control+End")
    page.keyboard.type(" service=trainer")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("() => decodeURIComponent(location.search).replaceAll('+', ' ').includes('service=trainer')")
    assert "service=trainer" in unquote(page.url)
    settled(page)
    page.keyboard.press("Escape")
    expect(editor(page)).not_to_be_focused()

    # j and k go through the rows, Enter opens, j goes on with the row open, Escape closes.
    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(drawer(page)).to_be_visible()
    expect(row_button(page, 2)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("j")
    expect(row_button(page, 3)).to_have_attribute("aria-expanded", "true")
    expect(row_button(page, 2)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Escape")
    expect(drawer(page)).to_have_count(0)


def test_ranges_and_help_by_keyboard(open_page, axe):
    page = open_page(address("index=main", **{"from": "-1h", "to": "now"}))
    settled(page)
    page.keyboard.press("[")
    page.wait_for_url(re.compile(r"from=\d"))
    view = viewed(page)
    first = float(view["from"]), float(view["to"])
    assert first[1] - first[0] == pytest.approx(3600, abs=2)
    expect(page.get_by_role("button", name=re.compile(r"^Time range: .*\d\d:\d\d\S* \S "))).to_be_visible()
    page.keyboard.press("]")
    page.wait_for_function("start => Math.abs(Number(new URLSearchParams(location.search).get('from')) - start) < 2", arg=first[1])
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys).to_contain_text("Next row")
    expect(keys).to_contain_text("Write the query")
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)


def test_everything_on_search_is_reached_by_tab(open_page):
    page = open_page(address("index=main"))
    settled(page)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    wanted = {"Run", "Live tail", "Filter fields", "Columns", "Export", "Rows"}
    named = "() => { const at = document.activeElement; return at.getAttribute('aria-label') ?? at.innerText.trim(); }"
    seen = set()
    for _ in range(150):
        page.keyboard.press("Tab")
        seen.add(page.evaluate(named))
        if wanted <= seen:
            break
    assert wanted <= seen
    expect(results(page)).to_be_visible()
