"""The query editor while somebody types: words at the cursor, help, marks of what is wrong, in both languages and by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .steps import address, editor, settled, viewed

pytestmark = pytest.mark.browser

SERVICE = "wine-classifier"


def emptied(page):
    """An empty editor with the cursor in it."""
    page.goto(address("index=main"))
    settled(page)
    editor(page).click()
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    expect(editor(page)).not_to_contain_text("index=main |")


def offered(page):
    """The list of words."""
    return page.get_by_role("listbox", name="Completions")


def option(page, name):
    return offered(page).get_by_role("option").filter(has=page.get_by_text(name, exact=True))


def status(page):
    """What the check says."""
    return page.get_by_role("status", name="Check of the query")


def test_a_query_written_with_the_words_that_are_offered(open_page):
    page = open_page()
    emptied(page)
    page.keyboard.type("index=ma")
    expect(option(page, "main")).to_be_visible()
    page.keyboard.press("Enter")
    expect(editor(page)).to_have_text("index=main")
    page.keyboard.type(" | stat")
    expect(option(page, "stats")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(option(page, "stats")).not_to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    expect(editor(page)).to_have_text("index=main | stats ")
    page.keyboard.type("count by ser")
    expect(option(page, "service")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type(" | where cou")
    # What the stage before leaves, and none of the stored fields.
    expect(option(page, "count")).to_be_visible()
    expect(offered(page).get_by_role("option").filter(has_text="source")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(offered(page)).to_have_count(0)
    page.keyboard.type("nt>0")
    expect(status(page)).to_be_hidden()
    page.keyboard.press("Control+Enter")
    settled(page)
    assert viewed(page)["q"] == "index=main | stats count by service | where count>0"


def test_options_their_values_and_frequent_values_of_a_field(open_page):
    page = open_page()
    emptied(page)
    page.keyboard.type("index=main | timechart usen")
    page.keyboard.press("Control+Space")
    expect(option(page, "usenull")).to_be_visible()
    page.keyboard.press("Tab")
    # Behind `=` the values are offered at once.
    expect(option(page, "f")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+A")
    page.keyboard.type("service=win")
    expect(option(page, SERVICE)).to_be_visible()
    page.keyboard.press("Enter")
    expect(editor(page)).to_have_text(f"service={SERVICE}")


def test_help_on_a_word_by_pointer_and_by_key(open_page, axe):
    page = open_page()
    emptied(page)
    page.keyboard.insert_text("index=main | timechart span=1h count by service")
    editor(page).get_by_text("timechart").hover()
    card = page.get_by_role("tooltip").filter(has_text="Aggregates over equal slices of time")
    expect(card).to_be_visible()
    expect(card).to_contain_text("[BY <field>")
    page.mouse.move(5, 5)
    expect(card).to_have_count(0)
    page.keyboard.press("End")
    page.keyboard.press("Alt+h")
    card = page.get_by_role("tooltip").filter(has_text="service")
    expect(card).to_contain_text("fixed field")
    assert axe(page, ".u-wrap") == []
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(editor(page)).to_be_focused()


def test_how_a_call_goes_on(open_page):
    page = open_page()
    emptied(page)
    page.keyboard.type("index=main | eval x=substr(host, ")
    note = page.get_by_role("note", name="What is being written")
    expect(note).to_contain_text("substr(a, b[, c])")
    page.keyboard.insert_text("1) | fields ")
    expect(note).to_contain_text("fields [+|-] <field>")


def test_what_is_wrong_is_marked_and_said(open_page, axe):
    page = open_page()
    emptied(page)
    page.keyboard.insert_text("index=main | stats avg(durationn) | hed 5")
    expect(editor(page).locator(".query-problem")).to_have_text("hed")
    expect(status(page)).to_contain_text("no command `hed`")
    expect(status(page)).to_contain_text("did you mean `head`?")
    assert axe(page, ".u-wrap") == []
    editor(page).locator(".query-problem").hover()
    expect(page.get_by_role("tooltip").filter(has_text="did you mean `head`?")).to_be_visible()
    page.mouse.move(5, 5)
    for _ in "hed 5":
        page.keyboard.press("Backspace")
    page.keyboard.insert_text("head 5")
    expect(editor(page).locator(".query-problem")).to_have_count(0)
    expect(editor(page).locator(".query-warning")).to_have_text("durationn")
    expect(status(page)).to_contain_text("no field `durationn` here")


def test_places_behind_an_emoji(open_page):
    page = open_page()
    emptied(page)
    page.keyboard.insert_text('index=main "🙂🙂" | hed 5')
    expect(editor(page).locator(".query-problem")).to_have_text("hed")


def test_the_other_language(open_page):
    page = open_page(address("_index=main | count by service", lang="sumo"))
    settled(page)
    expect(page.get_by_role("combobox", name="Language").or_(page.get_by_label("Language").first)).to_have_value("Sumo")
    editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" | sor")
    expect(option(page, "sort")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.type("by _cou")
    expect(option(page, "_count")).to_be_visible()
    page.keyboard.press("Enter")
    expect(status(page)).to_be_hidden()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("sort"))
    settled(page)
    page.keyboard.insert_text(" | timeslic 5m")
    expect(editor(page).locator(".query-problem")).to_have_text("timeslic")
    expect(status(page)).to_contain_text("did you mean `timeslice`?")


def test_a_server_that_does_not_answer_leaves_the_typing_alone(open_page, guard):
    page = open_page()
    emptied(page)
    page.route("**/api/v1/language/**", lambda route: route.abort())
    page.keyboard.type("index=main | stats count")
    expect(editor(page)).to_have_text("index=main | stats count")
    guard.found = [each for each in guard.found if "ERR_FAILED" not in each]
