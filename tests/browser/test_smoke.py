"""The page loads in both themes, under its policy, without an error anywhere."""

from __future__ import annotations

import re
import urllib.request

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_page_loads(open_page, scheme):
    page = open_page("/", scheme=scheme)
    expect(page).to_have_title(re.compile("Pilotage"))
    expect(page.get_by_role("main")).to_be_visible()
    expect(page.get_by_role("navigation").first).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme").split()[0] == scheme


def test_the_policy_is_strict_and_holds(open_page, guard, server):
    with urllib.request.urlopen(urllib.request.Request(server.url, headers={"Accept": "text/html"}), timeout=10) as answer:
        policy = answer.headers["content-security-policy"]
        text = answer.read().decode()
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)", text), "an inline script in index.html"
    page = open_page("/")
    expect(page.get_by_role("main")).to_be_visible()
    # The guard sees what the policy refuses: provoked once, and taken back.
    with page.expect_console_message(lambda message: "policy: script-src" in message.text):
        page.evaluate("() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s); }")
    assert page.evaluate("window.ran") is None
    assert any("policy: script-src" in each for each in guard.found)
    guard.found.clear()


def test_any_address_of_the_page_is_the_page(open_page):
    page = open_page("/search?q=index%3Dmain")
    expect(page.get_by_role("main")).to_be_visible()


def test_axe_sees_a_fault(open_page, axe):
    page = open_page("/")
    expect(page.get_by_role("main")).to_be_visible()
    page.evaluate("() => { const image = document.createElement('img'); image.src = '/favicon.svg'; document.body.append(image); }")
    assert any(fault.startswith("image-alt (critical)") for fault in axe(page))
