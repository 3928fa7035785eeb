"""What fails on a page stays there: a bad line is one bad row, a page that cannot be drawn says so, the rest goes on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .steps import address, drawer, results, row_button, settled

pytestmark = pytest.mark.browser

BAD = '{"_time": 17953, "_raw": "cut o'


def test_a_bad_line_is_one_bad_row(open_page, axe):
    page = open_page("/live")

    def spoil(route):
        answer = route.fetch()
        first, _, rest = answer.text().partition("\n")
        route.fulfill(response=answer, body=f"{first}\n{BAD}\n{rest}")

    page.route(re.compile(r"/api/v1/search$"), spoil)
    page.goto(address("index=main | stats count by service"))
    found = settled(page)
    expect(found.get_by_role("cell", name=f"this line of the answer is no row: {BAD}")).to_be_visible()
    expect(row_button(page, 3)).to_be_visible()
    assert axe(page) == []
    row_button(page, 2).click()
    expect(drawer(page)).to_contain_text(BAD)
    drawer(page).get_by_role("tab", name="JSON").click()
    expect(drawer(page).get_by_role("tabpanel", name="JSON")).to_contain_text("cut o")
    page.keyboard.press("k")
    expect(drawer(page)).not_to_contain_text("cut o")


def test_a_page_that_fails_leaves_the_others_alive(open_page, guard, axe):
    page = open_page("/live")
    sources = re.compile(r"/api/v1/sources")
    page.route(sources, lambda route: route.fulfill(json={"now": 1}))
    page.goto("/live")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This page could not be shown")
    assert axe(page) == []
    # React tells the console what the boundary caught.
    guard.found.clear()

    page.get_by_role("link", name="Search", exact=True).click()
    expect(results(page)).to_be_visible()
    page.get_by_role("link", name="Live", exact=True).click()
    expect(alert).to_be_visible()
    guard.found.clear()
    page.unroute(sources)
    alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("table", name="Sources")).to_be_visible()
    expect(page.get_by_role("complementary", name="Send data")).to_contain_text("This server needs no access token")


def test_an_address_without_a_page(open_page, axe):
    page = open_page("/no/such")
    expect(page.get_by_role("main")).to_contain_text("No page has the address /no/such")
    expect(page.get_by_role("navigation")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("main").get_by_role("link", name="Go to Search").click()
    expect(results(page)).to_be_visible()
