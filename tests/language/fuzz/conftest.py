"""What makes events for queries and evaluates them a second time is shared with `./dev bench runs`; one store a module."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    from pilotage.store.open import open_store

    opened = open_store(tmp_path_factory.mktemp("fuzz") / "store")
    yield opened
    opened.close()
