"""Every example on the page of a command or operator runs over a small store, or says for what reason it cannot here."""

from __future__ import annotations

import sys

import pytest

from pilotage.engine.run import Engine, Search
from pilotage.language.commands import commands
from pilotage.language.operators import operators
from pilotage.model.problem import PilotageError
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000
ELSEWHERE = frozenset({
    "unknown-lookup",  # lookups are somebody's own
    "write-forbidden",  # `collect` and `outputlookup` need a permission
    "location-database",  # `iplocation` needs a file
    "learning",  # models come with a later version
    "macro-unknown",
})  # fmt: skip
CASES = [
    (language, name, example.text)
    for language, known in (("spl", commands()), ("sumo", operators()))
    for name, each in known.items()
    for example in each.examples
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("documented") / "store")
    rows = [
        {
            "_raw": f'{{"a": {k}, "ms": {k}}} user=u{k} took {k} ms',
            "service": ("pay", "shop")[k % 2],
            "ms": k,
            "status": 200 + k,
            "host": "h",
        }
        for k in range(20)
    ]
    store.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events("main", rows, NOW))
    yield Engine(store)
    store.close()


@pytest.mark.parametrize(("language", "name", "query"), CASES, ids=[f"{name}: {query[:60]}" for _, name, query in CASES])
def test_an_example_runs(engine, language, name, query):
    try:
        result = engine.start(Search(query, language, earliest="-1d", latest="now", now=NOW))
        list(result.ndjson())
    except PilotageError as error:
        assert error.problem.code in ELSEWHERE, f"{name}: {error.problem.render(query)}"  # noqa: PT017 - which codes are no fault
