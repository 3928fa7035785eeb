"""Fixtures of the client tests: one live server a test file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from . import live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[live.Server]:
    """A running server with an empty store."""
    started = live.start(tmp_path_factory.mktemp("server"))
    try:
        yield started
    finally:
        code = live.stop(started)
    assert code == 0, f"the server ended with {code}{started.tail()}"
