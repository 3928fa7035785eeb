from __future__ import annotations

import pytest

from pilotage.api.guard import Guard, host_name, is_loopback
from pilotage.api.settings import ServerSettings
from pilotage.model.problem import PilotageError

HOME = Guard("127.0.0.1", ServerSettings())
WIDE = Guard("0.0.0.0", ServerSettings(allowed_hosts=("obs.example",)))


def refused(check, headers):
    try:
        check(headers)
    except PilotageError as error:
        return error.problem.code
    return None


@pytest.mark.parametrize("header", ["localhost:4318", "127.0.0.1", "127.0.0.1:4318", "[::1]:4318", "LOCALHOST", "app.localhost:1", ""])
def test_own_names_are_answered(header):
    assert refused(HOME.check_host, {"host": header}) is None


@pytest.mark.parametrize(
    "header", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:4318", "192.0.2.1", "[2001:db8::1]:80"]
)
def test_foreign_names_are_not(header):
    assert refused(HOME.check_host, {"host": header}) == "foreign-host"


def test_an_open_server_answers_to_addresses_and_named_hosts():
    assert refused(WIDE.check_host, {"host": "192.0.2.1:4318"}) is None
    assert refused(WIDE.check_host, {"host": "obs.example"}) is None
    assert refused(WIDE.check_host, {"host": "evil.example"}) == "foreign-host"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"host": "localhost:4318"}, None),
        ({"host": "localhost:4318", "origin": "http://localhost:4318"}, None),
        ({"host": "localhost:4318", "origin": "http://localhost:5173"}, "cross-site"),
        ({"host": "localhost:4318", "origin": "null"}, "cross-site"),
        ({"host": "localhost:4318", "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, "cross-site"),
        ({"host": "localhost:4318", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}, None),
        ({"host": "localhost:4318", "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, None),
    ],
)
def test_origins(headers, code):
    assert refused(HOME.check_origin, headers) == code


SHOP = Guard("127.0.0.1", ServerSettings(allowed_origins=("https://shop.example",)))
EVIL = {"host": "evil.example:4318", "origin": "http://evil.example:4318"}


@pytest.mark.parametrize(
    ("headers", "code", "api_code"),
    [
        ({"host": "collector.internal"}, None, "foreign-host"),
        ({"host": "localhost:4318"}, None, None),
        (EVIL, "foreign-host", "foreign-host"),
        ({"host": "evil.example", "sec-fetch-site": "same-origin"}, "foreign-host", "foreign-host"),
        ({"host": "localhost:4318", "sec-fetch-site": "cross-site"}, "cross-site", "cross-site"),
        ({"host": "localhost:4318", "origin": "https://evil.example"}, "cross-site", "cross-site"),
        ({"host": "localhost:4318", "origin": "http://localhost:4318"}, None, None),
        ({"host": "localhost:4318", "origin": "https://shop.example", "sec-fetch-site": "cross-site"}, None, None),
        ({"host": "obs.internal:4318", "origin": "https://shop.example"}, None, "foreign-host"),
    ],
)
def test_ingest_takes_any_host_from_collectors_and_only_ours_from_browsers(headers, code, api_code):
    assert refused(lambda each: SHOP.check_ingest(each, api=False), headers) == code
    assert refused(lambda each: SHOP.check_ingest(each, api=True), headers) == api_code


def test_names_without_ports_and_brackets():
    assert [host_name(each) for each in ("A.b:1", "[::1]:2", "[::1]", "x")] == ["a.b", "::1", "::1", "x"]


def test_loopback():
    assert [is_loopback(each) for each in ("127.8.9.1", "::1", "localhost", "0.0.0.0", "10.0.0.1", "example.com")] == [True] * 3 + [
        False
    ] * 3
