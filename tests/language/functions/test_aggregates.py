"""Every stats function runs in every command that aggregates, over numbers, texts, multivalues and nothing."""

from __future__ import annotations

import json
import sys

import pytest

from pilotage.engine.run import Engine, Search
from pilotage.language.functions import AGGREGATES
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000
NAMES = sorted({f.name for f in AGGREGATES.values() if "." not in f.name} - {"rate_avg", "rate_sum"})
TIMED = {name for name in NAMES if AGGREGATES[name].needs_span}
COMMANDS = (
    "stats {} BY g",
    "stats {}",
    "chart {} OVER g",
    "chart {} OVER g BY h",
    "timechart span=1m {}",
    "timechart span=1m {} BY g",
    "eventstats {} BY g",
    "streamstats {} BY g",
    "streamstats window=2 {}",
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("aggregates") / "store")
    rows = [
        {"_time": "2026-01-05T09:57:00Z", "g": "a", "h": "x", "n": 1, "t": "one", "m": ["1", "2"]},
        {"_time": "2026-01-05T09:58:00Z", "g": "a", "h": "y", "n": 3, "t": "two", "m": ["3"]},
        {"_time": "2026-01-05T09:59:00Z", "g": "b", "h": "x", "t": "two"},
    ]
    store.backend.insert("pilotage.logs", sys.modules["pilotage_test_script"].events("main", rows, NOW))
    yield Engine(store)
    store.close()


def rows(engine, query):
    result = engine.start(Search(query, now=NOW, earliest="-10m", latest="now"))
    return [json.loads(line) for piece in result.ndjson() for line in piece.splitlines()]


def call(name, field):
    if name == "sparkline":
        return f"sparkline(avg({field}), 1m) AS {name}"
    return f"{name}{'95' if AGGREGATES[name].takes_parameter else ''}({field}) AS {name}"


@pytest.mark.parametrize("field", ["n", "t", "m", "nothing"])
@pytest.mark.parametrize("command", COMMANDS)
def test_every_function_runs_in_every_command(engine, command, field):
    names = [name for name in NAMES if name not in TIMED or command.startswith("timechart")]
    query = f"index=main | eval m=json_array_to_mv(m) | {command.format(' '.join(call(name, field) for name in names))}"
    found = rows(engine, query)
    assert found
    counts = [value for row in found for name, value in row.items() if name.startswith("count")]
    assert sum(int(value or 0) for value in counts) > 0 or field == "nothing"
