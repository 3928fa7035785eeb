"""A server that has tokens asks for one, once; a wrong one is told, the browser keeps none."""

from __future__ import annotations

import subprocess

import pytest
from playwright.sync_api import expect

from ..clients import live  # noqa: TID252 - as in conftest.py
from .steps import address, results

pytestmark = pytest.mark.browser


def token(server: live.Server, name: str, scopes: str, *options: str) -> str:
    """The value of a new access token."""
    command = [live.PILOTAGE, "token", "create", "--name", name, "--scopes", scopes, "--url", server.url, *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=live.environment()).stdout.strip()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server that has tokens, and one of them that may read."""
    server = live.start(tmp_path_factory.mktemp("guarded"))
    try:
        first = token(server, "operator", "admin,read,ingest")
        yield server, token(server, "me", "read", "--token", first)
    finally:
        live.stop(server)


def test_the_page_asks_for_a_token_and_shows_the_view_it_was_asked_for(open_page, axe, guard, guarded):
    server, value = guarded
    page = open_page(address("index=main"), url=server.url)
    field = page.get_by_label("Access token")
    expect(field).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)
    assert axe(page) == []

    field.fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    # The refusals, told by the browser itself.
    guard.found = [each for each in guard.found if "401" not in each]

    field.fill(value)
    page.keyboard.press("Enter")
    expect(results(page)).to_be_visible()
    assert "q=index%3Dmain" in page.url
    expect(page.get_by_role("heading", name="Nothing has been sent yet")).to_be_visible()

    # The token is nowhere a script could read it, and a reload needs no new one.
    kept = page.evaluate("() => JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])")
    assert value not in kept
    session = [each for each in page.context.cookies() if each.get("httpOnly")]
    assert session
    assert all(each["sameSite"] in ("Lax", "Strict") for each in session)
    page.reload()
    expect(page.get_by_role("heading", name="Nothing has been sent yet")).to_be_visible()
    assert guard.found == []

    page.get_by_role("button", name="Logged in as me").click()
    page.get_by_role("menuitem", name="Log out").click()
    expect(page.get_by_label("Access token")).to_be_visible()
