"""What every journey does: name an address of Search, wait until its rows are there, find the parts of the page by role and name."""

from __future__ import annotations

import json
import re
import urllib.request
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Locator, Page, expect

TOLD = re.compile(r"rows? in ")


def address(query: str, **view: str) -> str:
    """The address of Search with a query; all time unless `start` and `end` say otherwise, other keys as the page writes them."""
    return "/search?" + urlencode({"q": query, "from": "", **view})


def viewed(page: Page) -> dict[str, str]:
    """The view the address holds."""
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


def results(page: Page) -> Locator:
    """The results beside the fields."""
    return page.get_by_role("region", name="Results")


def settled(page: Page, rows: int | None = None) -> Locator:
    """Wait until the search has ended, with this many rows if given; the results."""
    found = results(page)
    wanted = TOLD if rows is None else re.compile(rf"(^|\s){grouped(rows)} rows? in ")
    expect(found.get_by_role("status").first).to_have_text(wanted)
    expect(found).to_have_attribute("data-stale", "false")
    return found


def grouped(number: int) -> str:
    """A whole number as the page writes it."""
    return f"{number:,}".replace(",", "\u2009")


def row_button(page: Page, place: int) -> Locator:
    """The button that opens the row at a place, counted from one."""
    return results(page).get_by_role("button", name=re.compile(rf"^Open row {place}\b"))


def drawer(page: Page) -> Locator:
    """The open row."""
    return page.get_by_role("complementary", name="Row", exact=True)


def editor(page: Page) -> Locator:
    """Where the query is written."""
    return page.get_by_role("textbox", name="Query", exact=True)


def write(page: Page, query: str) -> None:
    """Replace the query and run it by keyboard."""
    editor(page).click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(query)
    page.keyboard.press("Control+Enter")


def post(url: str, body: bytes | object, **headers: str) -> int:
    """Send bytes, or an object as JSON; the status, whatever it is."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named: dict[str, Any] = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=named), timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def hec(url: str, *events: dict[str, object]) -> None:
    """Send events over HEC."""
    body = "".join(json.dumps(each) for each in events).encode()
    assert post(f"{url}/services/collector/event", body, Authorization="Splunk any") == 200
