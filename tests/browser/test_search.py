"""Live → Search → facet → row: the way an engineer walks when something looks wrong, and every view on it a link."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from .steps import address, drawer, editor, hec, results, row_button, settled, viewed, write

pytestmark = pytest.mark.browser

SERVICE = "wine-classifier"
# Of the history, its rows have a trace.
TRACED = "trainer"
# Sources are looked at every few seconds.
SEEN_MS = 30_000


def looked_into(page):
    """Opens a row: fields, JSON, its trace; its value copied as a filter. Returns the address and the row's text."""
    row_button(page, 2).click()
    opened = drawer(page)
    expect(opened).to_be_visible()
    at = page.url
    assert viewed(page)["row"]
    raw = opened.locator("pre").first.inner_text()
    expect(opened.get_by_text("service.namespace", exact=True)).to_be_visible()
    opened.get_by_role("button", name="Copy service as a filter").click()
    page.wait_for_function("wanted => navigator.clipboard.readText().then((text) => text === wanted)", arg=f'service="{TRACED}"')
    opened.get_by_role("tab", name="JSON").click()
    expect(opened.get_by_role("tabpanel", name="JSON")).to_contain_text('"service": "trainer"')
    opened.get_by_role("tab", name="Trace").click()
    expect(opened.get_by_role("tabpanel", name="Trace").get_by_role("listitem").first).to_be_visible()
    return at, raw


def test_from_live_to_a_row_and_back(open_page, server):
    page = open_page("/live")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sources = page.get_by_role("table", name="Sources")
    row = sources.get_by_role("row").filter(has_text=SERVICE).filter(has_text="logs")
    expect(row).to_have_count(1, timeout=SEEN_MS)
    row.get_by_role("link", name=SERVICE).click()
    expect(page).to_have_url(re.compile("/search"))
    assert viewed(page)["q"] == f'index="main" service="{SERVICE}"'
    settled(page)
    expect(row_button(page, 1)).to_be_visible()

    # A facet's value narrows the query, the rows and the address.
    everything = address("index=main")
    page.goto(everything)
    total = server.count("index=main")
    settled(page, total)
    fields = page.get_by_role("complementary", name="Fields")
    facet = fields.locator("section").filter(has=page.get_by_role("heading", name="service", exact=True))
    facet.get_by_role("button", name=f"Include {TRACED}", exact=True).click()
    wanted = server.count(f"index=main service={TRACED}")
    assert 0 < wanted < total
    settled(page, wanted)
    narrowed = f'index=main service="{TRACED}"'
    assert viewed(page)["q"] == narrowed
    expect(editor(page)).to_have_text(narrowed)

    at, raw = looked_into(page)

    # The address is the view: loaded anew it shows the same query, rows and open row.
    page.reload()
    settled(page, wanted)
    expect(drawer(page).locator("pre").first).to_have_text(raw)
    assert page.url == at
    page.keyboard.press("Escape")
    expect(drawer(page)).to_have_count(0)
    assert "row" not in viewed(page)

    # Back undoes the facet.
    page.go_back()
    settled(page, total)
    expect(editor(page)).to_have_text("index=main")


def test_without_a_query_everything_is_shown_in_a_range_that_fits(open_page, server):
    page = open_page("/search")
    page.wait_for_url(re.compile("from=-24h"))
    settled(page)
    expect(editor(page)).to_have_text("index=*")
    expect(row_button(page, 1)).to_be_visible()
    # Logs, spans and points side by side: what is a Boolean in one of them stays one.
    assert {each["monotonic"] for each in server.search("index=* monotonic=* | head 50")} <= {True, False}


def test_an_excluded_value_leaves_its_rows_out(open_page, server):
    page = open_page(address("index=main"))
    total = server.count("index=main")
    settled(page, total)
    fields = page.get_by_role("complementary", name="Fields")
    fields.get_by_role("button", name=f"Exclude service {SERVICE}", exact=True).click()
    settled(page, total - server.count(f"index=main service={SERVICE}"))
    assert viewed(page)["q"] == f'index=main NOT service="{SERVICE}"'


def test_a_brush_on_the_histogram_is_the_new_range(open_page, server):
    page = open_page(address("index=main", **{"from": "-6h", "to": "now"}))
    settled(page)
    strip = page.get_by_role("region", name="Volume over time")
    chart = strip.get_by_role("img", name=re.compile("Events over time"))
    box = chart.locator(".u-over").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, middle, steps=4)
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile(r"from=\d"))
    view = viewed(page)
    start, end = float(view["from"]), float(view["to"])
    # A quarter of six hours, grown to whole bars.
    assert 1.5 * 3600 <= end - start <= 2.2 * 3600
    assert abs(start - (time.time() - 4.5 * 3600)) < 3600
    settled(page, server.count(f"index=main earliest={start} latest={end}"))
    expect(page.get_by_role("button", name=re.compile(r"^Time range: .*\d\d:\d\d\S* \S "))).to_be_visible()
    page.go_back()
    page.wait_for_url(re.compile("from=-6h"))


def test_a_table_of_numbers_is_also_a_chart(open_page):
    page = open_page(address("index=main | stats count by service"))
    found = settled(page)
    expect(found.get_by_role("columnheader", name="count")).to_be_visible()
    expect(found.get_by_role("cell", name=SERVICE)).to_be_visible()
    page.get_by_role("radiogroup", name="Show as").get_by_text("Chart").click()
    page.wait_for_url(re.compile("view=chart"))
    expect(found.get_by_text(SERVICE)).to_be_visible()

    write(page, "index=main | timechart count by service")
    page.wait_for_url(re.compile("timechart"))
    settled(page)
    expect(page.get_by_role("img", name=re.compile("^Result over time"))).to_be_visible()
    page.get_by_role("radiogroup", name="Show as").get_by_text("Table").click()
    expect(results(page).get_by_role("columnheader", name=SERVICE)).to_be_visible()


def test_a_wrong_query_is_underlined_and_says_what_to_do(open_page, guard):
    page = open_page(address("index=main fooo=( "))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Expected a value after `fooo=`")
    expect(alert).to_contain_text("For one of several values write")
    expect(editor(page).locator(".query-problem")).to_have_text("(")
    # The server's 400 is told by the browser itself.
    guard.found = [each for each in guard.found if "400" not in each]
    write(page, "index=main")
    settled(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_tail_shows_what_is_sent_meanwhile(open_page, server):
    page = open_page(address("index=main sourcetype=tailed"))
    settled(page, 0)
    page.get_by_role("button", name="Live tail").click()
    page.wait_for_url(re.compile("live=1"))
    expect(results(page).get_by_role("status").first).to_contain_text("Live")
    hec(server.url, {"event": "seen as it arrived", "sourcetype": "tailed", "index": "main"})
    expect(results(page).get_by_role("cell", name="seen as it arrived")).to_be_visible(timeout=15_000)
    row_button(page, 1).click()
    expect(drawer(page)).to_contain_text("seen as it arrived")


def test_an_exported_table_holds_no_formula(open_page):
    values = {"a": "=1+1", "b": "+cmd", "c": "-x", "d": "@sum", "e": "-12.5", "f": "plain, and 1"}
    made = ", ".join(f'{name}="{value}"' for name, value in values.items())
    page = open_page(address(f"| makeresults | eval {made} | table {' '.join(values)}"))
    settled(page, 1)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=re.compile("^CSV")).click()
    assert download.value.path().read_bytes() == b"a,b,c,d,e,f\r\n'=1+1,'+cmd,'-x,'@sum,-12.5,\"plain, and 1\"\r\n"
