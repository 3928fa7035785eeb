"""Paths find their routes."""

from __future__ import annotations

import pytest

from pilotage.ingest.paths import Paths, match
from pilotage.ingest.request import Route

ROUTES = tuple(
    Route(method, path, "p")
    for method, path in [
        ("POST", "/a"),
        ("GET", "/a"),
        ("*", "/a"),
        ("POST", "/a/{name}"),
        ("POST", "/a/b"),
        ("*", "/a/b/{rest*}"),
        ("GRPC", "/g"),
    ]
)


@pytest.mark.parametrize(
    ("path", "methods", "pattern"),
    [
        ("/a", {"POST", "GET", "*"}, "/a"),
        ("/a/", {"POST", "GET", "*"}, "/a"),
        ("/a/x.y", {"POST"}, "/a/{name}"),
        ("/a/b", {"POST"}, "/a/b"),
        ("/a/b/c/d", {"*"}, "/a/b/{rest*}"),
        ("/a/x/y", None, None),
        ("/g", None, None),
        ("", None, None),
    ],
)
def test_find(path: str, methods: set[str] | None, pattern: str | None) -> None:
    found = Paths(ROUTES).find(path)
    assert (set(found) if found else None) == methods
    assert {r.path for r in found.values()} == {pattern} if found else pattern is None


def test_match() -> None:
    assert match("/r/{token}", "/r/a%b=") == {"token": "a%b="}
    assert match("/r/{token}", "/r/a/b") is None
    assert match("/r.x/{rest*}", "/r.x/a/b") == {"rest": "a/b"}
    assert match("/r.x/{rest*}", "/r-x/a") is None
