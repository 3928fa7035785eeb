"""Every function's own examples run: `eval r=<example>` gives the text that its help promises."""

from __future__ import annotations

import json
import sys

import pytest

from pilotage.engine.run import Engine, Search
from pilotage.language.functions import AGGREGATES, EVAL
from pilotage.store.open import open_store

NOW = 1_767_607_200_000_000_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    store = open_store(tmp_path_factory.mktemp("examples") / "store")
    script = sys.modules["pilotage_test_script"]
    store.backend.insert("pilotage.logs", script.events("one", [{"_raw": "a message"}], NOW))
    yield Engine(store)
    store.close()


def rows(engine, query, language="spl"):
    result = engine.start(Search(query, language, now=NOW))
    return [json.loads(line) for piece in result.ndjson() for line in piece.splitlines()]


def asked(engine, name, expression):
    if name.startswith("sumo."):
        return rows(engine, f"_index=one | {expression} as r | count by r", "sumo")[0].get("r", "")
    return rows(engine, f"| makeresults | eval r={expression} | table r")[0].get("r", "")


def test_every_example_gives_what_it_promises(engine):
    shown = sys.modules["pilotage_test_script"].shown
    wrong = []
    for name in sorted({f.name for f in EVAL.values()}):
        for expression, wanted in EVAL[name].examples:
            try:
                found = asked(engine, name, expression)
            except Exception as error:  # noqa: BLE001 - every failing example is reported
                found = repr(error)
            if shown(found) != wanted and found != wanted:
                wrong.append(f"{expression} is {found!r}, not {wanted!r}")
    assert not wrong, "\n".join(wrong)


def test_every_function_has_help():
    assert all(f.help.endswith(".") for f in (*EVAL.values(), *AGGREGATES.values()))


def test_no_name_is_used_twice():
    names = [n for f in set(EVAL.values()) for n in (f.name, *f.aliases)]
    assert len(names) == len(set(names)) == len(EVAL)
