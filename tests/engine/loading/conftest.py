"""One engine for the tests of rules, and rules compiled over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pilotage.engine.rules import CompiledRules, compile_rules
from pilotage.model.rules import Extraction, Redaction
from pilotage.store.open import Store, open_store

Compile = Callable[..., CompiledRules]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(tmp_path_factory.mktemp("rules"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def compiled(store: Store) -> Compile:
    """Compile rules given in any order."""

    def make(*rules: Redaction | Extraction) -> CompiledRules:
        redact = [each for each in rules if isinstance(each, Redaction)]
        return compile_rules(redact, [each for each in rules if isinstance(each, Extraction)], store.backend.rows)

    return make
