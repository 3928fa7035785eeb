"""The page's login: a cookie that stands for a token, ends by itself, with its token and at logout, and writes that only the page can send."""

from __future__ import annotations

import json

import pytest

from pilotage.api.sessions import IDLE_SECONDS, LIFETIME_SECONDS, MOST, Sessions, cookie, cookie_name


def login(server, token="all", **headers):
    answer = server.call("POST", "/api/v1/session", document={"token": token}, headers=headers)
    assert answer.status == 200, answer.body
    kept, _, attributes = answer.headers["set-cookie"].partition("; ")
    return {"Cookie": kept}, json.loads(answer.body), attributes


def state(server, **headers):
    answer = server.call("GET", "/api/v1/session", headers=headers)
    assert answer.status == 200
    return json.loads(answer.body)


def test_without_tokens_no_login_is_needed(app):
    found = state(app)
    assert (found["login_needed"], found["csrf"], found["scopes"]) == (False, None, ["admin", "ingest", "read"])
    answer = app.call("POST", "/api/v1/session", document={"token": "anything"})
    assert (answer.status, answer.headers["set-cookie"]) == (200, None)


def test_with_tokens_one_is(closed):
    assert state(closed) == {"login_needed": True, "who": None, "scopes": [], "indexes": [], "csrf": None, "expires": None}
    assert state(closed, Authorization="Bearer reader")["who"] == "reader"
    assert state(closed, Authorization="Bearer wrong")["login_needed"]


@pytest.mark.parametrize(
    ("token", "status", "code"), [("wrong", 401, "token-invalid"), ("off", 401, "token-disabled"), ("", 401, "token-required")]
)
def test_a_token_that_is_none_does_not_log_in(closed, token, status, code):
    answer = closed.call("POST", "/api/v1/session", document={"token": token})
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (status, code)
    assert answer.headers["set-cookie"] is None


def test_a_token_that_may_not_read_does_not_log_in(start):
    config = '[[tokens]]\nvalue = "sender"\nscopes = ["ingest"]\n'
    with start(config=config) as server:
        assert server.call("POST", "/api/v1/session", document={"token": "sender"}).status == 403


def test_the_cookie_is_for_no_script_and_no_other_site(closed):
    kept, _, attributes = login(closed)
    assert set(attributes.split("; ")) == {"Path=/", f"Max-Age={int(LIFETIME_SECONDS)}", "HttpOnly", "SameSite=Lax"}
    assert kept["Cookie"].startswith(f"pilotage-session-{closed.port}=")
    assert "all" not in kept["Cookie"].partition("=")[2].split("-")
    assert "Secure" in login(closed, **{"X-Forwarded-Proto": "https"})[2]


def test_a_session_reads(closed):
    kept, found, _ = login(closed)
    assert closed.call("GET", "/api/v1/tokens", headers=kept).status == 200
    again = state(closed, **kept)
    assert (again["who"], again["csrf"]) == ("all", found["csrf"])


def test_cookies_of_other_programs_do_not_matter(closed):
    kept, _, _ = login(closed)
    assert closed.call("GET", "/api/v1/tokens", headers={"Cookie": f'odd="{{a, b}}"; {kept["Cookie"]}; x'}).status == 200


def test_a_session_has_the_scopes_of_its_token(closed):
    kept, _, _ = login(closed, "reader")
    assert closed.call("GET", "/api/v1/tokens", headers=kept).status == 403


def test_writes_by_cookie_need_the_page(closed):
    kept, found, _ = login(closed)
    new = {"name": "n", "scopes": ["read"]}
    for header in ({}, {"X-Pilotage-Csrf": "wrong"}, {"X-Pilotage-Csrf": "\xe9"}):
        answer = closed.call("POST", "/api/v1/tokens", document=new, headers={**kept, **header})
        assert (answer.status, json.loads(answer.body)["error"]["code"]) == (403, "csrf-missing")
    assert closed.call("POST", "/api/v1/tokens", document=new, headers={**kept, "X-Pilotage-Csrf": found["csrf"]}).status == 201
    assert closed.call("POST", "/api/v1/tokens", document=new, token="all").status == 201


def test_logout(closed):
    kept, found, _ = login(closed)
    assert closed.call("DELETE", "/api/v1/session", headers=kept).status == 403
    answer = closed.call("DELETE", "/api/v1/session", headers={**kept, "X-Pilotage-Csrf": found["csrf"]})
    assert answer.status == 200
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert closed.call("GET", "/api/v1/tokens", headers=kept).status == 401


def test_revoking_the_token_ends_its_sessions(closed):
    made = json.loads(closed.call("POST", "/api/v1/tokens", document={"name": "p", "scopes": ["read"]}, token="all").body)
    kept, _, _ = login(closed, made["value"])
    assert closed.call("GET", "/api/v1/status", headers=kept).status == 200
    closed.call("DELETE", f"/api/v1/tokens/{made['token']['id']}", token="all")
    assert closed.call("GET", "/api/v1/status", headers=kept).status == 401
    assert state(closed, **kept)["login_needed"]


@pytest.mark.parametrize("broken", ["pilotage-session=", "=;;=", "pilotage-session-{port}=nonsense", '"', "a=b;;; c"])
def test_a_cookie_that_is_none_is_nobody(closed, broken):
    assert state(closed, Cookie=broken.format(port=closed.port))["login_needed"]


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


def headers_of(value):
    return {"host": "localhost:4318", "cookie": f"pilotage-session-4318={value}"}


def test_idle_and_old_sessions_end():
    clock = Clock()
    sessions = Sessions(clock)
    _, value = sessions.begin("digest")
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(headers_of(value)).token == "digest"
    clock.now += IDLE_SECONDS - 1
    assert sessions.find(headers_of(value))
    clock.now += IDLE_SECONDS
    assert sessions.find(headers_of(value)) is None
    _, value = sessions.begin("digest")
    end = clock.now + LIFETIME_SECONDS
    while clock.now < end - 3600:
        clock.now += 3600
        assert sessions.find(headers_of(value))
    clock.now = end
    assert sessions.find(headers_of(value)) is None


def test_the_oldest_gives_way():
    sessions = Sessions(Clock())
    first = sessions.begin("first")[1]
    others = [sessions.begin("other")[1] for _ in range(MOST)]
    assert sessions.find(headers_of(first)) is None
    assert sessions.find(headers_of(others[0]))


def test_two_servers_of_a_host_keep_two_cookies():
    assert {cookie_name({"host": each}) for each in ("a:1", "a:2", "[::1]:3", "a", "[::1]", "")} == {
        "pilotage-session-1", "pilotage-session-2", "pilotage-session-3", "pilotage-session",
    }  # fmt: skip
    assert "Secure" in cookie({}, "v", secure=True)[1]
